/**
 * The course of a scenario: healthy, faults are injected, the lag grows, faults are healed, healthy again.
 *
 * @module
 */
import type { Server } from "../../compose/lab/server.ts";
import type { StandbyFault } from "./faults.ts";
import { now } from "./markers.ts";
import { allCaughtUp, type Stage } from "./stage.ts";

/** Timeout for steps that do not involve an exporter, seconds: only ends a test that hangs. */
const PATIENCE_SECONDS = 60;

/** Later than any test lasts, seconds. */
const ENDLESS_SECONDS = 600;

/** A server sometimes writes WAL by itself; after this long without WAL it is idle, seconds. */
const QUIET_SECONDS = 4;

/** Durations in seconds of a machine that keeps up (see `pace.ts`). */
export interface OrdealOptions {
  /** Duration of the faults, seconds. */
  readonly seconds: number;
  /** Seconds after healing within which everything must be healthy again. */
  readonly recoverySeconds: number;
  /** MiB of WAL written at the start of the faults. */
  readonly mebibytes?: number;
  /** Called at the end of the faults, before they are healed. */
  readonly beforeHealing?: () => Promise<void>;
}

/** Times of the steps: our monotonic seconds. */
export interface Course {
  /** The first sample that counts. */
  readonly from: number;
  /** When the faults were in place. */
  readonly imposedAt: number;
  /** When they were healed. */
  readonly healedAt: number;
  /** When everything was reported as healthy again; `healedAt` when nothing had to be healed. */
  readonly recoveredAt: number;
}

/** Times around a write after an idle period. */
export interface RestCourse extends Course {
  /** Nothing was written from here to `imposedAt`, not even by the server itself. */
  readonly restedFrom: number;
}

/** The servers of a fault that involves several. */
export interface Parts {
  /** The one that fails or is promoted. */
  readonly goes: Server;
  /** The one left behind. */
  readonly left: Server;
}

/** Writes enough WAL that every standby without it is clearly behind. */
export async function writeBulk(server: Server, mebibytes: number): Promise<void> {
  await server.sql(
    `SELECT count(pg_logical_emit_message(false, 'bulk', repeat('x', 1048576))) FROM generate_series(1, ${mebibytes})`,
    60,
  );
}

/**
 * Injects each fault into its standby, all at once, while the primary keeps writing.
 *
 * @param stage The stage.
 * @param faults The fault of each standby.
 * @param options Durations.
 */
export async function runOrdeal(
  stage: Stage,
  faults: ReadonlyMap<Server, StandbyFault>,
  options: OrdealOptions,
): Promise<Course> {
  const { markers, cluster } = stage;
  for (const [standby, fault] of faults) await fault.prepare?.(stage, standby);
  const from = now();
  markers.resume();
  await stage.sampleUntil("the standbys to follow", allCaughtUp, PATIENCE_SECONDS);
  await stage.sample();
  await markers.untilVisible(stage.standbys);
  await watchBareWal(stage, async () => {
    for (const [standby, fault] of faults) await fault.impose(stage, standby);
  });
  const imposedAt = now();
  await markers.write();
  const missedAt = now();
  markers.resume();
  if (options.mebibytes !== undefined) await writeBulk(cluster.primary, options.mebibytes);
  await stage.sampleFor(options.seconds, missedAt);
  await options.beforeHealing?.();
  await Promise.all([...faults].map(([standby, fault]) => fault.heal(stage, standby)));
  const healedAt = now();
  await stage.sampleUntil("all standbys to have caught up", allCaughtUp, options.recoverySeconds);
  const recoveredAt = now();
  await stage.sample();
  await stage.sampleUntil(
    "the primary alone to see it",
    (samples) => samples.every(({ fromPrimary }) => fromPrimary === null || fromPrimary < 3),
    options.recoverySeconds,
  );
  await markers.pause();
  return { from, imposedAt, healedAt, recoveredAt };
}

/** Records WAL that the server sometimes writes by itself in the meantime. */
async function watchBareWal({ markers, cluster }: Stage, action: () => Promise<void>): Promise<void> {
  const since = now();
  const before = await positionOf(cluster.primary);
  await action();
  if (await positionOf(cluster.primary) !== before) markers.noteBareWal(since);
}

