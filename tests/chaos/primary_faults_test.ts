import { assert, assertEquals, assertLess } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import type { Server } from "../../compose/lab/server.ts";
import { until } from "../../compose/lab/until.ts";
import type { Family } from "../../src/metrics/family.ts";
import { valueOf, watchCluster } from "../live/watching.ts";
import { now } from "../truth/markers.ts";
import { runFailover, runMiddleDeath } from "../truth/ordeal.ts";
import { errorOf } from "../truth/score.ts";
import { allCaughtUp, type Sample, Stage } from "../truth/stage.ts";
import { type Allowances, assertTrueAllTheWhile, LIMIT_SECONDS } from "./assertions.ts";
import { testOnMajors } from "./majors.ts";

/** Everything must be healthy again this long after healing, seconds of a machine that keeps up. */
const RECOVERY_SECONDS = 15;
/** No server is frozen here: a reachable one responds sooner than this on the slowest machine, seconds. */
const DEADLINE_SECONDS = 20;

/** Asserts the samples of each standby taken since a moment. */
function assertSince(stage: Stage, since: number, allowances: Allowances = {}): void {
  const samples = stage.samples.filter(({ at }) => at > since);
  for (const name of new Set(samples.map(({ standby }) => standby))) {
    const { pace } = stage;
    assertTrueAllTheWhile(samples.filter(({ standby }) => standby === name), { since, pace, ...allowances });
  }
}

function primariesOf({ families }: Sample): number | undefined {
  return valueOf(families, "pgrepl_cluster_primaries");
}

/** The reported state of all standbys in a scrape. */
function lagsOf(families: readonly Family[]): readonly number[] {
  return families.find(({ name }) => name === "pgrepl_standby_lag_seconds")?.samples.map(({ value }) =>
    value
  ) ?? [];
}

/** The reported role of a server: primary, standby, or none. */
function roleOf({ families }: Sample, instance: string): string | undefined {
  return ["primary", "standby"].find((role) => valueOf(families, "pgrepl_role", { instance, role }) === 1);
}

