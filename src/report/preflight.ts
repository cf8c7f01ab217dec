import type {
  FollowerAction,
  LossBasis,
  Preflight,
  PreflightPoint,
  PreflightStep,
  PreflightVerdict,
  SlotFate,
} from "../cluster/preflight/preflight.ts";
import { formatLsn, type Lsn } from "../domain/lsn.ts";

/** Version of the model: it only ever gains keys; a change of what a key means is a new version. */
export const PREFLIGHT_VERSION = 1;

/** What a preflight says: JSON is this model as it stands. `null` means that it is not known, never 0. */
export interface PreflightReport {
  /** {@linkcode PREFLIGHT_VERSION}. */
  readonly version: 1;
  /** When it was made: ISO 8601, UTC. */
  readonly timestamp: string;
  /** The same as Unix seconds. */
  readonly timestamp_unix_seconds: number;
  /** What made it. */
  readonly exporter: { readonly version: string; readonly revision: string };
  /** The standby that is to become the primary. */
  readonly candidate: string;
  /** The present primary, or who was it last; null when none was ever seen. */
  readonly primary: string | null;
  /** `switchover` when the primary is up, `failover` when it is not. */
  readonly kind: "switchover" | "failover";
  /** The verdict. */
  readonly verdict: PreflightVerdict;
  /** The verdict in one sentence. */
  readonly headline: string;
  /** A standby that would lose less; null when none is known. */
  readonly better: string | null;
  /** What would be lost by promoting at once, without stopping the primary in order first. */
  readonly loss: PreflightLoss;
  /** Everything that was looked at, by part, worst first. */
  readonly points: readonly PreflightPoint[];
  /** Every other standby, and what it needs afterwards. */
  readonly standbys: readonly PreflightStandby[];
  /** Slots of the present primary, and what becomes of them. */
  readonly slots: readonly PreflightSlot[];
  /** The manual way, in order; empty when it may not be gone at all. */
  readonly steps: readonly PreflightStep[];
}

/** What would be lost. */
export interface PreflightLoss {
  /** Bytes of WAL; null when unknown. */
  readonly bytes: number | null;
  /** Bytes that are lost at least; null when not even that is known. */
  readonly at_least_bytes: number | null;
  /** Seconds of transactions in them; null when unknown. */
  readonly seconds: number | null;
  /** Whether the seconds are an upper bound. */
  readonly seconds_are_at_most: boolean;
  /** What it is measured against; null when there is nothing. */
  readonly basis: LossBasis | null;
  /** Where that ends; null when unknown. */
  readonly basis_lsn: string | null;
  /** How long ago the primary was read, seconds; null when it never was. */
  readonly basis_age_seconds: number | null;
  /** How far the candidate has received; null when unknown. */
  readonly received_lsn: string | null;
  /** How far it has replayed; null when unknown. */
  readonly replayed_lsn: string | null;
}

/** Another standby. */
export interface PreflightStandby {
  /** Its name. */
  readonly name: string;
  /** Whether it is a configured or discovered server. */
  readonly configured: boolean;
  /** What it needs. */
  readonly action: FollowerAction;
  /** Why. */
  readonly because: string;
  /** Bytes received beyond the candidate; negative when it has less, null when unknown. */
  readonly ahead_bytes: number | null;
  /** Slot it uses; null when none is known. */
  readonly slot: string | null;
}

/** One slot of the present primary. */
export interface PreflightSlot {
  /** Its name. */
  readonly name: string;
  /** Physical or logical. */
  readonly type: string;
  /** What becomes of it. */
  readonly fate: SlotFate;
  /** What that means. */
  readonly because: string;
}

/** What a preflight report is made with, besides the preflight. */
export interface PreflightReportOptions {
  /** When, by the wall clock: Unix seconds. */
  readonly wallNow: number;
  /** What makes it. */
  readonly build: { readonly version: string; readonly revision: string };
}

/**
 * A preflight as it is told.
 *
 * @param preflight The preflight.
 * @param options When, and what makes it.
 */
export function derivePreflightReport(
  preflight: Preflight,
  { wallNow, build }: PreflightReportOptions,
): PreflightReport {
  const { loss } = preflight;
  return {
    version: PREFLIGHT_VERSION,
    timestamp: new Date(wallNow * 1000).toISOString(),
    timestamp_unix_seconds: wallNow,
    exporter: { version: build.version, revision: build.revision },
    candidate: preflight.candidate,
    primary: preflight.primary,
    kind: preflight.kind,
    verdict: preflight.verdict,
    headline: preflight.headline,
    better: preflight.better,
    loss: {
      bytes: loss.bytes,
      at_least_bytes: loss.atLeastBytes,
      seconds: loss.seconds,
      seconds_are_at_most: loss.isAtMost,
      basis: loss.basis,
      basis_lsn: toText(loss.basisPosition),
      basis_age_seconds: loss.basisAgeSeconds,
      received_lsn: toText(loss.receivedPosition),
      replayed_lsn: toText(loss.replayedPosition),
    },
    points: preflight.points,
    standbys: preflight.followers.map((follower) => ({
      name: follower.name,
      configured: follower.configured,
      action: follower.action,
      because: follower.because,
      ahead_bytes: follower.aheadBytes,
      slot: follower.slot === "" ? null : follower.slot,
    })),
    slots: preflight.slots.map(({ slot, type, fate, because }) => ({ name: slot, type, fate, because })),
    steps: preflight.steps,
  };
}

function toText(position: Lsn | null): string | null {
  return position === null ? null : formatLsn(position);
}
