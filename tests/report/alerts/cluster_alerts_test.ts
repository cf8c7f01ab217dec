import { assertEquals } from "@std/assert";
import { reachChecks } from "../../../src/cluster/findings/connection_errors.ts";
import { clusterAlerts } from "../../../src/report/alerts/cluster_alerts.ts";

Deno.test("the runbook of a server that is down has a step for each cause that a check can name", () => {
  const steps = clusterAlerts.alerts.find(({ name }) => name === "PgreplServerDown")?.steps ?? [];
  for (const { name, meaning, steps: its } of reachChecks) {
    assertEquals(steps.filter((step) => step === `\`${name}\`: ${meaning} ${its.join(" ")}`).length, 1, name);
  }
});
