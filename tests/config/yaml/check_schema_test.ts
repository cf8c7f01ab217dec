import { assertEquals } from "@std/assert";
import { z } from "zod";
import { checkSchema } from "../../../src/config/yaml/check_schema.ts";
import { parseYaml } from "../../../src/config/yaml/document.ts";

const schema = z.strictObject({
  name: z.string({ error: "expected a text" }),
  list: z.array(z.strictObject({ size: z.number({ error: "expected a number" }) })).optional(),
});

function problems(text: string, shownKeys?: RegExp): readonly string[] {
  return checkSchema(parseYaml(text, "1.2").root, { schema, shownKeys }).problems.map((each) =>
    `${each.line}:${each.column} ${each.sentence}`
  );
}

Deno.test("checkSchema() reports place, key and what was expected", () => {
  assertEquals(problems("name: a\nlist:\n  - size: 1"), []);
  assertEquals(problems("name: 1\nlist:\n  - size: x\n  - {}"), [
    "1:7 name: expected a text",
    "3:11 list.size: expected a number",
    "4:5 the key list.size is missing, expected a number",
  ]);
});

Deno.test("checkSchema() repeats an unknown key only when a known one is close, or the caller allows it", () => {
  assertEquals(problems("nmae: a\nS3cret: b"), [
    "1:1 the key name is missing, expected a text",
    '1:1 unknown key "nmae", did you mean "name"?',
    "2:1 unknown key, expected one of name, list",
  ]);
  assertEquals(problems("name: a\nother: b\nlist:\n  - size: 1\n    S3cret: b", /^[a-z]+$/), [
    "5:5 unknown key in list: remove it",
    '2:1 unknown key "other": remove it',
  ]);
});
