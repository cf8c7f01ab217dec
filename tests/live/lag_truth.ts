/**
 * The moments between which a lag started, so that tests need no tolerance for a slow machine.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { Cluster, Server } from "./support.ts";

/** Maximum age of the view of a probe, seconds. */
export const PROBE_VIEW_SECONDS = 1;

/** Unix time in seconds. */
export function now(): number {
  return Date.now() / 1000;
}

/** A lag started between these moments, Unix time in seconds. */
export interface Onset {
  /** At this moment the standby still had, or was about to have, everything that the primary had written. */
  readonly notBefore: number;
  /** By this moment the exporter had read the primary after the missing write. */
  readonly notAfter: number;
}

/**
 * Makes a standby lag from a known moment on.
 *
 * @param cluster The cluster.
 * @param options The standby; `stop` stops its replay; `readPrimary` makes a running exporter read the primary again.
 */
export async function makeLag(
  cluster: Cluster,
  { standby, stop, readPrimary }: {
    readonly standby: Server;
    readonly stop: () => Promise<void>;
    readonly readPrimary: () => Promise<unknown>;
  },
): Promise<Onset> {
  // A collection that was under way may have read the primary before the write; the next one begins after it.
  const write = async () => {
    await cluster.primary.sql("INSERT INTO test_data (data) VALUES ('onset of a lag')");
    await readPrimary();
    await readPrimary();
  };
  const notBefore = now();
  // Without a history the exporter uses the last replayed transaction: this one, or a later one.
  await write();
  await cluster.untilCaughtUp(standby);
  await stop();
  await write();
  return { notBefore, notAfter: now() };
}

/**
 * Asserts that a lag is true.
 *
 * @param onset When it started.
 * @param reading The lag, seconds; the standby was read between `askedAt` and `answeredAt`, Unix time in seconds.
 */
export function assertTrueLag(
  { notBefore, notAfter }: Onset,
  { lag, askedAt, answeredAt }: {
    readonly lag: number | null | undefined;
    readonly askedAt: number;
    readonly answeredAt: number;
  },
): void {
  const [least, most] = [askedAt - notAfter, answeredAt - notBefore];
  // Clocks are read to the millisecond, and published values are rounded.
  const isTrue = typeof lag === "number" && lag >= least - 0.01 && lag <= most + 0.01;
  assert(isTrue, `it lags by ${lag} s, in truth by ${least} to ${most} s`);
}
