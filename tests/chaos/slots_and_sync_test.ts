import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { until } from "../../compose/lab/until.ts";
import type { Family } from "../../src/metrics/family.ts";
import { DEBIAN_15, isInstalled, reasonToSkip } from "../live/support.ts";
import { valueOf, watchCluster } from "../live/watching.ts";
import { now } from "../truth/markers.ts";
import { allCaughtUp, labelOf, Stage } from "../truth/stage.ts";
import { assertTrueAllTheWhile } from "./assertions.ts";
import { testOnMajors } from "./majors.ts";

/** The published status of a slot; null when there is none. */
function slotStatus(families: readonly Family[], slot: string): string | null {
  const samples = families.find(({ name }) => name === "pgrepl_slot_wal_status")?.samples ?? [];
  const shown = samples.filter(({ labels, value }) => labels["slot"] === slot && value === 1);
  assert(shown.length <= 1, `One status of slot ${slot}`);
  return shown[0]?.labels["status"] ?? null;
}

testOnMajors("slots and synchronous commit in trouble", async (t, major) => {
  await using cluster = await startCluster({ major, standbys: 2 });
  const { primary, faults } = cluster;
  const [standby, standby2] = cluster.standbys;
  assert(standby !== undefined && standby2 !== undefined);
  // No server is frozen here: a reachable one responds sooner than this on the slowest machine.
  await using stage = await Stage.open(cluster, { collect: { maxAgeSeconds: 0, deadlineSeconds: 20 } });
  const { markers, pace } = stage;
  const scrape = () => stage.watching.service.scrape();

  await t.step("E11: a quorum short of one standby: waiting commits and the oldest wait", async () => {
    await primary.set("synchronous_standby_names", "ANY 2 (standby, standby2)");
    await until("the quorum to be there", async () => {
      return valueOf(await scrape(), "pgrepl_sync_standbys_met") === 2;
    });
    await faults.cutLink(standby);
    await until("the quorum to be short", async () => {
      return valueOf(await scrape(), "pgrepl_sync_standbys_met") === 1;
    });
    assertEquals(valueOf(await scrape(), "pgrepl_sync_waiting_commits"), 0);
    const from = now();
    const commit = markers.write();
    try {
      // The server itself shows the latest possible start of the statement.
      await until("the commit to wait", async () => {
        return await primary.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") ===
          "1";
      });
      const begun = now();
      for (const end = begun + 3; now() < end;) {
        const before = now();
        const families = await scrape();
        const wait = valueOf(families, "pgrepl_sync_oldest_wait_seconds") ?? NaN;
        // Scrapes in quick succession share an answer for a tenth of a second; the two clocks differ by less.
        assert(
          wait > before - begun - 0.2 && wait < now() - from + 0.1,
          `${wait} s, in truth ${before - begun} to ${now() - from} s`,
        );
        assertEquals(valueOf(families, "pgrepl_sync_standbys_required"), 2);
        assertEquals(valueOf(families, "pgrepl_sync_standbys_spare"), 0);
        assertEquals(valueOf(families, "pgrepl_sync_waiting_commits"), 1);
      }
    } finally {
      await faults.healLink(standby);
      await commit;
    }
    await until("nobody to wait", async () => {
      const families = await scrape();
      return valueOf(families, "pgrepl_sync_waiting_commits") === 0 &&
        valueOf(families, "pgrepl_sync_oldest_wait_seconds") === undefined &&
        valueOf(families, "pgrepl_sync_standbys_met") === 2;
    });
    await primary.set("synchronous_standby_names", null);
  });

  await t.step("E7: a slot beyond its limit: unreserved, then lost, and its series remain", async () => {
    await cluster.untilStreaming();
    await markers.untilVisible(stage.standbys);
    await primary.set("max_slot_wal_keep_size", "32MB");
    const since = now();
    await faults.cutLink(standby);
    await until("the slot to be left", async () => {
      return valueOf(await scrape(), "pgrepl_slot_active", { slot: standby.slot }) === 0;
    });
    const pages: (readonly Family[])[] = [];
    const seen: string[] = [];
    // Small enough steps that no state is skipped, until a checkpoint removes the WAL.
    await until("the slot to be lost", async () => {
      await markers.write();
      await primary.sql("SELECT pg_switch_wal()");
      if (seen.includes("unreserved")) await primary.sql("CHECKPOINT");
      await stage.sample();
      const families = await scrape();
      pages.push(families);
      const status = slotStatus(families, standby.slot) ?? "none";
      if (seen.at(-1) !== status) seen.push(status);
      return status === "lost";
    }, { seconds: 60 });
    assertEquals(seen.slice(-2), ["unreserved", "lost"], seen.join(", "));
    for (const families of pages) {
      const status = slotStatus(families, standby.slot);
      assert(status !== null, "the slot has a status");
      assertEquals(valueOf(families, "pgrepl_slot_active", { slot: standby.slot }), 0);
      const retained = valueOf(families, "pgrepl_slot_retained_bytes", { slot: standby.slot });
      const safe = valueOf(families, "pgrepl_slot_safe_wal_bytes", { slot: standby.slot });
      if (status === "unreserved") {
        assertGreater(retained ?? 0, 32 * 2 ** 20);
        // A WAL switch may end exactly at the limit of the slot.
        assert((safe ?? Infinity) <= 0, `${safe} bytes are safe`);
      }
      if (status === "lost") assertEquals([retained, safe], [undefined, undefined]);
    }
    // The standby cannot stream again: its lag keeps growing.
    await faults.healLink(standby);
    await stage.sampleFor(3);
    const samples = stage.samples.filter((each) => each.at > since && each.standby === standby.name);
    assertTrueAllTheWhile(samples, { since, pace });
    assertGreater(samples.at(-1)?.truth.from ?? 0, 3);
    assertEquals(slotStatus(await scrape(), standby.slot), "lost");
    await primary.set("max_slot_wal_keep_size", null);
    await faults.rebuild(standby);
    // Its lag is known from its sender row before it is reachable itself.
    await stage.sampleUntil(
      "the standby to be back",
      (latest) =>
        allCaughtUp(latest) &&
        latest.every(({ families, standby: instance }) => valueOf(families, "pgrepl_up", { instance }) === 1),
      15,
    );
    assert(slotStatus(await scrape(), standby.slot) !== "lost");
  });

  await t.step("connections exhausted: the open session is enough", async () => {
    await scrape();
    await faults.exhaustConnections(primary);
    try {
      const families = await scrape();
      assertEquals(valueOf(families, "pgrepl_up", { instance: "primary" }), 1);
      // Without it a login is impossible, and that is reported; the standbys are still watched.
      await using other = primary.connect("plain");
      await until("somebody else to take the connection", async () => {
        await faults.endSessions(primary);
        await other.query("SELECT 1");
        return true;
      });
      let without: readonly Family[] = [];
      let asked = 0;
      await until("the server to be said to be full", async () => {
        asked = now();
        without = await scrape();
        return (valueOf(without, "pgrepl_errors_total", {
          instance: "primary",
          kind: "too_many_connections",
        }) ?? 0) > 0;
      });
      assertEquals(valueOf(without, "pgrepl_up", { instance: "primary" }), 0);
      assertEquals(valueOf(without, "pgrepl_up", { instance: "standby" }), 1);
      // It was read for this scrape, or for one a tenth of a second ago.
      const age = valueOf(without, "pgrepl_collection_age_seconds", { instance: "standby" }) ?? Infinity;
      assertLess(age, now() - asked + 0.2);
    } finally {
      await faults.releaseConnections(primary);
    }
    const healedAt = now();
    await stage.sampleUntil(
      "the primary to be back",
      (latest) =>
        latest.every(({ families }) => valueOf(families, "pgrepl_up", { instance: "primary" }) === 1),
      15,
    );
    markers.resume();
    const left = 15 - pace.fairIn({ from: healedAt, to: now() });
    await stage.sampleUntil("the lag to be known again", allCaughtUp, left);
  });

  await t.step(
    "the password changes: the session goes on; a new one is refused, until it is right again",
    async () => {
      await faults.changeMonitorPassword();
      assertEquals(valueOf(await scrape(), "pgrepl_up", { instance: "primary" }), 1);
      await faults.endSessions(primary);
      let refused: readonly Family[] = [];
      await until("the login to be refused", async () => {
        refused = await scrape();
        return (valueOf(refused, "pgrepl_errors_total", { instance: "primary", kind: "auth" }) ?? 0) > 0;
      });
      assertEquals(valueOf(refused, "pgrepl_up", { instance: "primary" }), 0);
      const said = stage.watching.lines.map((line) => JSON.stringify(line)).join("\n");
      for (const password of Object.values(cluster.passwords)) {
        assert(!said.includes(password), "a secret in the log");
      }
      await faults.restoreMonitorPassword();
      await stage.sampleUntil(
        "the primary to be back",
        (latest) =>
          latest.every(({ families }) => valueOf(families, "pgrepl_up", { instance: "primary" }) === 1),
        15,
      );
      await markers.pause();
    },
  );
});

