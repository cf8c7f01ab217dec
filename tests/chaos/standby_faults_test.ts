import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { valueOf, watchCluster } from "../live/watching.ts";
import { STANDBY_FAULTS } from "../truth/faults.ts";
import { runDelayedWrite, runOrdeal } from "../truth/ordeal.ts";
import { errorOf, type Moment } from "../truth/score.ts";
import { describe, Stage } from "../truth/stage.ts";
import { assertTrueAllTheWhile, LIMIT_SECONDS } from "./assertions.ts";
import { testOnMajors } from "./majors.ts";

const MEBIBYTES = 32;

testOnMajors("standbys in trouble side by side: the lag is true all the while", async (t, major) => {
  await using cluster = await startCluster({ major, standbys: STANDBY_FAULTS.length + 1 });
  const [control, ...troubled] = cluster.standbys;
  assert(control !== undefined);
  await using stage = await Stage.open(cluster, { collect: { maxAgeSeconds: 0 }, withPrimaryAlone: true });
  const faults = new Map(STANDBY_FAULTS.flatMap((fault, index) => {
    const standby = troubled[index];
    return standby === undefined ? [] : [[standby, fault] as const];
  }));
  const late: Moment[] = [];
  const course = await runOrdeal(stage, faults, {
    seconds: 13,
    recoverySeconds: 15,
    mebibytes: MEBIBYTES,
    // An exporter that has just been started: its clock does not reach back.
    beforeHealing: async () => {
      await using started = watchCluster(cluster, { collect: { maxAgeSeconds: 0 } });
      await started.service.scrape();
      for (const standby of troubled) {
        const before = await stage.witness.look(standby);
        const families = await started.service.scrape();
        const after = await stage.witness.look(standby);
        const said = valueOf(families, "pgrepl_standby_lag_seconds", { instance: standby.name }) ?? null;
        late.push({ at: after.during.to, said, truth: stage.witness.lagBetween(before, after) });
      }
    },
  });

  await t.step("an exporter that has just been started gives a bound, never a false zero", () => {
    assertEquals(late.length, STANDBY_FAULTS.length);
    for (const { said, truth } of late) {
      const words = `${said} s, in truth ${truth.from} to ${truth.to} s`;
      // The last replay is a reply or a write older than what is missing.
      assert(said === null || (said >= truth.from - LIMIT_SECONDS && said <= truth.to + 3), words);
    }
    assertGreater(late.filter(({ said }) => said !== null).length, 4);
  });

  for (const [standby, fault] of [[control, null] as const, ...faults]) {
    await t.step(fault === null ? "a standby without a fault" : `${fault.id}: ${fault.title}`, () => {
      const samples = stage.samples.filter((each) => each.standby === standby.name && each.at > course.from);
      assertTrueAllTheWhile(samples, course.imposedAt, { recovering: course });
      const during = samples.filter((each) => each.at > course.imposedAt && each.at < course.healedAt);
      assertGreater(during.length, 4);
      const last = during.at(-1);
      if (fault === null) {
        assert(during.every(({ truth }) => truth.from < 2), "the standby without a fault kept up in truth");
      } else {
        assertGreater(last?.truth.from ?? 0, 11, "the fault lasted");
        assertGreater(last?.bytes ?? 0, MEBIBYTES * 2 ** 20, "bytes behind");
        // The first samples end late: they wait for the collections that fail.
        const told = during.filter(({ at }) => at > course.imposedAt + fault.reasonWithinSeconds);
        assertGreater(told.length, 0);
        assertEquals(told.map(({ reason }) => reason), told.map(() => fault.reason));
      }
      for (const sample of samples) {
        // Known from its sender row alone, which tells a replay a second late in the lab.
        const { fromPrimary: said, truth } = sample;
        const isRecovering = sample.at > course.healedAt && sample.at < course.recoveredAt + 2;
        assert(said !== null, describe(sample));
        assert(
          isRecovering || errorOf(said, truth) <= LIMIT_SECONDS + 1,
          `${said} s by the primary alone, ${describe(sample)}`,
        );
      }
      assertLess(samples.at(-1)?.fromPrimary ?? Infinity, 3);
      const allowed = ["streaming", "idle", ...fault === null ? [] : [fault.reason]];
      for (const sample of samples) assert(allowed.includes(sample.reason ?? ""), describe(sample));
      const after = samples.filter(({ at }) => at > course.recoveredAt);
      assert(after.length > 0 && after.every(({ reason }) => reason === "streaming" || reason === "idle"));
    });
  }

  await t.step("E8: the first write after a rest, applied late on purpose; the others rest", async () => {
    const { from, imposedAt } = await runDelayedWrite(stage, control, { delaySeconds: 3, idleSeconds: 8 });
    const samples = stage.samples.filter((each) => each.at > from);
    for (const { name } of cluster.standbys) {
      assertTrueAllTheWhile(samples.filter(({ standby }) => standby === name), imposedAt);
    }
    const delayed = samples.filter(({ standby }) => standby === control.name);
    assertGreater(Math.max(...delayed.map(({ truth }) => truth.from)), 2, "it was late in truth");
    const idle = delayed.filter(({ at }) => at < imposedAt);
    assertEquals(idle.map(({ ours }) => ours), idle.map(() => 0));
    assertEquals(idle.at(-1)?.reason, "idle");
    for (const { truth, reason } of delayed) if (truth.from > 1) assertEquals(reason, "delayed");
  });
});
