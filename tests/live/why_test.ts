import { assert, assertEquals, assertGreater, assertLess, assertMatch } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import type { StandbyReason, StandbyView } from "../../src/domain/standby.ts";
import { reasonToSkip, untilHolds } from "./support.ts";
import { valueOf, watchCluster, type Watching } from "./watching.ts";

const ignore = reasonToSkip() !== null;

function viewOf({ service }: Watching, name: string): StandbyView {
  const found = service.view()?.standbys.find((standby) => standby.name === name);
  assert(found !== undefined, `${name} is in the view`);
  return found;
}

/**
 * Waits until one scrape and its view have the expected reason of every standby and the additional assertions hold; reports
 * what does not.
 */
async function untilReasons(
  watching: Watching,
  expected: Readonly<Record<string, StandbyReason>>,
  also: () => void = () => {},
): Promise<void> {
  const wanted = Object.entries(expected);
  // A reason changes with time: "streaming" becomes "idle" whenever the load pauses for a second, as on a busy machine. So
  // all of them are asserted on the same reading.
  await untilHolds("the reasons", async () => {
    const families = await watching.service.scrape();
    const told = wanted.map(([name]) => {
      const { reason, reasonText } = viewOf(watching, name);
      return `${name} ${reason}: ${reasonText}`;
    }).join("\n");
    for (const [name, reason] of wanted) {
      assertEquals(viewOf(watching, name).reason, reason, `${name} is not ${reason}:\n${told}`);
      const published = valueOf(families, "pgrepl_standby_reason", { instance: name, reason });
      assertEquals(published, 1, `${name} is not published as ${reason}:\n${told}`);
    }
    also();
  });
}

Deno.test(
  { name: "standby reasons on a real cluster, each fault on a separate standby", ignore },
  async (t) => {
    // The lab names them standby, standby2, ...; each keeps the fault of its number.
    const [paused, delayed, conflict, cut, frozenReceiver, stalled, killed, frozen, losing, well] = [
      "standby",
      "standby2",
      "standby3",
      "standby4",
      "standby5",
      "standby6",
      "standby7",
      "standby8",
      "standby9",
      "standby10",
    ] as const;
    await using cluster = await startCluster({ standbys: 10, settings: { archive_mode: "on" } });
    await using watching = watchCluster(cluster, {
      // Short, because it detects frozen servers.
      collect: { intervalSeconds: 1, deadlineSeconds: 2 },
    });
    const all = cluster.standbys.map(({ name }) => name);
    const everywhere = (reason: StandbyReason) => Object.fromEntries(all.map((name) => [name, reason]));
    const { faults } = cluster;

    await t.step("idle: nothing is written, nothing is missing", async () => {
      await untilReasons(watching, everywhere("idle"), () => {
        for (const name of all) {
          const view = viewOf(watching, name);
          assertEquals([view.stage, view.catchUp, view.catchUpSeconds, view.fallingBehind], [
            null,
            "streaming",
            0,
            false,
          ]);
        }
      });
    });

    await t.step("streaming: something is written", async () => {
      await cluster.setLoad(20);
      await untilReasons(watching, everywhere("streaming"));
    });

    await t.step("lost: a slot beyond its limit", async () => {
      await faults.loseSlot(losing);
      await untilReasons(watching, { [losing]: "lost", [well]: "streaming" }, () => {
        const view = viewOf(watching, losing);
        assertEquals(view.catchUp, "must_rebuild");
        assertMatch(view.reasonText, /has lost the WAL it needs, and it has no restore_command/);
        assertEquals(watching.service.view()?.slotForecasts, [{
          server: "primary",
          slot: cluster.server(losing).slot,
          lostInSeconds: 0,
        }]);
      });
    });

    await t.step("one fault each, all at once", async () => {
      await faults.holdConflict(conflict);
      await faults.pauseReplay(paused);
      await faults.delayApply(delayed, 6);
      await faults.cutLink(cut);
      await faults.freezeReceiver(frozenReceiver);
      await faults.stallLink(stalled);
      await faults.kill(killed);
      await faults.freeze(frozen);
      await untilReasons(watching, {
        [paused]: "paused",
        [delayed]: "delayed",
        [conflict]: "conflict",
        [cut]: "disconnected",
        [frozenReceiver]: "half_open",
        [stalled]: "half_open",
        [killed]: "unreachable",
        [frozen]: "unreachable",
        [losing]: "lost",
        [well]: "streaming",
      }, () => {
        for (const name of [paused, delayed, conflict]) {
          assertEquals(
            [viewOf(watching, name).stage, viewOf(watching, name).catchUp],
            ["replay", "streaming"],
            name,
          );
        }
        for (const name of [cut, frozenReceiver, stalled, killed, frozen]) {
          const { stage, catchUp, lag } = viewOf(watching, name);
          assertEquals([stage, catchUp], ["transport", "streaming"], name);
          assertGreater(lag.seconds ?? 0, 5, name);
        }
        assertMatch(viewOf(watching, conflict).reasonText, /RecoveryConflictSnapshot/);
        assertMatch(
          viewOf(watching, frozenReceiver).reasonText,
          /last message from primary came \d+\.\d s ago/,
        );
        assertEquals([viewOf(watching, paused).fallingBehind, viewOf(watching, paused).catchUpSeconds], [
          true,
          null,
        ]);
        assertEquals(viewOf(watching, delayed).fallingBehind, false);
        assertLess(viewOf(watching, delayed).lag.seconds ?? Infinity, 12);
      });
    });

    await t.step("healed: streaming again, then idle", async () => {
      await faults.releaseConflict(conflict);
      await faults.resumeReplay(paused);
      await faults.delayApply(delayed, 0);
      await faults.healLink(cut);
      faults.thawReceiver(frozenReceiver);
      await faults.healLink(stalled);
      await faults.start(killed);
      await faults.thaw(frozen);
      const mended = all.filter((name) => name !== losing);
      await untilReasons(watching, Object.fromEntries(mended.map((name) => [name, "streaming"] as const)));
      await cluster.setLoad(0);
      await untilReasons(watching, {
        ...Object.fromEntries(mended.map((name) => [name, "idle"] as const)),
        [losing]: "lost",
      });
    });

    await t.step("archive: disconnected, and supplied by its restore_command", async () => {
      const { primary } = cluster;
      const archive = `${primary.dataDir}/lab_archive`;
      await primary.set("archive_command", `mkdir -p ${archive} && cp %p ${archive}/%f`);
      await faults.cutLink(well);
      await untilReasons(watching, { [well]: "disconnected" });
      await cluster.server(well).set("restore_command", `cp ${archive}/%f %p`);
      await primary.sql("INSERT INTO test_data (data) VALUES ('by way of the archive')");
      await primary.sql("SELECT pg_switch_wal()");
      await untilReasons(watching, { [well]: "archive" }, () => {
        assertMatch(viewOf(watching, well).reasonText, /its restore_command last brought WAL/);
      });
      await faults.healLink(well);
      await untilReasons(watching, { [well]: "idle" });
    });
  },
);
