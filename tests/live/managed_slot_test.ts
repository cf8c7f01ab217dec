import { assertEquals, assertMatch } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { DEBIAN_15, isInstalled, reasonToSkip, until } from "./support.ts";
import { watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15);

Deno.test(
  { name: "a slot that something moves while no client is connected is never to be dropped", ignore },
  async () => {
    await using cluster = await startCluster({ binaries: DEBIAN_15, standbys: 1 });
    const { primary } = cluster;
    const standby = cluster.server("standby");
    await standby.sql(
      "SELECT pg_create_physical_replication_slot(name, true) FROM (VALUES ('kept'), ('left')) AS n (name)",
    );
    await primary.sql("INSERT INTO test_data (data) SELECT repeat('x', 1000) FROM generate_series(1, 60000)");
    await cluster.untilCaughtUp(standby);
    await using watching = watchCluster(cluster, { collect: { intervalSeconds: 0.5, maxAgeSeconds: 0 } });
    const found = (slot: string) =>
      watching.service.view()?.findings.find(({ check, subject }) =>
        check === "slot_inactive" && subject === slot
      );
    /** As a sidecar does: it is moved along, though by less than is written. */
    const move = async () => {
      await standby.sql(
        "SELECT pg_replication_slot_advance('kept', restart_lsn + 1000) FROM pg_replication_slots WHERE slot_name = 'kept'",
      );
    };
    await until("the slots to be read", () => found("kept")?.severity === "warning");
    await until("the movement to be seen", async () => {
      await move();
      return found("kept")?.severity === "info";
    });
    const severities = new Set<string | undefined>();
    for (let n = 0; n < 20; n++) {
      await move();
      severities.add(found("kept")?.severity);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assertEquals([...severities], ["info"]);
    assertMatch(
      found("kept")?.evidence ?? "",
      /its restart_lsn moves while no client is connected; retained [3-9]/,
    );
    assertMatch(found("kept")?.advice ?? "", /^Leave it/);
    assertEquals(found("left")?.severity, "warning", "one that stands still is left over");
  },
);
