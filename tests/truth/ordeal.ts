/**
 * The course of a scenario: all is well, faults are imposed, the lag grows, faults are healed, all is well.
 *
 * @module
 */
import type { Server } from "../../compose/lab/server.ts";
import type { StandbyFault } from "./faults.ts";
import { now } from "./markers.ts";
import { allCaughtUp, type Stage } from "./stage.ts";

/** How long things last. */
export interface OrdealOptions {
  /** Seconds the faults last. */
  readonly seconds: number;
  /** Seconds after healing within which everything must be right again. */
  readonly recoverySeconds: number;
  /** MiB of WAL written at the beginning of the faults. */
  readonly mebibytes?: number;
  /** Called when the faults have lasted, before they are healed. */
  readonly beforeHealing?: () => Promise<void>;
}

/** When what happened: our monotonic seconds. */
export interface Course {
  /** The first sample that counts. */
  readonly from: number;
  /** When the faults were there. */
  readonly imposedAt: number;
  /** When they were healed. */
  readonly healedAt: number;
  /** When all was said to be right again; `healedAt` when nothing had to be healed. */
  readonly recoveredAt: number;
}

/** Which servers take part in a fault of more than one. */
export interface Parts {
  /** The one that goes. */
  readonly goes: Server;
  /** The one that is left behind. */
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
  await stage.sampleUntil("the standbys to follow", allCaughtUp, 10);
  await stage.sample();
  await markers.untilVisible(stage.standbys);
  for (const [standby, fault] of faults) await fault.impose(stage, standby);
  const imposedAt = now();
  markers.resume();
  if (options.mebibytes !== undefined) await writeBulk(cluster.primary, options.mebibytes);
  await stage.sampleFor(imposedAt + options.seconds - now());
  await options.beforeHealing?.();
  await Promise.all([...faults].map(([standby, fault]) => fault.heal(stage, standby)));
  const healedAt = now();
  await stage.sampleUntil("all standbys to have caught up", allCaughtUp, options.recoverySeconds);
  const recoveredAt = now();
  await stage.sample();
  await stage.sample();
  await markers.pause();
  return { from, imposedAt, healedAt, recoveredAt };
}

/**
 * The first write after a rest, on a standby that applies late on purpose (E8).
 *
 * @param stage The stage; nothing writes to its cluster.
 * @param standby The standby.
 * @param options How late it applies and how long the rest is, seconds.
 */
export async function runDelayedWrite(
  stage: Stage,
  standby: Server,
  options: { readonly delaySeconds: number; readonly idleSeconds: number },
): Promise<Course> {
  const { markers, cluster } = stage;
  await markers.untilVisible(stage.standbys);
  await cluster.faults.delayApply(standby, options.delaySeconds);
  const from = now();
  await stage.sampleFor(options.idleSeconds);
  await markers.write();
  const imposedAt = now();
  await stage.sampleFor(options.delaySeconds - 1);
  await stage.sampleUntil("the write to be applied", allCaughtUp, options.delaySeconds + 5);
  const healedAt = now();
  await cluster.faults.delayApply(standby, 0);
  return { from, imposedAt, healedAt, recoveredAt: healedAt };
}

/**
 * The middle of a cascade dies, and comes back.
 *
 * @param stage The stage.
 * @param parts The middle that goes, and the standby behind it that is left.
 * @param options How long.
 */
export async function runMiddleDeath(stage: Stage, { goes }: Parts, options: OrdealOptions): Promise<Course> {
  const { markers, cluster, witness } = stage;
  await markers.untilVisible(stage.standbys);
  const from = now();
  await stage.sample();
  witness.blind(goes);
  await cluster.faults.kill(goes);
  const imposedAt = now();
  markers.resume();
  await stage.sampleFor(options.seconds);
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
 * The primary dies, one standby is promoted, another is left behind until it is told to follow (E5).
 *
 * @param stage The stage; it goes on without the old and the new primary among its standbys.
 * @param parts The standby that goes up, and the one that is left.
 * @param options How long until it follows.
 */
export async function runFailover(
  stage: Stage,
  { goes, left }: Parts,
  options: OrdealOptions,
): Promise<Course> {
  const { markers, cluster } = stage;
  await markers.untilVisible(stage.standbys);
  cluster.faults.cutLink(left);
  await cluster.faults.kill(cluster.primary);
  stage.standbys = stage.standbys.filter((standby) => standby !== goes);
  const from = now();
  await cluster.faults.promote(goes);
  await markers.moveTo(goes);
  const imposedAt = now();
  markers.resume();
  await stage.sampleFor(options.seconds);
  await options.beforeHealing?.();
  await cluster.faults.repoint(left, goes);
  const healedAt = now();
  await stage.sampleUntil("all to follow the new primary", allCaughtUp, options.recoverySeconds);
  const recoveredAt = now();
  await stage.sample();
  await markers.pause();
  return { from, imposedAt, healedAt, recoveredAt };
}
