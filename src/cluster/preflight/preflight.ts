/**
 * May this standby become the primary now: what would be lost, who could not follow, what differs, and how to do it.
 *
 * Pure functions of the view: nothing is asked and nothing is changed. Received WAL counts, not only replayed WAL,
 * because a promotion replays what has been received first.
 *
 * @module
 */
import type { Lsn } from "../../domain/lsn.ts";

/** How far a point stands in the way, worst first. */
export const PREFLIGHT_WEIGHTS = ["no_go", "unknown", "loss", "warning", "info", "fine"] as const;

/** One of {@linkcode PREFLIGHT_WEIGHTS}. */
export type PreflightWeight = typeof PREFLIGHT_WEIGHTS[number];

/** What a point is about, in the order in which it is told. */
export const PREFLIGHT_PARTS = [
  "candidate",
  "primary",
  "loss",
  "timeline",
  "replay",
  "standbys",
  "slots",
  "synchronous",
  "settings",
] as const;

/** One of {@linkcode PREFLIGHT_PARTS}. */
export type PreflightPart = typeof PREFLIGHT_PARTS[number];

/** One thing that was looked at. */
export interface PreflightPoint {
  /** What it is about. */
  readonly part: PreflightPart;
  /** How far it stands in the way. */
  readonly weight: PreflightWeight;
  /** What was seen: one sentence. */
  readonly text: string;
  /** What to do about it; "" when nothing. */
  readonly advice: string;
}

/** The verdict, best first. */
export const PREFLIGHT_VERDICTS = [
  "go",
  "go_with_warnings",
  "go_with_losses", // and it is known what is lost, or what at least
  "go_with_unknown_losses", // nothing stands in the way, but what would be lost cannot be told
  "no_go",
  "unknown",
] as const;

/** One of {@linkcode PREFLIGHT_VERDICTS}. */
export type PreflightVerdict = typeof PREFLIGHT_VERDICTS[number];

/** What the loss is measured against. */
export type LossBasis =
  | "primary_now" // the primary's position, read now
  | "primary_last_known" // the last that was read of it, or that a standby was told by it
  | "other_servers"; // only what other standbys have: how much more the primary had is not known

/** WAL that would be lost if the standby were promoted at this moment, without anything else done before. */
export interface WalLoss {
  /** Bytes that the primary has, or was last known to have, and the standby has not received; null when unknown. */
  readonly bytes: number | null;
  /** Bytes that are lost at least, when no more is known; null when not even that. */
  readonly atLeastBytes: number | null;
  /** Seconds of transactions in them; null when unknown. */
  readonly seconds: number | null;
  /** Whether `seconds` is an upper bound, because only the replayed position can be dated. */
  readonly isAtMost: boolean;
  /** What it is measured against; null when there is nothing. */
  readonly basis: LossBasis | null;
  /** Where that ends; null when unknown. */
  readonly basisPosition: Lsn | null;
  /** How long ago the primary was read last, seconds; null when never. */
  readonly basisAgeSeconds: number | null;
  /** How far the standby has received; null when unknown. */
  readonly receivedPosition: Lsn | null;
  /** How far it has replayed; null when unknown. */
  readonly replayedPosition: Lsn | null;
}

/** What another standby needs after the promotion. */
export type FollowerAction =
  | "stays" // it follows the promoted one, or a standby that goes on
  | "repoint" // primary_conninfo must name the promoted one
  | "rewind" // it has WAL that the promoted one lacks: pg_rewind
  | "rebuild" // a new base backup
  | "unknown"; // nobody can tell

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
  /** Its `application_name`, when that is known; else its name. */
  readonly applicationName: string;
  /** The slot it names; "" when none is known. */
  readonly slot: string;
}

/** What becomes of a slot. */
export type SlotFate =
  | "follows" // it exists on the candidate and goes on there
  | "create" // a physical slot that must be made on the candidate
  | "unused" // the candidate's own: nobody uses it afterwards
  | "lost"; // a logical slot that does not follow

/** One slot of the present primary. */
export interface SlotOutlook {
  /** Its name. */
  readonly slot: string;
  /** Physical or logical. */
  readonly type: "physical" | "logical";
  /** What becomes of it. */
  readonly fate: SlotFate;
  /** What that means: one sentence. */
  readonly because: string;
}

/** One step of the manual way. */
export interface PreflightStep {
  /** What is done: one sentence. */
  readonly title: string;
  /** Where: a server, with its address; "" when that is no server. */
  readonly where: string;
  /** Shell commands and SQL, in order. */
  readonly commands: readonly string[];
  /** What to look at before going on; "" when nothing. */
  readonly expect: string;
}

/** Everything there is to say. */
export interface Preflight {
  /** Who is to become the primary. */
  readonly candidate: string;
  /** The present primary, or who was it last; null when none was ever seen. */
  readonly primary: string | null;
  /** With the old primary up it is stopped in order (`switchover`), else it is down (`failover`). */
  readonly kind: "switchover" | "failover";
  /** The verdict. */
  readonly verdict: PreflightVerdict;
  /** The verdict in one sentence. */
  readonly headline: string;
  /** A standby that would lose less; null when none is known. */
  readonly better: string | null;
  /** What would be lost. */
  readonly loss: WalLoss;
  /** Everything that was looked at, by part. */
  readonly points: readonly PreflightPoint[];
  /** Every other standby of the cluster. */
  readonly followers: readonly Follower[];
  /** Slots of the present primary. */
  readonly slots: readonly SlotOutlook[];
  /** How to do it by hand; empty when it is not clear that it may be done at all. */
  readonly steps: readonly PreflightStep[];
}
