/**
 * Runs the scenarios of the accuracy table of subscriptions, on one publisher and one subscriber.
 *
 * @module
 */
import { SUBSCRIPTION } from "../../compose/lab/app_database.ts";
import { startLogicalCluster } from "../../compose/lab/logical.ts";
import { valueOf, watchCluster } from "../live/watching.ts";
import { LOGICAL_FAULTS, type LogicalFault } from "./logical_faults.ts";
import { runLogicalOrdeal } from "./logical_ordeal.ts";
import { findingsOf, isWell, type LogicalSample, LogicalStage } from "./logical_stage.ts";
import { LOGICAL_FORMULAS, type LogicalFormula } from "./logical_usual.ts";
import { now } from "./markers.ts";
import type { Course } from "./ordeal.ts";
import { hastyClock, type Outcome, type Row, type RunOptions } from "./scenarios.ts";
import { type Moment, scoreOf } from "./score.ts";

/** A measurement of the lag of a subscription: ours, or a common formula. */
export type LogicalWay = "ours" | LogicalFormula;

/** Result of one scenario of a subscription. */
export interface LogicalRow extends Row<LogicalWay> {
  /** By how much ours exceeded the truth where it was published as an upper bound, seconds; null where it never did. */
  readonly boundSeconds: number | null;
  /** Checks with findings of severity warning or worse while nothing was wrong. */
  readonly falseFindings: readonly string[];
}

/** Seconds each fault lasts. */
const FAULT_SECONDS = 13;
const RECOVERY_SECONDS = 75;
/** More than `--collect.max-age`, so that every scrape starts its own collection. */
const PERIOD_SECONDS = 1.25;
const IDLE_SECONDS = 30;
/** The clock of a second exporter runs faster by this factor: the idle seconds are ten minutes to it. */
const HASTE = 600 / IDLE_SECONDS;

/** Faults of which nothing is to be measured: the lag cannot be known, or it is that of another fault. */
const WITHOUT = new Set(["L4", "L5", "L11a", "L11c", "L12", "L13", "L17", "L-dropped"]);

const TEN_MINUTES = ["L1-600", "The publisher is idle for ten minutes of the exporter's clock"] as const;

/** Names and titles of all scenarios of subscriptions. */
export const LOGICAL_SCENARIOS: readonly (readonly [id: string, title: string])[] = LOGICAL_FAULTS
  .filter(({ id }) => !WITHOUT.has(id))
  .flatMap(({ id, title }) => id === "L1" ? [[id, title] as const, TEN_MINUTES] : [[id, title] as const]);

/** Runs scenarios of subscriptions. */
export async function runLogicalScenarios(options: RunOptions): Promise<Outcome<LogicalRow>> {
  const { major, signal, progress } = options;
  const only = new Set(options.only.length > 0 ? options.only : LOGICAL_SCENARIOS.map(([id]) => id));
  progress("Starting a publisher and a subscriber");
  await using pair = await startLogicalCluster({
    major,
    signal,
    standbys: 0,
    settings: {
      // Its commits are not among our rows.
      autovacuum: "off",
      // As PostgreSQL's defaults; the lab is faster.
      wal_receiver_status_interval: "10s",
    },
    subscriberSettings: { wal_retrieve_retry_interval: "5s" },
  });
  await using stage = await LogicalStage.open(pair, {
    usual: true,
    periodSeconds: PERIOD_SECONDS,
    collect: { deadlineSeconds: 2 }, // the default
  });
  const rows: LogicalRow[] = [];
  for (const fault of LOGICAL_FAULTS) {
    if (only.has(fault.id) && (fault.since ?? 0) <= major) {
      progress(`${fault.id}: ${fault.title}`);
      const course = await runLogicalOrdeal(stage, fault, {
        seconds: fault.endsAfter ?? (fault.id === "L1" ? IDLE_SECONDS : FAULT_SECONDS),
        recoverySeconds: RECOVERY_SECONDS,
      });
      rows.push(rowOf(stage, fault, course));
    }
    if (fault.id === "L1" && only.has(TEN_MINUTES[0])) {
      progress(TEN_MINUTES[1]);
      rows.push(await runTenMinutes(stage));
    }
  }
  return { version: pair.publisher.binaries.version, rows };
}

