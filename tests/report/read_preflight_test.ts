import { assertEquals, assertThrows } from "@std/assert";
import { derivePreflight } from "../../src/cluster/preflight/derive_preflight.ts";
import { derivePreflightReport } from "../../src/report/preflight.ts";
import { readPreflight } from "../../src/report/read_preflight.ts";
import { trio } from "../cluster/preflight/scenes.ts";

const report = derivePreflightReport(derivePreflight(trio(), "standby"), {
  wallNow: 1_795_000_000,
  build: { version: "1.2.3", revision: "abc" },
});

Deno.test("readPreflight() reads a written preflight, and keeps unknown keys", () => {
  assertEquals(readPreflight(JSON.stringify(report)), report);
  assertEquals(
    JSON.stringify(readPreflight(JSON.stringify({ ...report, later: 1 }))).includes("later"),
    true,
  );
});

Deno.test("readPreflight() rejects anything else, with the key", () => {
  for (
    const [text, message] of [
      ["<html>", "expected JSON, got other text"],
      ["{}", "version: "],
      [JSON.stringify({ ...report, version: 2 }), "version: "],
      [JSON.stringify({ ...report, verdict: "maybe" }), "verdict: "],
    ] as const
  ) {
    assertThrows(() => readPreflight(text), SyntaxError, message);
  }
});
