/**
 * The course of a fault of a subscription: everything works, the fault is imposed, it is healed, everything works.
 *
 * @module
 */
import type { LogicalFault } from "./logical_faults.ts";
import { isWell, type LogicalStage } from "./logical_stage.ts";
import { now } from "./markers.ts";
import type { Course } from "./ordeal.ts";

/** Longest wait for everything to work before a fault, seconds: only ends a test that hangs. */
const PATIENCE_SECONDS = 90;

/** When it happened. */
export interface LogicalCourse extends Course {
  /** When healing began: with a restart it takes a while, and what is read meanwhile is of neither state. */
  readonly healingAt: number;
}

/** Durations, in seconds of a machine that keeps up (see `pace.ts`). */
export interface LogicalOrdealOptions {
  /** Seconds the fault lasts. */
  readonly seconds: number;
  /** Seconds after healing within which everything must have recovered. */
  readonly recoverySeconds: number;
  /** Called when the fault has lasted, before it is healed. */
  readonly beforeHealing?: () => Promise<void>;
}

/**
 * Imposes a fault while rows are written, except where the fault wants silence or the subscriber cannot be read meanwhile.
 *
 * @param stage The stage.
 * @param fault The fault.
 * @param options How long.
 */
export async function runLogicalOrdeal(
  stage: LogicalStage,
  fault: LogicalFault,
  options: LogicalOrdealOptions,
): Promise<LogicalCourse> {
  const { markers, witness, pair } = stage;
  markers.resume();
  await stage.sampleUntil("the subscription to be well", isWell, PATIENCE_SECONDS);
  const from = now();
  await stage.sample();
  if (fault.blinds === true || fault.isQuiet === true) {
    await stage.untilVisible();
    await stage.sampleUntil("all to be confirmed", ({ ours }) => ours === 0, PATIENCE_SECONDS);
  }
  if (fault.blinds === true) witness.blind(pair.subscriber);
  const undo = await fault.impose(stage);
  const imposedAt = now();
  if (fault.isQuiet !== true) markers.resume();
  await stage.sampleFor(options.seconds);
  await options.beforeHealing?.();
  const healingAt = now();
  await undo();
  if (fault.blinds === true) await witness.unblind(pair.subscriber);
  const healedAt = now();
  markers.resume();
  await stage.sampleUntil(`${fault.id} to be over`, isWell, options.recoverySeconds);
  const recoveredAt = now();
  await stage.sample();
  return { from, imposedAt, healingAt, healedAt, recoveredAt };
}
