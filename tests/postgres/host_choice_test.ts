import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { DEFAULT_LIBPQ_SETTINGS, type SessionAttributes } from "../../src/config/libpq_settings.ts";
import type { ServerErrorKind } from "../../src/domain/view.ts";
import { type ConnectionStep, PostgresError } from "../../src/postgres/errors.ts";
import {
  arrange,
  AttributesError,
  checkAttributes,
  endpointsOf,
  isAboutWriting,
  mayTryNextHost,
  noneWillDo,
  roundsOf,
} from "../../src/postgres/host_choice.ts";
import { target } from "../fixtures/targets.ts";

const ALL = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"] as const;

function fits(attributes: SessionAttributes, row: { in_recovery: string; read_only: string }): boolean {
  try {
    checkAttributes(attributes, [row]);
    return true;
  } catch (error) {
    if (error instanceof AttributesError) return false;
    throw error;
  }
}

Deno.test("checkAttributes() follows libpq", () => {
  const of = (row: { in_recovery: string; read_only: string }) => ALL.filter((wanted) => fits(wanted, row));
  assertEquals(of({ in_recovery: "f", read_only: "off" }), [
    "any",
    "read-write",
    "primary",
    "prefer-standby",
  ]);
  assertEquals(of({ in_recovery: "f", read_only: "on" }), ["any", "read-only", "primary", "prefer-standby"]);
  assertEquals(of({ in_recovery: "t", read_only: "on" }), ["any", "read-only", "standby", "prefer-standby"]);
  assertThrows(() => checkAttributes("primary", []), TypeError, "in_recovery");
});

Deno.test("roundsOf() prefers a standby by requiring one first", () => {
  assertEquals(roundsOf("prefer-standby"), ["standby", "any"]);
  assertEquals(roundsOf("primary"), ["primary"]);
  assertEquals(ALL.filter(isAboutWriting), ["read-write", "read-only"]);
});

Deno.test("arrange() keeps the order unless it is random, and loses nothing", () => {
  const lots = [0.9, 0.1, 0.5];
  const random = () => lots.shift() ?? 0;
  assertEquals(arrange([1, 2, 3], { isBalanced: false, random }), [1, 2, 3]);
  assertEquals(arrange([1, 2, 3], { isBalanced: true, random }), [2, 3, 1]);
});

Deno.test("endpointsOf() has the first host first", () => {
  const other = { host: "b", hostAddress: "", port: 2 };
  const libpq = { ...DEFAULT_LIBPQ_SETTINGS, otherHosts: [other] };
  assertEquals(endpointsOf(target({ host: "a", port: 1, libpq })), [
    { host: "a", hostAddress: "", port: 1 },
    other,
  ]);
  assertEquals(endpointsOf(target()).length, 1);
});

function failure(
  { kind = "protocol", step = "authenticate", sqlstate = null, cause, at = "h:1" }: {
    kind?: ServerErrorKind;
    step?: ConnectionStep;
    sqlstate?: string | null;
    cause?: unknown;
    at?: string;
  },
): PostgresError {
  return new PostgresError(`Cannot log in to server "s" at ${at}: no`, { kind, step, sqlstate, cause });
}

Deno.test("mayTryNextHost() continues after an unreachable host, but not after a rejected login", () => {
  for (const step of ["resolve", "connect"] as const) assertEquals(mayTryNextHost(failure({ step })), true);
  assertEquals(mayTryNextHost(failure({ kind: "starting", sqlstate: "57P03" })), true);
  assertEquals(mayTryNextHost(failure({ kind: "timeout" })), true);
  assertEquals(mayTryNextHost(failure({ cause: new AttributesError("x") })), true);
  for (const sqlstate of ["28P01", "28000", "3D000", "53300", "08P01"]) {
    assertEquals(mayTryNextHost(failure({ kind: "auth", sqlstate })), false, sqlstate);
  }
});

Deno.test("noneWillDo() reports the error of each host", () => {
  const [first, second] = [failure({ at: "a:1" }), failure({ at: "b:2", kind: "refused" })];
  assertEquals(noneWillDo("s", [first]), first);
  const both = noneWillDo("s", [first, second]);
  assertStringIncludes(both.message, 'server "s": none of its 2 hosts is usable. a:1: no. b:2: no');
  assertEquals(both.kind, "refused");
});
