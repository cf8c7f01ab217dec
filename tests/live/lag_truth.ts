/**
 * Between which moments a standby began to lag, so that a lag can be judged without allowing for a slow machine.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { Cluster, Server } from "./support.ts";

/** A probe may be answered with what was derived this long ago, seconds. */
export const PROBE_VIEW_SECONDS = 1;

/** Unix time in seconds, as a lag is counted. */
export function now(): number {
  return Date.now() / 1000;
}

/** The onset of a lag lies between these, Unix time in seconds. */
export interface Onset {
  /** Then the standby still had, or was about to have, all that the primary had written. */
  readonly notBefore: number;
  /** By then the exporter had read of the primary what the standby lacks. */
  readonly notAfter: number;
}

/**
 * Makes a standby lag from a known moment on.
 *
 * @param cluster The cluster.
 * @param options The standby; `stop` what keeps it from applying; `readPrimary` has the exporter, if one runs, read the
 *   primary anew.
 */
export async function makeLag(
  cluster: Cluster,
  { standby, stop, readPrimary }: {
    readonly standby: Server;
    readonly stop: () => Promise<void>;
    readonly readPrimary: () => Promise<unknown>;
  },
): Promise<Onset> {
  const write = () => cluster.primary.sql("INSERT INTO test_data (data) VALUES ('onset of a lag')");
  const notBefore = now();
  // Who does not know the primary's past goes by the last transaction that was replayed: this one, or a later one.
  await write();
  await readPrimary();
  await cluster.untilCaughtUp(standby);
  await stop();
  await write();
  await readPrimary();
  return { notBefore, notAfter: now() };
}

/**
 * Asserts that a lag began when it did.
 *
 * @param onset When it began.
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
  // Clocks are read to the millisecond, and numbers are published rounded.
  const isTrue = typeof lag === "number" && lag >= least - 0.01 && lag <= most + 0.01;
  assert(isTrue, `it lags by ${lag} s, in truth by ${least} to ${most} s`);
}