const PG_RECEIVEWAL = `${DEBIAN_15}/pg_receivewal`;

function reasonToSkipReceivewal(): string | null {
  if (!isInstalled(DEBIAN_15)) {
    return "no PostgreSQL of Debian's is installed, and npm's has no pg_receivewal";
  }
  return reasonToSkip();
}

const skipped = reasonToSkipReceivewal();

Deno.test({
  name: `E9: pg_receivewal is no standby${skipped === null ? "" : ` (skipped: ${skipped})`}`,
  ignore: skipped !== null,
  async fn() {
    await using cluster = await startCluster({ binaries: DEBIAN_15, standbys: 1 });
    await using watching = watchCluster(cluster, { collect: { maxAgeSeconds: 0 } });
    const directory = await Deno.makeTempDir({ prefix: "pgrepl-receivewal-" });
    const { primary } = cluster;
    const child = new Deno.Command(PG_RECEIVEWAL, {
      args: [
        "-D",
        directory,
        "--no-password",
        "-d",
        primary.dsn({ user: "replicator", withoutPassword: true }),
      ],
      env: { PGPASSWORD: cluster.passwords.replicator },
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      const kind = { kind: "receivewal" };
      await until("pg_receivewal to be seen", async () => {
        return valueOf(await watching.service.scrape(), "pgrepl_sender_info", kind) === 1;
      });
      for (const end = now() + 3; now() < end;) {
        await primary.sql("INSERT INTO test_data (data) VALUES ('received')");
        const families = await watching.service.scrape();
        assertEquals(valueOf(families, "pgrepl_cluster_connected_standbys"), 1);
        assertEquals(valueOf(families, "pg_replication_connections", { instance: "primary" }), 1);
        assertEquals(valueOf(families, "pg_wal_senders", { instance: "primary" }), 2);
        // Its row never has a replay position: its lag must not become that of the slowest standby, which is the only one.
        const lag = valueOf(families, "pgrepl_standby_lag_seconds", { instance: "standby" });
        assert(lag !== undefined, "the lag of the standby is known");
        assertEquals(valueOf(families, "pg_replication_lag_seconds", { instance: "primary" }), lag);
        const name = families.find((family) => family.name === "pgrepl_sender_info")?.samples
          .find(({ labels }) => labels["kind"] === "receivewal")?.labels["standby"];
        const replayed = families.find((family) => family.name === "pgrepl_sender_lag_seconds")?.samples
          .filter(({ labels }) => labels["standby"] === name && labels["stage"] === "replay");
        // Without any lag the family is absent.
        assertEquals(replayed ?? [], []);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      assertEquals(
        labelOf(await watching.service.scrape(), {
          family: "pgrepl_standby_lag_unknown",
          label: "reason",
        }, "standby"),
        null,
      );
    } finally {
      child.kill("SIGKILL");
      await child.status;
      await Deno.remove(directory, { recursive: true });
    }
  },
});
