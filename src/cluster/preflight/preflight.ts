/**
 * Whether a standby may become the primary now: what would be lost, which standbys could not follow, what differs, and the
 * steps.
 *
 * Pure functions of the view: nothing is read from servers and nothing is changed. Received WAL counts, not only replayed
 * WAL, because a promotion first replays what has been received.
 *
 * @module
 */
import type { Lsn } from "../../domain/lsn.ts";
import type { ClusterManager } from "../../domain/manager.ts";

/** How much a point speaks against the promotion, worst first. */
export const PREFLIGHT_WEIGHTS = ["no_go", "unknown", "loss", "warning", "info", "fine"] as const;

/** One of {@linkcode PREFLIGHT_WEIGHTS}. */
export type PreflightWeight = typeof PREFLIGHT_WEIGHTS[number];

/** Parts of a preflight, in order. */
export const PREFLIGHT_PARTS = [
  "candidate",
  "primary",
  "loss",
  "timeline",
  "replay",
  "standbys",
  "slots",
  "subscriptions",
  "tables",
  "sequences",
  "rest",
  "synchronous",
  "settings",
] as const;

/** One of {@linkcode PREFLIGHT_PARTS}. */
export type PreflightPart = typeof PREFLIGHT_PARTS[number];

/** One result. */
export interface PreflightPoint {
  /** Its part. */
  readonly part: PreflightPart;
  /** How much it speaks against the promotion. */
  readonly weight: PreflightWeight;
  /** The result: one sentence. */
  readonly text: string;
  /** What to do; "" when nothing. */
  readonly advice: string;
}

/** The verdict, best first. */
export const PREFLIGHT_VERDICTS = [
  "go",
  "go_with_warnings",
  "go_with_losses", // the loss, or a lower bound of it, is known
  "go_with_unknown_losses", // nothing speaks against it, but the loss is unknown
  "no_go",
  "unknown",
] as const;

/** One of {@linkcode PREFLIGHT_VERDICTS}. */
export type PreflightVerdict = typeof PREFLIGHT_VERDICTS[number];

/** What the loss is measured against. */
export type LossBasis =
  | "primary_now" // the primary's position, read now
  | "primary_last_known" // its last position known to the exporter or to a standby
  | "other_servers"; // the furthest position of other standbys: how much more the primary had is unknown

/** WAL that would be lost if the standby were promoted now, without any other step. */
export interface WalLoss {
  /** Bytes that the primary has, or was last known to have, and the standby has not received; null when unknown. */
  readonly bytes: number | null;
  /** Lower bound of the bytes; null when unknown. */
  readonly atLeastBytes: number | null;
  /** Seconds of transactions in them; null when unknown. */
  readonly seconds: number | null;
  /** Whether `seconds` is an upper bound, because only the replayed position can be dated. */
  readonly isAtMost: boolean;
  /** What it is measured against; null when there is nothing. */
  readonly basis: LossBasis | null;
  /** Its position; null when unknown. */
  readonly basisPosition: Lsn | null;
  /** How long ago the primary was last read, seconds; null when never. */
  readonly basisAgeSeconds: number | null;
  /** How far the standby has received; null when unknown. */
  readonly receivedPosition: Lsn | null;
  /** How far it has replayed; null when unknown. */
  readonly replayedPosition: Lsn | null;
}

/** What another standby needs after the promotion. */
export type FollowerAction =
  | "stays" // it follows the promoted server, or a standby that keeps streaming
  | "repoint" // primary_conninfo must name the promoted server
  | "rewind" // it has WAL that the promoted server does not have: pg_rewind
  | "rebuild" // a new base backup
  | "unknown";

/** Another standby. */
export interface Follower {
  /** Its name. */
  readonly name: string;
  /** Whether it is a configured server. */
  readonly configured: boolean;
  /** What it needs. */
  readonly action: FollowerAction;
  /** Why: one sentence. */
  readonly because: string;
  /** Bytes it has received beyond the candidate; negative when it has less, null when unknown. */
  readonly aheadBytes: number | null;
  /** Its `application_name` when known, else its name. */
  readonly applicationName: string;
  /** Its slot; "" when none is known. */
  readonly slot: string;
}