/** Nothing is written; a second exporter with a faster clock monitors the same servers. */
async function runTenMinutes(stage: LogicalStage): Promise<LogicalRow> {
  const { pair, markers } = stage;
  markers.resume();
  await stage.sampleUntil("the subscription to be well", isWell, RECOVERY_SECONDS);
  await stage.untilVisible();
  await using hasty = watchCluster(pair.publisher, {
    clock: hastyClock(HASTE),
    collect: { deadlineSeconds: 40 },
  });
  const from = now();
  const moments: Moment[] = [];
  const falseFindings = new Set<string>();
  while (now() < from + IDLE_SECONDS) {
    const families = await hasty.service.scrape();
    const labels = { instance: pair.subscriber.name, subscription: SUBSCRIPTION };
    const said = valueOf(families, "pgrepl_subscription_lag_seconds", labels) ?? null;
    // The servers are not faster: what they take to confirm a record of their own counts twenty times.
    moments.push({
      at: (now() - from) * HASTE,
      truth: { from: 0, to: 0 },
      said: said === null ? null : said / HASTE,
    });
    findingsOf(families).forEach((each) => falseFindings.add(each));
    await new Promise((resolve) => setTimeout(resolve, 1000 * 4 / HASTE));
  }
  const nothing = scoreOf([]);
  const [id, title] = TEN_MINUTES;
  return {
    ...{
      id,
      title,
      truthSeconds: 0,
      recoverySeconds: null,
      boundSeconds: null,
      falseFindings: [...falseFindings],
    },
    scores: { ours: scoreOf(moments), slot_bytes: nothing, sender_replay_lag: nothing, latest_end: nothing },
  };
}

function rowOf(stage: LogicalStage, fault: LogicalFault, course: Course): LogicalRow {
  const { from, healedAt, recoveredAt } = course;
  // The time until a recovery is detected has its own column.
  const samples = stage.samples.filter(({ at, since }) =>
    at >= from && (at <= healedAt || since >= recoveredAt)
  );
  const over = samples.filter(isOver);
  const score = (way: LogicalWay) => scoreOf(samples.map((sample) => momentOf(sample, way)));
  const [slot_bytes, sender_replay_lag, latest_end] = LOGICAL_FORMULAS.map(score);
  const nothing = scoreOf([]);
  const isNothing = fault.keepsUp === true && fault.endsAfter === undefined;
  return {
    id: fault.id,
    title: fault.title,
    truthSeconds: Math.max(...samples.map(({ truth }) => truth.from)),
    recoverySeconds: isNothing ? null : recoveredAt - healedAt,
    boundSeconds: over.length === 0
      ? null
      : Math.max(...over.map(({ ours, truth }) => (ours ?? 0) - truth.to)),
    falseFindings: isNothing && fault.found.length === 0
      ? [...new Set(samples.flatMap(({ findings }) => findings))]
      : [],
    scores: {
      ours: score("ours"),
      slot_bytes: slot_bytes ?? nothing,
      sender_replay_lag: sender_replay_lag ?? nothing,
      latest_end: latest_end ?? nothing,
    },
  };
}

/** Whether ours is published as an upper bound, and the truth is below it by more than a second. */
function isOver({ ours, source, truth }: LogicalSample): boolean {
  return ours !== null && source === "upper_bound" && ours - truth.to > 1;
}

/** What was said; an upper bound that is one has no error. */
function momentOf(sample: LogicalSample, way: LogicalWay): Moment {
  const { at, truth, ours, usual } = sample;
  if (way !== "ours") return { at, truth, said: usual?.[way] ?? null };
  return {
    at,
    truth: isOver(sample) ? { from: truth.from, to: Math.max(truth.to, ours ?? 0) } : truth,
    said: ours,
  };
}
