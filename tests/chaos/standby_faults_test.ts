import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { valueOf, watchCluster } from "../live/watching.ts";
import { STANDBY_FAULTS } from "../truth/faults.ts";
import { runDelayedWrite, runOrdeal } from "../truth/ordeal.ts";
import { errorOf, type Moment } from "../truth/score.ts";
import { describe, fairTruth, Stage } from "../truth/stage.ts";
import { assertTrueAllTheWhile, LIMIT_SECONDS } from "./assertions.ts";
import { testOnMajors } from "./majors.ts";

const MEBIBYTES = 32;
/** A reachable server responds sooner than this on the slowest machine, seconds. */
const DEADLINE_SECONDS = 5;

testOnMajors("standbys in trouble side by side: the lag is true all the while", async (t, major) => {
  await using cluster = await startCluster({
    major,
    standbys: STANDBY_FAULTS.length + 1,
    // Its commits are not among the measured rows, but a delayed standby lags behind them as well.
    settings: { autovacuum: "off" },
  });
  const [control, ...troubled] = cluster.standbys;
  assert(control !== undefined);
  const collect = { maxAgeSeconds: 0, deadlineSeconds: DEADLINE_SECONDS };
  await using stage = await Stage.open(cluster, { collect, withPrimaryAlone: true });
  const { pace } = stage;
  const faults = new Map(STANDBY_FAULTS.flatMap((fault, index) => {
    const standby = troubled[index];
    return standby === undefined ? [] : [[standby, fault] as const];
  }));
  const late: (Moment & { readonly sinceLastRow: number })[] = [];
  const course = await runOrdeal(stage, faults, {
    seconds: 13,
    recoverySeconds: 15,
    mebibytes: MEBIBYTES,
    // A newly started exporter: its lag clock has no history.
    beforeHealing: async () => {
      await using started = watchCluster(cluster, { collect });
      await started.service.scrape();
      for (const standby of troubled) {
        const before = await stage.witness.look(standby);
        const families = await started.service.scrape();
        const after = await stage.witness.look(standby);
        const truth = stage.witness.lagBetween(before, after);
        const delay = pace.delayAround({ from: before.during.from, to: after.during.to }, 1);
        const said = valueOf(families, "pgrepl_standby_lag_seconds", { instance: standby.name }) ?? null;
        late.push({
          at: after.during.to,
          said,
          truth: { from: Math.max(0, truth.from - delay), to: truth.to + delay },
          sinceLastRow: after.during.to - (stage.markers.commitOf(after.visible)?.from ?? NaN),
        });
      }
    },
  });

  await t.step("a newly started exporter reports a bound, never a false zero", () => {
    assertEquals(late.length, STANDBY_FAULTS.length);
    for (const { said, truth, sinceLastRow } of late) {
      const words =
        `${said} s, in truth ${truth.from} to ${truth.to} s, its last row is ${sinceLastRow} s old`;
      // The last replay is that of its last row, and was reported by a reply at most a second later.
      const most = Math.max(truth.to, sinceLastRow) + 1 + LIMIT_SECONDS;
      assert(said === null || (said >= truth.from - LIMIT_SECONDS && said <= most), words);
    }
    assertGreater(late.filter(({ said }) => said !== null).length, 4);
  });

  for (const [standby, fault] of [[control, null] as const, ...faults]) {
    await t.step(fault === null ? "a standby without a fault" : `${fault.id}: ${fault.title}`, () => {
      const samples = stage.samples.filter((each) => each.standby === standby.name && each.at > course.from);
      assertTrueAllTheWhile(samples, { since: course.imposedAt, pace, recovering: course });
      const during = samples.filter((each) => each.at > course.imposedAt && each.at < course.healedAt);
      assertGreater(during.length, 4);
      const last = during.at(-1);
      if (fault === null) {
        assert(
          during.every((sample) => fairTruth(sample, pace).from < 2),
          "the standby without a fault kept up in truth",
        );
      } else {
        assertGreater(last?.truth.from ?? 0, 11, "the fault lasted");
        assertGreater(last?.bytes ?? 0, MEBIBYTES * 2 ** 20, "bytes behind");
        // The first samples end late, because they wait for the failing collections.
        const told = during.filter(({ since }) =>
          since - course.imposedAt >
            fault.reasonWithinSeconds + pace.delayAround({ from: course.imposedAt, to: since }, 0)
        );
        assertGreater(told.length, 0);
        assertEquals(told.map(({ reason }) => reason), told.map(() => fault.reason));
      }
      for (const sample of samples) {
        // Known only from its sender row, which reports the replay a second late in the lab.
        const { fromPrimary: said } = sample;
        const truth = fairTruth(sample, pace, 2);
        const isRecovering = sample.at > course.healedAt && sample.at < course.recoveredAt + 2;
        assert(said !== null, describe(sample));
        assert(
          isRecovering || errorOf(said, truth) <= LIMIT_SECONDS + 1,
          `${said} s by the primary alone, ${describe(sample)}`,
        );
      }
      assertLess(samples.at(-1)?.fromPrimary ?? Infinity, 3, "it did not come to rest");
      const allowed = ["streaming", "idle", ...fault === null ? [] : [fault.reason]];
      for (const sample of samples) assert(allowed.includes(sample.reason ?? ""), describe(sample));
      const after = samples.filter(({ at }) => at > course.recoveredAt);
      assert(after.length > 0 && after.every(({ reason }) => reason === "streaming" || reason === "idle"));
    });
  }

  await t.step(
    "E8: the first write after an idle period, on a standby with a delay; the others are idle",
    async () => {
      const course = await runDelayedWrite(stage, control, { delaySeconds: 3, idleSeconds: 8 });
      const { from, restedFrom, imposedAt, healedAt } = course;
      const samples = stage.samples.filter((each) => each.at > from);
      for (const { name } of cluster.standbys) {
        assertTrueAllTheWhile(samples.filter(({ standby }) => standby === name), { since: imposedAt, pace });
      }
      const delayed = samples.filter(({ standby }) => standby === control.name);
      assertGreater(Math.max(...delayed.map(({ truth }) => truth.from)), 2, "it was late in truth");
      // WAL that the server wrote by itself before has arrived by then.
      const idle = delayed.filter(({ since, at }) =>
        at < imposedAt && pace.fairIn({ from: restedFrom, to: since }) > 2
      );
      assertGreater(idle.length, 0);
      assertEquals(idle.map(({ ours }) => ours), idle.map(() => 0));
      assertEquals(idle.at(-1)?.reason, "idle");
      const waiting = delayed.filter(({ truth, at }) => truth.from > 1 && at < healedAt);
      assertEquals(waiting.map(({ reason }) => reason), waiting.map(() => "delayed"));
    },
  );
});
