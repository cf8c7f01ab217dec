import { assertEquals, assertMatch } from "@std/assert";
import {
  laterSettings,
  milliseconds,
  pooledLimits,
  startupParameters,
} from "../../src/postgres/session_settings.ts";
import { target } from "../fixtures/targets.ts";

const limits = { statementTimeoutSeconds: 20, lockTimeoutSeconds: 0.3 };

Deno.test("a session sets what its statements need, and behind a pooler nothing but its name", () => {
  const options = { target: target(), attributes: "any" as const };
  const parameters = startupParameters({ ...options, options: limits });
  assertEquals(
    [parameters.default_transaction_isolation, parameters.exit_on_error, parameters.statement_timeout],
    ["read committed", "off", "20000"],
  );
  assertEquals(Object.keys(startupParameters({ ...options, options: { ...limits, pooled: true } })), [
    "application_name",
  ]);
});

Deno.test("a host that must allow writes is not made read-only before it is checked", () => {
  const parameters = startupParameters({ target: target(), options: limits, attributes: "read-write" });
  assertEquals(parameters.default_transaction_read_only, undefined);
});

Deno.test("settings of newer versions are set only there", () => {
  assertEquals(laterSettings(130000), "SELECT 1");
  assertMatch(laterSettings(140000), /^SET idle_session_timeout = 0; SELECT 1$/);
  assertMatch(laterSettings(170000), /transaction_timeout/);
});

Deno.test("behind a pooler the shorter timeout counts, and isolation is set before anything is read", () => {
  assertMatch(
    pooledLimits(limits, 5),
    /^SET LOCAL transaction_isolation = 'read committed'; .*statement_timeout = '5000'/,
  );
  assertMatch(pooledLimits(limits, undefined), /statement_timeout = '20000'/);
  assertEquals(milliseconds(0.0001), 1);
});
