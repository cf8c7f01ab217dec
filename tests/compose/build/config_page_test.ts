import { assertEquals, assertStringIncludes } from "@std/assert";
import { renderConfigPage } from "../../../compose/build/config_page.ts";
import { renderConfigSchema } from "../../../compose/build/config_schema.ts";

const SETTING = {
  name: "web.some-thing",
  kind: "duration",
  isPath: false,
  isRepeatable: false,
  help: "What a|b does.",
  default: "5s",
  variable: "PGREPL_WEB_SOME_THING",
} as const;

Deno.test("renderConfigPage() shows key, kind, default and twins of a setting, and the structure", () => {
  const page = renderConfigPage([SETTING]);
  assertStringIncludes(
    page,
    "| `web.some_thing` | duration, as `15s` | `5s` | `--web.some-thing` | `PGREPL_WEB_SOME_THING` | What a\\|b does. |",
  );
  assertStringIncludes(page, "| `clusters[].servers[].name` | text, required |");
  assertEquals(page.match(/\| `sslmode` \|/g)?.length, 1);
});

Deno.test("renderConfigSchema() is closed at every level and describes a setting", () => {
  const schema = JSON.parse(renderConfigSchema([SETTING]));
  assertEquals(schema.additionalProperties, false);
  assertEquals(schema.properties.web.additionalProperties, false);
  assertEquals(schema.properties.web.properties.some_thing.description, "What a|b does.");
  assertEquals(schema.properties.servers.items.required, ["name"]);
});