/** What happens to a slot. */
export type SlotFate =
  | "follows" // it exists on the candidate and remains in use there
  | "create" // a physical slot that must be created on the candidate
  | "unused" // no longer used after the promotion
  | "lost" // a logical slot that does not follow
  | "unknown"; // a logical slot of which something else may keep a copy

/** One slot of the current primary. */
export interface SlotOutlook {
  /** Its name. */
  readonly slot: string;
  /** Physical or logical. */
  readonly type: "physical" | "logical";
  /** What happens to it. */
  readonly fate: SlotFate;
  /** Why, and what that means: one sentence. */
  readonly because: string;
}

/** What happens to a consumer of logical replication. */
export type ConsumerFate =
  | "goes_on" // a subscription of this cluster: the promoted server applies it
  | "repoint" // its slot survives: its connection must lead to the promoted server
  | "loses_data" // it is ahead of the promoted server
  | "copy_anew" // its slot does not survive
  | "unknown";

/** A subscription, or another consumer of a logical slot. */
export interface ConsumerOutlook {
  /** What it is, as far as its slot shows. */
  readonly consumer: "subscription" | "change_data_capture";
  /** Name of the subscription; null when no watched server has it. */
  readonly subscription: string | null;
  /** The watched server that has it; null when none has. */
  readonly server: string | null;
  /** Its database there. */
  readonly database: string | null;
  /** Its publications; empty when unknown. */
  readonly publications: readonly string[];
  /** Its slot. */
  readonly slot: string;
  /** Database of the slot; null when that is on another cluster. */
  readonly publishedDatabase: string | null;
  /** The role that it logs in with; null when unknown. */
  readonly user: string | null;
  /** What happens to it. */
  readonly fate: ConsumerFate;
  /** Why, and what that means: one sentence. */
  readonly because: string;
}

/** What a person must know before a step that destroys something if it is wrong. */
export interface StepRisk {
  /** What makes it safe here: one sentence. */
  readonly because: string;
  /** What to check first: one sentence. */
  readonly check: string;
  /** What is lost if it is wrong: one sentence. */
  readonly loses: string;
}

/** One step of the manual procedure. */
export interface PreflightStep {
  /** What to do: one sentence. */
  readonly title: string;
  /** Where: a server, with its address; "" when not on a server. */
  readonly where: string;
  /** Its risk, where it destroys something if it is wrong. */
  readonly risk?: StepRisk;
  /** Shell commands and SQL, in order. */
  readonly commands: readonly string[];
  /** What to check before the next step; "" when nothing. */
  readonly expect: string;
}

/** What a preflight is of. */
export const PREFLIGHT_KINDS = ["switchover", "failover", "logical_switchover"] as const;

/** The result of a preflight. */
export interface Preflight {
  /** The standby to be promoted. */
  readonly candidate: string;
  /** The current or last known primary; null when none was ever seen. */
  readonly primary: string | null;
  /**
   * `switchover` when the old primary is up and is shut down cleanly first, `failover` when it is down,
   * `logical_switchover` when the candidate is a subscriber, to which applications move.
   */
  readonly kind: typeof PREFLIGHT_KINDS[number];
  /** The verdict. */
  readonly verdict: PreflightVerdict;
  /** The verdict in one sentence. */
  readonly headline: string;
  /** A standby whose promotion would lose less; null when none is known. */
  readonly better: string | null;
  /** What would be lost. */
  readonly loss: WalLoss;
  /** All results, by part. */
  readonly points: readonly PreflightPoint[];
  /** Every other standby of the cluster. */
  readonly followers: readonly Follower[];
  /** Slots of the current primary. */
  readonly slots: readonly SlotOutlook[];
  /** Who takes part in logical replication: consumers of the primary's slots, and the cluster's own subscriptions. */
  readonly consumers: readonly ConsumerOutlook[];
  /** Who manages the cluster, so that the steps are its commands; null when there is no sign of anybody. */
  readonly manager: ClusterManager | null;
  /** The procedure; empty while it is not certain that the standby may be promoted. */
  readonly steps: readonly PreflightStep[];
}
