import { assertEquals } from "@std/assert";
import { ALERTS_ON_THEIR_OWN, EXECUTED_ADVICE, NOT_EXECUTED } from "../../compose/build/executed_advice.ts";
import { checks } from "../../src/cluster/findings/checks.ts";
import { alertGroups } from "../../src/report/alerts/catalogue.ts";
import { rebuildCases } from "../advice/rebuild_cases.ts";
import { serverCases } from "../advice/server_cases.ts";
import { slotCases } from "../advice/slot_cases.ts";
import { standbyCases } from "../advice/standby_cases.ts";
import { subscriptionCases } from "../advice/subscription_cases.ts";

const executed = Object.keys(EXECUTED_ADVICE);
const names = checks.map(({ name }) => name);

Deno.test("the advice of every finding is executed in a test, or there is a reason why not", () => {
  const isExecuted = (name: string) => executed.some((branch) => branch.startsWith(`${name}: `));
  assertEquals(names.filter((name) => isExecuted(name) === (NOT_EXECUTED[name] !== undefined)), []);
  const unknown = [...executed.map((branch) => branch.replace(/: .*/, "")), ...Object.keys(NOT_EXECUTED)];
  assertEquals(unknown.filter((name) => !names.includes(name)), []);
});

Deno.test("every executed branch has its case, and every case is a branch of the table", () => {
  const cases = [standbyCases, serverCases, slotCases, rebuildCases, subscriptionCases]
    .flatMap((each) => Object.keys(each));
  assertEquals(cases.toSorted(), executed.toSorted());
});

Deno.test("every alert has the steps of a finding, or there is how they are executed", () => {
  const own = alertGroups.flatMap(({ alerts }) => alerts).filter(({ check }) => check === undefined);
  assertEquals(own.map(({ name }) => name).toSorted(), Object.keys(ALERTS_ON_THEIR_OWN).toSorted());
});
