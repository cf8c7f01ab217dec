import { assertEquals, assertThrows } from "@std/assert";
import { DEFAULT_CONSISTENCY, readConsistency } from "../../src/config/consistency.ts";
import { ConfigError } from "../../src/config/config_error.ts";
import type { Setting } from "../../src/config/settings.ts";
import { SettingReader } from "../../src/config/settings.ts";

function readerOf(
  given: Readonly<Record<string, string | readonly string[]>>,
  origin: Setting["origin"] = "flag",
) {
  return new SettingReader(
    new Map(
      Object.entries(given).map(([name, value]) => [
        `consistency.${name}`,
        { values: [value].flat(), origin, label: `--consistency.${name}` },
      ]),
    ),
  );
}

Deno.test("readConsistency() has a default table and limits", () => {
  assertEquals(readConsistency(readerOf({})), DEFAULT_CONSISTENCY);
  assertEquals(readConsistency(readerOf({ table: "public.test_data" }, "default")), DEFAULT_CONSISTENCY);
});

Deno.test("readConsistency() reads every setting, and each table once", () => {
  const config = readConsistency(readerOf({
    table: ["Public.Test_Data", "public.test_data", '"My Schema"."T"'],
    interval: "1h",
    "statement-timeout": "500ms",
    "max-rows": "10",
    "max-duration": "2m",
    "max-lag": "0",
  }));
  assertEquals(config, {
    tables: ["public.test_data", '"My Schema"."T"'],
    isDefaultTable: false,
    intervalSeconds: 3600,
    statementTimeoutSeconds: 0.5,
    maxRows: 10,
    maxDurationSeconds: 120,
    maxLagSeconds: 0,
  });
});

Deno.test("readConsistency() is off at interval 0", () => {
  assertEquals(readConsistency(readerOf({ interval: "0" })), null);
  assertEquals(readConsistency(readerOf({ interval: "0s" })), null);
});

Deno.test("readConsistency() reports all problems at once", () => {
  const reader = readerOf({
    table: ["orders", "a.b"],
    interval: "500ms",
    "statement-timeout": "0",
    "max-rows": "0",
    "max-duration": "2h",
    "max-lag": "soon",
  });
  readConsistency(reader);
  const { problems } = assertThrows(() => reader.finish(), ConfigError);
  assertEquals(problems, [
    "--consistency.interval: Duration is 500ms, expected 0 (no check) or from 1s to 1w",
    '--consistency.table: Cannot parse table "orders": expected schema.table, such as public.test_data or ' +
    '"My Schema"."Orders"',
    "--consistency.statement-timeout: Duration is 0, expected from 100ms to 10m",
    '--consistency.max-rows: Cannot parse count "0": expected a whole number of rows, at least 1',
    "--consistency.max-duration: Duration is 2h, expected from 100ms to 1h",
    '--consistency.max-lag: Cannot parse duration "soon": expected a number with a unit, such as 500ms, 15s or 1m30s',
  ]);
});
