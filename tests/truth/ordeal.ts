/**
 * The course of a scenario: everything works, faults are imposed, the lag grows, faults are healed, everything works.
 *
 * @module
 */
import type { Server } from "../../compose/lab/server.ts";
import type { StandbyFault } from "./faults.ts";
import { now } from "./markers.ts";
import { allCaughtUp, type Stage } from "./stage.ts";

/** Longest wait for anything but the exporter, seconds: only ends a test that hangs. */
const PATIENCE_SECONDS = 60;

/** Later than any test lasts, seconds. */
const ENDLESS_SECONDS = 600;

/** A server occasionally writes on its own; after this long without writes it counts as idle, seconds. */
const QUIET_SECONDS = 4;

/** Durations, in seconds of a machine that keeps up (see `pace.ts`). */
export interface OrdealOptions {
  /** Seconds the faults last. */
  readonly seconds: number;
  /** Seconds after healing within which everything must have recovered. */
  readonly recoverySeconds: number;
  /** MiB of WAL written when the faults begin. */
  readonly mebibytes?: number;
  /** Called when the faults have lasted, before they are healed. */
  readonly beforeHealing?: () => Promise<void>;
}

/** Times of the events, in our monotonic seconds. */
export interface Course {
  /** The first sample that counts. */
  readonly from: number;
  /** When the faults were in place. */
  readonly imposedAt: number;
  /** When they were healed. */
  readonly healedAt: number;
  /** When recovery was reported; `healedAt` when nothing had to be healed. */
  readonly recoveredAt: number;
}

/** Times of a write after an idle phase. */
export interface RestCourse extends Course {
  /** Nothing at all was written from here to `imposedAt`, not even by the server itself. */
  readonly restedFrom: number;
}

/** Which servers take part in a fault of more than one. */
export interface Parts {
  /** The server that fails or is promoted. */
  readonly goes: Server;
  /** The server left behind. */
  readonly left: Server;
}

/** Writes WAL that no standby can miss. */
export async function writeBulk(server: Server, mebibytes: number): Promise<void> {
  await server.sql(
    `SELECT count(pg_logical_emit_message(false, 'bulk', repeat('x', 1048576))) FROM generate_series(1, ${mebibytes})`,
    60,
  );
}

/**
 * Imposes each fault on its standby, all at once, while the primary goes on writing.
 *
 * @param stage The stage.
 * @param faults Which standby gets which.
 * @param options How long.
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

/** Records WAL that the server writes on its own during an action. */
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
 * The first write after an idle phase, on a standby with delayed replay (E8).
 *
 * @param stage The stage; nothing writes to its cluster.
 * @param standby The standby.
 * @param options Delay of replay and length of the idle phase, seconds; the idle phase lasts until the server itself has
 *   not written anything for a while.
 */
export async function runDelayedWrite(
  stage: Stage,
  standby: Server,
  options: { readonly delaySeconds: number; readonly idleSeconds: number },
): Promise<RestCourse> {
  const { markers, cluster, pace } = stage;
  await markers.untilVisible(stage.standbys);
  // Ended explicitly, so that the delay lasts as long as needed, however slow the sampling is.
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
 * The middle standby of a cascade is killed and started again.
 *
 * @param stage The stage.
 * @param parts The middle standby, and the standby behind it.
 * @param options How long.
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
 * The primary is killed, one standby is promoted, another one is left behind until it is repointed (E5).
 *
 * @param stage The stage; afterwards its standbys include neither the old nor the new primary.
 * @param parts The standby that is promoted, and the one left behind.
 * @param options Time until it is repointed.
 */
export async function runFailover(
  stage: Stage,
  { goes, left }: Parts,
  options: OrdealOptions,
): Promise<Course> {
  const { markers, cluster } = stage;
  await markers.untilVisible(stage.standbys);
  await cluster.faults.cutLink(left);
  // A promotion writes WAL before there can be a row.
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