function positionOf(server: Server): Promise<string | null> {
  return server.text("SELECT pg_current_wal_insert_lsn()");
}

/**
 * The first write after an idle period, on a standby with a delay (E8).
 *
 * @param stage The stage; nothing writes to its cluster.
 * @param standby The standby.
 * @param options The delay and the idle period, seconds; the idle period continues until the server itself has written
 *   nothing for a while.
 */
export async function runDelayedWrite(
  stage: Stage,
  standby: Server,
  options: { readonly delaySeconds: number; readonly idleSeconds: number },
): Promise<RestCourse> {
  const { markers, cluster, pace } = stage;
  await markers.untilVisible(stage.standbys);
  // Ended by the test, so that the delay lasts as long as intended even if it can be sampled only rarely.
  await cluster.faults.delayApply(standby, ENDLESS_SECONDS);
  const from = now();
  let position = await positionOf(cluster.primary);
  let restedFrom = from;
  const isRested = () =>
    pace.fairIn({ from, to: now() }) >= options.idleSeconds &&
    pace.fairIn({ from: restedFrom, to: now() }) >= QUIET_SECONDS;
  while (!isRested()) {
    await stage.sample();
    const latest = await positionOf(cluster.primary);
    if (latest !== position) restedFrom = now();
    position = latest;
  }
  await markers.write();
  const imposedAt = now();
  await stage.sampleFor(options.delaySeconds, imposedAt);
  const healedAt = now();
  await cluster.faults.delayApply(standby, 0);
  await stage.sampleUntil("the write to be applied", allCaughtUp, PATIENCE_SECONDS);
  return { from, restedFrom, imposedAt, healedAt, recoveredAt: now() };
}

/**
 * The middle of a cascade dies and returns.
 *
 * @param stage The stage.
 * @param parts The middle, and the standby behind it.
 * @param options Durations.
 */
export async function runMiddleDeath(stage: Stage, { goes }: Parts, options: OrdealOptions): Promise<Course> {
  const { markers, cluster, witness } = stage;
  await markers.untilVisible(stage.standbys);
  const from = now();
  await stage.sample();
  witness.blind(goes);
  await watchBareWal(stage, () => cluster.faults.kill(goes));
  const imposedAt = now();
  await markers.write();
  const missedAt = now();
  markers.resume();
  await stage.sampleFor(options.seconds, missedAt);
  await cluster.faults.start(goes);
  await witness.unblind(goes);
  const healedAt = now();
  await stage.sampleUntil("both to have caught up", allCaughtUp, options.recoverySeconds);
  const recoveredAt = now();
  await stage.sample();
  await markers.pause();
  return { from, imposedAt, healedAt, recoveredAt };
}

/**
 * The primary dies, one standby is promoted, another is left behind until it follows the new primary (E5).
 *
 * @param stage The stage; afterwards the old and the new primary are not among its standbys.
 * @param parts The promoted standby, and the one left behind.
 * @param options Durations.
 */
export async function runFailover(
  stage: Stage,
  { goes, left }: Parts,
  options: OrdealOptions,
): Promise<Course> {
  const { markers, cluster } = stage;
  await markers.untilVisible(stage.standbys);
  await cluster.faults.cutLink(left);
  // A promotion writes WAL before the first row can be written.
  markers.noteBareWal(now());
  await cluster.faults.kill(cluster.primary);
  stage.standbys = stage.standbys.filter((standby) => standby !== goes);
  const from = now();
  await cluster.faults.promote(goes);
  await markers.moveTo(goes);
  const imposedAt = now();
  await markers.write();
  const missedAt = now();
  markers.resume();
  await stage.sampleFor(options.seconds, missedAt);
  await options.beforeHealing?.();
  await cluster.faults.repoint(left, goes);
  const healedAt = now();
  await stage.sampleUntil("all to follow the new primary", allCaughtUp, options.recoverySeconds);
  const recoveredAt = now();
  await stage.sample();
  await markers.pause();
  return { from, imposedAt, healedAt, recoveredAt };
}
