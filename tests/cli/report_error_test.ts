import { assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { reportError } from "../../src/cli/report_error.ts";
import { ConfigError } from "../../src/config/config_error.ts";

const plain = { useColor: false };

Deno.test("reportError() lists the problems of a configuration, with exit code 2", () => {
  const report = reportError(new ConfigError(["a is wrong", "b is wrong"]), plain);
  assertEquals(report, {
    text: "pg-replication-exporter: a is wrong\npg-replication-exporter: b is wrong\n\n" +
      "Try pg-replication-exporter --help\n",
    exitCode: 2,
  });
  assertStringIncludes(
    reportError(new ConfigError(["a"], { advice: "mend it" }), plain).text,
    "\n\nmend it\n",
  );
});

Deno.test("reportError() shows a stack only for a defect of the program", () => {
  const outside = reportError(new Deno.errors.AddrInUse("Cannot listen on :9188: in use"), plain);
  assertEquals(outside, { text: "pg-replication-exporter: Cannot listen on :9188: in use\n", exitCode: 1 });
  const defect = reportError(new TypeError("x is undefined"), plain);
  assertEquals(defect.exitCode, 1);
  assertStringIncludes(defect.text, "report_error_test.ts");
  assertStringIncludes(reportError("text", plain).text, "text");
});

Deno.test("reportError() uses color only when allowed, and escapes control characters", () => {
  const error = new ConfigError(["a\x1b[2Jb\rc"]);
  assertFalse(reportError(error, plain).text.includes("\x1b"));
  assertStringIncludes(reportError(error, plain).text, "a\\u001b[2Jb\\u000dc");
  assertStringIncludes(
    reportError(error, { useColor: true }).text,
    "\x1b[31mpg-replication-exporter:\x1b[0m a",
  );
});
