import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../src/config/config_error.ts";
import { DEFAULT_DATABASES_INTERVAL_SECONDS, readLogical } from "../../src/config/logical.ts";
import { SettingReader } from "../../src/config/settings.ts";

function readerOf(interval: string) {
  const setting = { values: [interval], origin: "flag" as const, label: "--logical.databases-interval" };
  return new SettingReader(new Map([["logical.databases-interval", setting]]));
}

Deno.test("readLogical() has a default interval, and 0 reads nothing", () => {
  const interval = (reader: SettingReader) => readLogical(reader).databasesIntervalSeconds;
  assertEquals(interval(new SettingReader(new Map())), DEFAULT_DATABASES_INTERVAL_SECONDS);
  assertEquals([interval(readerOf("0")), interval(readerOf("90s"))], [0, 90]);
});

Deno.test("readLogical() rejects an interval that is too short", () => {
  const reader = readerOf("10ms");
  readLogical(reader);
  assertThrows(() => reader.finish(), ConfigError, "Duration is 10ms, expected 0 (never) or from 1s to 1w");
});
