import { assert, assertEquals, assertGreater } from "@std/assert";
import { startLogicalCluster } from "../../../compose/lab/logical.ts";
import { expectedOf, LOGICAL_FAULTS, type LogicalFault } from "../../truth/logical_faults.ts";
import { type LogicalCourse, runLogicalOrdeal } from "../../truth/logical_ordeal.ts";
import { describeLogical, type LogicalSample, LogicalStage } from "../../truth/logical_stage.ts";
import { errorOf } from "../../truth/score.ts";
import { fairTruth } from "../../truth/stage.ts";
import { LIMIT_SECONDS } from "../assertions.ts";
import { testOnMajors } from "../majors.ts";

/** For how long a fault is looked at after its reason must be told, seconds. */
const LOOK_SECONDS = 6;
/** Everything must be well again this long after healing, seconds: a half-open connection is given up after 60 s. */
const RECOVERY_SECONDS = 75;
/** The exporter gives up on a frozen server after this long, seconds. */
const DEADLINE_SECONDS = 5;
/** What may be reported until a fault is told apart: that nothing reads the slot. */
const MEANWHILE = "subscription_disconnected warning";

/** Whether something that may be wrong says so: behind in truth, never 0; not behind, never a lag but as an upper bound. */
function assertTrueLag(stage: LogicalStage, fault: LogicalFault, course: LogicalCourse): void {
  const { from, imposedAt, healedAt, recoveredAt } = course;
  for (const sample of stage.samples.filter(({ at }) => at > from)) {
    const { ours, unknown, source, truth } = sample;
    const words = `${(sample.at - imposedAt).toFixed(1)} s after it began, ${describeLogical(sample)}`;
    assertEquals(ours === null, unknown !== null, words);
    if (ours === null) {
      const isExpected = unknown === fault.unknown && sample.at > imposedAt - 1 && sample.since < recoveredAt;
      assert(isExpected, words);
      continue;
    }
    const fair = fairTruth(sample, stage.pace);
    if (fault.unknown !== undefined && sample.at > imposedAt - 1) continue;
    // What it stands at was confirmed up to a second after it was applied, and is seen a second later.
    const mayRecover = sample.at > healedAt && sample.since < recoveredAt;
    const isBound = source === "upper_bound" && fault.isQuiet === true;
    const late = { from: fair.from, to: mayRecover || isBound ? Infinity : fair.to };
    assert(truth.from <= 2 || ours > 0.1, `False zero ${words}`);
    assert(errorOf(ours, late) <= LIMIT_SECONDS, `${errorOf(ours, late).toFixed(2)} s off ${words}`);
  }
}

function isOneOf(reason: string | null, reasons: readonly (string | null)[]): boolean {
  return reasons.includes(reason);
}

function assertReasonAndFindings(
  stage: LogicalStage,
  { fault, course, major }: {
    readonly fault: LogicalFault;
    readonly course: LogicalCourse;
    readonly major: number;
  },
): void {
  const { imposedAt, healingAt, recoveredAt } = course;
  const { reasons, found } = expectedOf(fault, major);
  const well = ["streaming", "idle"];
  const told: LogicalSample[] = [];
  for (const sample of stage.samples.filter(({ at }) => at > course.from)) {
    const words = `${(sample.at - imposedAt).toFixed(1)} s after it began, ${describeLogical(sample)}`;
    const isAfter = sample.since >= recoveredAt;
    const isDuring = sample.at > imposedAt && sample.at < healingAt;
    const late = stage.pace.delayAround({ from: imposedAt, to: sample.since }, 0);
    if (isDuring && sample.since - imposedAt > fault.within + late) {
      told.push(sample);
      assert(isOneOf(sample.reason, reasons), words);
      assertEquals(sample.findings, well.includes(sample.reason ?? "") ? [] : found, words);
    } else if (isAfter || sample.at < imposedAt - 1) {
      assert(well.includes(sample.reason ?? ""), words);
      assertEquals(sample.findings, [], words);
    } else {
      assert(sample.reason !== null, words);
      const allowed = [...found, MEANWHILE, ...fault.meanwhile ?? []];
      assertEquals(sample.findings.filter((each) => !allowed.includes(each)), [], words);
      assert(new Set(sample.findings).size <= 1, words);
    }
  }
  assertGreater(told.length, 0, "it was looked at while the fault lasted");
}

/**
 * Defines the tests of some faults.
 *
 * @param part Which third of them: each is a file, so that they run side by side.
 */
export function testSubscriptionFaults(part: 0 | 1 | 2): void {
  const own = LOGICAL_FAULTS.filter((_, index) => index % 3 === part);
  testOnMajors(
    `faults of a subscription, ${
      own.map(({ id }) => id).join(", ")
    }: reason, lag and findings are right all the while`,
    (t, major) => tryFaults(own, t, major),
  );
}

async function tryFaults(
  faults: readonly LogicalFault[],
  t: Deno.TestContext,
  major: number,
): Promise<void> {
  await using pair = await startLogicalCluster({
    major,
    standbys: 0,
    // Its commits are not among the measured rows.
    settings: { autovacuum: "off" },
  });
  // What is read in each database only is known of one's own: half of the versions are watched from another one.
  const database = major % 2 === 0 ? "app" : "postgres";
  await using stage = await LogicalStage.open(pair, {
    collect: { maxAgeSeconds: 0, deadlineSeconds: DEADLINE_SECONDS },
    databases: { primary: database, subscriber: database },
  });
  for (const fault of faults.filter(({ since = 0 }) => since <= major)) {
    const { within, afresh, lasts = within + LOOK_SECONDS } = fault;
    const first = afresh === undefined ? expectedOf(fault, major).reasons : [afresh];
    const isWell = await t.step(`${fault.id}: ${fault.title}`, async () => {
      const course = await runLogicalOrdeal(stage, fault, {
        seconds: lasts,
        recoverySeconds: RECOVERY_SECONDS,
        beforeHealing: async () => {
          const said = await stage.firstWords(within, ({ reason }) => isOneOf(reason, first));
          assert(isOneOf(said.reason, first), `a newly started exporter: ${said.reason}`);
        },
      });
      assertReasonAndFindings(stage, { fault, course, major });
      assertTrueLag(stage, fault, course);
      if (fault.keepsUp === true) return;
      const behind = stage.samples.filter(({ at }) => at > course.imposedAt && at < course.healedAt).at(-1);
      assertGreater(behind?.truth.from ?? 0, LOOK_SECONDS, "the fault lasted");
    });
    if (!isWell) throw new Error(`${fault.id} failed: the faults after it are not tried`);
  }
}
