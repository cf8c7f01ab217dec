import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { runCommand } from "./command.ts";
import { DEBIAN_15, isInstalled, reasonToSkip } from "./support.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15);

for (const isPublisher of [false, true]) {
  const what = isPublisher ? "a publisher without standbys" : "one server alone";
  Deno.test({ name: `${what} is healthy: no standby is expected`, ignore }, async () => {
    await using cluster = await startCluster({
      binaries: DEBIAN_15,
      standbys: 0,
      settings: { fsync: "on", full_page_writes: "on", ...isPublisher ? { wal_level: "logical" } : {} },
    });
    if (isPublisher) {
      await cluster.primary.sql("CREATE PUBLICATION everything FOR ALL TABLES");
      await cluster.primary.sql("SELECT pg_create_logical_replication_slot('subscriber', 'pgoutput')");
    }
    const report = await runCommand(cluster, ["report", "--json", "--sample=1s"]);
    const { status, clusters, findings }: {
      readonly status: string;
      readonly clusters: readonly { readonly servers: readonly { readonly health_score: number }[] }[];
      readonly findings: readonly { readonly severity: string }[];
    } = JSON.parse(report.stdout);
    const scores = clusters.flatMap(({ servers }) => servers.map((each) => each.health_score));
    assertEquals([report.code, status, scores], [0, "healthy", [100]]);
    assertEquals(findings.filter(({ severity }) => severity !== "info"), []);
    const doctor = await runCommand(cluster, ["doctor", "--sample=1s"]);
    assertEquals(doctor.code, 0, doctor.stdout);
    assert(!doctor.stdout.includes("expected, "), doctor.stdout);
    // What nobody set up is neither wrong nor fine.
    const [fine = "", others = ""] = doctor.stdout.split("DO NOT APPLY HERE");
    for (const check of ["few_standbys", "lag_high", "standby_disconnected", "sync_short", "sync_no_spare"]) {
      assert(!fine.includes(check), doctor.stdout);
      assertStringIncludes(others, check);
    }
    assert(!/standby/i.test(fine.split("FINDINGS")[1]?.split("FINE")[0] ?? ""), doctor.stdout);
  });
}
