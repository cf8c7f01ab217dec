import { assertEquals } from "@std/assert";
import { checks } from "../../../src/cluster/findings/checks.ts";
import { reachChecks } from "../../../src/cluster/findings/connection_errors.ts";
import { alertGroups } from "../../../src/report/alerts/catalogue.ts";
import { clusterAlerts } from "../../../src/report/alerts/cluster_alerts.ts";

Deno.test("the runbook of a server that is down has a step for each cause that a check can name", () => {
  const steps = clusterAlerts.alerts.find(({ name }) => name === "PgreplServerDown")?.steps ?? [];
  for (const { name, meaning, steps: its } of reachChecks) {
    assertEquals(steps.filter((step) => step === `\`${name}\`: ${meaning} ${its.join(" ")}`).length, 1, name);
  }
});

Deno.test("PgreplCriticalFinding is about the checks that no other alert names, and each alert names checks that exist", () => {
  const { alerts } = clusterAlerts;
  const { expression = "" } = alerts.find(({ name }) => name === "PgreplCriticalFinding") ?? {};
  const rest = /check=~"([^"]+)"/.exec(expression)?.[1]?.split("|") ?? [];
  const named = alertGroups.flatMap((group) => group.alerts).flatMap(({ check, names = [] }) => [
    ...check === undefined ? [] : [check],
    ...names,
  ]);
  const critical = checks.filter(({ severities }) => severities.includes("critical")).map(({ name }) => name);
  assertEquals(rest, critical.filter((name) => !named.includes(name)).sort());
  assertEquals(named.filter((name) => !checks.some((check) => check.name === name)), []);
});
