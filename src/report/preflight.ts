import type {
  ConsumerOutlook,
  Follower,
  Preflight,
  SlotOutlook,
  WalLoss,
} from "../cluster/preflight/preflight.ts";
import { formatLsn, type Lsn } from "../domain/lsn.ts";
import { deriveReportManager } from "./manager.ts";
import type { ReportManager } from "./model.ts";

/** Version of the model: keys are only added; a change in the meaning of a key is a new version. */
export const PREFLIGHT_VERSION = 1;

/** A preflight as JSON. `null` means unknown, never 0. */
export interface PreflightReport extends
  Pick<
    Preflight,
    "candidate" | "primary" | "kind" | "verdict" | "headline" | "better" | "points" | "steps"
  > {
  /** {@linkcode PREFLIGHT_VERSION}. */
  readonly version: 1;
  /** When it was made: ISO 8601, UTC. */
  readonly timestamp: string;
  /** The same as Unix seconds. */
  readonly timestamp_unix_seconds: number;
  /** What made it. */
  readonly exporter: { readonly version: string; readonly revision: string };
  /** WAL lost by promoting immediately, without shutting down the primary first. */
  readonly loss: PreflightLoss;
  /** Every other standby, and what it needs afterwards. */
  readonly standbys: readonly PreflightStandby[];
  /** Who manages the cluster, so that the steps are its commands; null when there is no sign of anybody. */
  readonly manager: ReportManager | null;
  /** Slots of the current primary, and what happens to them. */
  readonly slots: readonly PreflightSlot[];
  /** Subscriptions and other consumers of logical slots, and what happens to them. */
  readonly consumers: readonly PreflightConsumer[];
}

/** WAL that would be lost. */
export interface PreflightLoss extends Pick<WalLoss, "bytes" | "seconds" | "basis"> {
  /** Lower bound of the lost bytes; null when unknown. */
  readonly at_least_bytes: number | null;
  /** Whether `seconds` is an upper bound. */
  readonly seconds_are_at_most: boolean;
  /** End of the WAL of the basis; null when unknown. */
  readonly basis_lsn: string | null;
  /** How long ago the primary was last read, seconds; null when never. */
  readonly basis_age_seconds: number | null;
  /** Position the candidate has received; null when unknown. */
  readonly received_lsn: string | null;
  /** Position it has replayed; null when unknown. */
  readonly replayed_lsn: string | null;
}

/** Another standby. */
export interface PreflightStandby extends Pick<Follower, "name" | "configured" | "action" | "because"> {
  /** Bytes received beyond the candidate; negative when it has less, null when unknown. */
  readonly ahead_bytes: number | null;
  /** Slot it uses; null when unknown. */
  readonly slot: string | null;
}

/** A slot of the current primary. */
export interface PreflightSlot extends Pick<SlotOutlook, "type" | "fate" | "because"> {
  /** Its name. */
  readonly name: string;
}

/** A subscription, or another consumer of a logical slot. */
export interface PreflightConsumer extends
  Pick<
    ConsumerOutlook,
    "consumer" | "subscription" | "server" | "database" | "slot" | "fate" | "because"
  > {}

/** What else a preflight report is made from. */
export interface PreflightReportOptions {
  /** When, by the wall clock: Unix seconds. */
  readonly wallNow: number;
  /** The exporter. */
  readonly build: { readonly version: string; readonly revision: string };
}

/**
 * Derives the JSON of a preflight.
 *
 * @param preflight The preflight.
 * @param options When it was made, and by what.
 */
export function derivePreflightReport(
  preflight: Preflight,
  { wallNow, build }: PreflightReportOptions,
): PreflightReport {
  const { loss, candidate, primary, kind, verdict, headline, better, points, followers, slots, steps } =
    preflight;
  return {
    version: PREFLIGHT_VERSION,
    timestamp: new Date(wallNow * 1000).toISOString(),
    timestamp_unix_seconds: wallNow,
    exporter: { version: build.version, revision: build.revision },
    candidate,
    primary,
    kind,
    verdict,
    headline,
    better,
    loss: {
      bytes: loss.bytes,
      at_least_bytes: loss.atLeastBytes,
      seconds: loss.seconds,
      seconds_are_at_most: loss.isAtMost,
      basis: loss.basis,
      basis_lsn: lsnText(loss.basisPosition),
      basis_age_seconds: loss.basisAgeSeconds,
      received_lsn: lsnText(loss.receivedPosition),
      replayed_lsn: lsnText(loss.replayedPosition),
    },
    manager: deriveReportManager(preflight.manager),
    points,
    standbys: followers.map(({ name, configured, action, because, aheadBytes, slot }) => ({
      name,
      configured,
      action,
      because,
      ahead_bytes: aheadBytes,
      slot: slot === "" ? null : slot,
    })),
    slots: slots.map(({ slot, type, fate, because }) => ({ name: slot, type, fate, because })),
    consumers: preflight.consumers.map((
      { consumer, subscription, server, database, slot, fate, because },
    ) => ({ consumer, subscription, server, database, slot, fate, because })),
    steps,
  };
}

function lsnText(position: Lsn | null): string | null {
  return position === null ? null : formatLsn(position);
}