testOnMajors("primaries and a cascade in trouble: the lag is true all the while", async (t, major) => {
  await using cluster = await startCluster({ major, standbys: 3, cascade: true });
  const { faults, primary } = cluster;
  const standby = cluster.server("standby");
  const standby2 = cluster.server("standby2");
  const cascading = cluster.server("standby3");
  const collect = { maxAgeSeconds: 0, deadlineSeconds: DEADLINE_SECONDS };
  await using stage = await Stage.open(cluster, { collect });
  const { markers, witness, pace } = stage;
  // This one is not scraped and collects rarely: only its samples can detect a failover.
  await using unscraped = watchCluster(cluster, {
    collect: { intervalSeconds: 300, deadlineSeconds: DEADLINE_SECONDS },
  });
  const samplesOf = ({ name }: Server, since: number) =>
    stage.samples.filter((sample) => sample.standby === name && sample.at > since);
  markers.resume();
  await stage.sampleUntil("all to follow", allCaughtUp, RECOVERY_SECONDS);

  await t.step("the middle of a cascade dies: the standby behind it falls behind", async () => {
    const course = await runMiddleDeath(stage, { goes: standby, left: cascading }, {
      seconds: 6,
      recoverySeconds: RECOVERY_SECONDS,
    });
    const behind = samplesOf(cascading, course.from).filter(({ at }) => at < course.healedAt).at(-1);
    assert((behind?.truth.from ?? 0) > 4, "it fell behind in truth");
    assertEquals(behind?.reason, "disconnected");
    assertSince(stage, course.from, { recovering: course });
  });

  await t.step("the primary is restarted: no false lag", async () => {
    await markers.untilVisible(stage.standbys);
    const since = now();
    // It writes WAL when it stops and when it starts.
    markers.noteBareWal(since);
    await Promise.all([faults.restart(primary), stage.sampleFor(2)]);
    markers.resume();
    await stage.sampleUntil("all to follow again", allCaughtUp, RECOVERY_SECONDS);
    await stage.sampleFor(1);
    assertSince(stage, since, { mayBeUnknown: true });
  });

  await t.step("the primary is dead for 8 s: an unknown lag has no sample", async () => {
    await markers.untilVisible(stage.standbys);
    const since = now();
    await faults.kill(primary);
    await stage.sampleFor(8);
    markers.noteBareWal(now());
    const last = stage.samples.slice(-stage.standbys.length);
    assertEquals(last.map(({ unknown }) => unknown), last.map(() => "primary_unreachable"));
    assertEquals(last.map(({ ours }) => ours), last.map(() => null));
    assertEquals(last.map((sample) => primariesOf(sample)), last.map(() => 0));
    await faults.start(primary);
    markers.resume();
    await stage.sampleUntil("all to follow again", allCaughtUp, RECOVERY_SECONDS);
    assertSince(stage, since, { mayBeUnknown: true });
  });

  await t.step("E5: failover; a standby that does not follow the new primary falls behind it", async () => {
    let offSeconds = NaN;
    let lateSeconds = 0;
    const course = await runFailover(stage, { goes: standby, left: standby2 }, {
      seconds: 7,
      recoverySeconds: RECOVERY_SECONDS,
      beforeHealing: async () => {
        const before = await witness.look(standby2);
        const families = await unscraped.service.scrape();
        const after = await witness.look(standby2);
        const truth = witness.lagBetween(before, after);
        // Around the start of the lag, and around this moment.
        lateSeconds =
          pace.delayAround({ from: after.during.to - truth.to, to: before.during.from - truth.from }, 1) +
          pace.delayAround({ from: before.during.from, to: after.during.to }, 1);
        offSeconds = errorOf(
          valueOf(families, "pgrepl_standby_lag_seconds", { instance: standby2.name }) ?? NaN,
          truth,
        );
      },
    });
    assert(offSeconds <= LIMIT_SECONDS + lateSeconds, `${offSeconds} s off without a scrape before`);
    const { from, imposedAt, healedAt } = course;
    const samples = stage.samples.filter(({ at }) => at > imposedAt);
    const behind = samplesOf(standby2, imposedAt).filter(({ at }) => at < healedAt);
    assert((behind.at(-1)?.truth.from ?? 0) > 5, "it fell behind in truth");
    // Scraped after the promotion, so the first collection must show it; its published lag is that of its standbys.
    for (const sample of samples) {
      const labels = { instance: standby.name };
      assertEquals(roleOf(sample, standby.name), "primary");
      assertEquals(valueOf(sample.families, "pgrepl_timeline", labels), 2);
      assertEquals(valueOf(sample.families, "pgrepl_standby_lag_seconds", labels), undefined);
      assertEquals(primariesOf(sample), 1);
      assertEquals(valueOf(sample.families, "pgrepl_cluster_failovers_total"), 1);
    }
    for (const { families } of behind) {
      const slowest = Math.max(...lagsOf(families));
      assertEquals(valueOf(families, "pg_replication_lag_seconds", { instance: standby.name }), slowest);
    }
    assertSince(stage, from, { mayBeUnknown: true, recovering: course });
    // The lag may be unknown only until the new primary has been read.
    const late = samples.filter(({ since }) => pace.fairIn({ from: imposedAt, to: since }) > 2);
    assertLess(late.filter(({ ours }) => ours === null).length, 1);
  });

  await t.step("the old primary returns as a standby", async () => {
    await faults.rebuild(primary);
    stage.standbys = [primary, standby2, cascading];
    // Until it is reachable again it is reported as a primary that is down.
    await stage.sampleUntil(
      "the old primary to be seen as a standby that has caught up",
      (samples) =>
        allCaughtUp(samples) && samples.every((sample) => roleOf(sample, primary.name) === "standby"),
      RECOVERY_SECONDS,
    );
    const since = now();
    await stage.sampleFor(2);
    const last = stage.samples.at(-1);
    assert(last !== undefined);
    assertEquals(valueOf(last.families, "pgrepl_standby_connected", { instance: primary.name }), 1);
    assertEquals(valueOf(last.families, "pgrepl_timeline", { instance: primary.name }), 2);
    assertSince(stage, since);
  });

  await t.step(
    "switchover: an orderly stop, a promotion, the others follow, the old one returns",
    async () => {
      await markers.untilVisible(stage.standbys);
      const since = now();
      stage.standbys = [standby2, cascading];
      // It writes WAL when it stops, and the next primary when it is promoted.
      markers.noteBareWal(since);
      await faults.stop(standby);
      await faults.promote(primary);
      await markers.moveTo(primary);
      markers.resume();
      await stage.sampleFor(2);
      await faults.repoint(standby2, primary);
      await faults.repoint(cascading, primary);
      await stage.sampleUntil("both to follow", allCaughtUp, RECOVERY_SECONDS);
      assertSince(stage, since, { mayBeUnknown: true });
      await faults.rebuild(standby);
      stage.standbys = [standby, standby2, cascading];
      await stage.sampleUntil(
        "the old primary to be seen as a standby, and all to follow",
        (samples) =>
          allCaughtUp(samples) && samples.every((sample) => roleOf(sample, standby.name) === "standby"),
        RECOVERY_SECONDS,
      );
      const last = stage.samples.at(-1);
      assert(last !== undefined);
      assertEquals(["primary", "standby"].map((name) => roleOf(last, name)), ["primary", "standby"]);
      assertEquals(valueOf(last.families, "pgrepl_timeline", { instance: primary.name }), 3);
      assertEquals(valueOf(last.families, "pgrepl_cluster_failovers_total"), 2);
    },
  );

  await t.step("E10: a standby is promoted beside its primary: two primaries are reported", async () => {
    await markers.untilVisible(stage.standbys);
    stage.standbys = [standby, cascading];
    const since = now();
    markers.resume();
    await faults.promote(standby2);
    await stage.sampleFor(3);
    const samples = stage.samples.filter(({ at }) => at > since);
    for (const sample of samples) {
      assertEquals(primariesOf(sample), 2);
      assertEquals(valueOf(sample.families, "pgrepl_cluster_split_brain"), 1);
      assertEquals(roleOf(sample, standby2.name), "primary");
      assertEquals(
        valueOf(sample.families, "pgrepl_standby_lag_seconds", { instance: standby2.name }),
        undefined,
      );
    }
    // The others still follow their primary, and their lag is relative to that one.
    assertSince(stage, since);
    await faults.kill(standby2);
    await until(
      "one primary again",
      async () => (await stage.sample()).every((each) => primariesOf(each) === 1),
    );
  });
});
