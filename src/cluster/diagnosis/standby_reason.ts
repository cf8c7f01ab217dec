/**
 * The reason of a standby: what it is doing, or what holds it back.
 *
 * Of several that apply, the first in this order is given, so that what must be fixed first comes first:
 *
 * 1. `starting`: it reports that it is starting up.
 * 2. `unreachable`: the exporter cannot reach it, and its upstream has no connection of it, or hears nothing from it.
 * 3. `paused`: at its recovery target while nothing streams, as it is not meant to follow.
 * 4. `stranded`: it is on a timeline that its cluster has left, so that it can never catch up, even if it streams.
 * 5. `lost`, `disconnected`: nothing is streamed to it. Lost, when what it needs is gone from its upstream and no
 *    archive is seen to bring it; disconnected, when there is no archive, or one that brings nothing.
 * 6. `half_open`: it looks connected, but nothing arrives (see `silence.ts`).
 * 7. `paused`, `conflict`, `delayed`: it receives, or restores, but replay is held back: by command, by a query, or by
 *    `recovery_min_apply_delay`.
 * 8. `archive`: fed from the archive, without a receiver.
 * 9. `idle`, `streaming`: nothing is wrong; idle, when there is nothing to do.
 *
 * @module
 */
import type { LagStage, StandbyReason } from "../../domain/standby.ts";
import { formatSeconds } from "../../domain/quantities.ts";
import { deriveCatchUp } from "./catch_up.ts";
import { deriveStage } from "./lag_stage.ts";
import { deriveReplayHold } from "./replay_hold.ts";
import { behind, upstreamName } from "./sentences.ts";
import { deriveSilence } from "./silence.ts";
import type { StandbyContext } from "../standby_context.ts";
import { isFed } from "../topology/connected.ts";
import { standsAtTarget } from "../topology/receiver_facts.ts";

/** An archive that has delivered nothing for this long is not used, seconds: a segment may take minutes to fill. */
const ARCHIVE_PATIENCE_SECONDS = 600;

/** Default segment size: with a smaller backlog an archive has nothing to deliver yet. */
export const USUAL_SEGMENT_BYTES = 16 * 1024 * 1024;

/** A reason, with a sentence, and the stage that holds most of the backlog. */
export interface StandbyExplanation {
  /** The reason; null when unknown. */
  readonly reason: StandbyReason | null;
  /** The reason in one sentence; "" when there is none. */
  readonly reasonText: string;
  /** The stage that holds its backlog; null when it has caught up or that is unknown. */
  readonly stage: LagStage | null;
}

/** A reason and one sentence. */
type Reasoned = readonly [reason: StandbyReason, text: string];

/** Derives the reason of a standby. */
export function deriveReason(standby: StandbyContext): StandbyExplanation {
  const found = unreachable(standby) ?? atTarget(standby) ?? notFed(standby) ?? heldBack(standby) ??
    atWork(standby);
  const [reason, text] = found ?? [null, ""];
  const fed = reason === null || FED.has(reason);
  return { reason, reasonText: text, stage: deriveStage(standby, fed) };
}

const FED: ReadonlySet<StandbyReason> = new Set(["streaming", "idle", "paused", "conflict", "delayed"]);

function unreachable(standby: StandbyContext): Reasoned | null {
  const { own, sender, observations, upstream } = standby;
  if (own === null || own.up) return null;
  if (own.trouble?.kind === "starting") return ["starting", "It reports that it is starting up"];
  const silence = deriveSilence(standby);
  if (sender !== null && isFed(sender.state) && silence === null) return null;
  const unreachableText = own.trouble === null
    ? "It is unreachable"
    : `It is unreachable (${own.trouble.kind})`;
  if (silence !== null) return ["unreachable", `${unreachableText}; ${silence}`];
  const seen = upstream?.up && upstream.facts.senders !== undefined
    ? `${upstream.server} has no connection of it either`
    : "no other server has a connection of it";
  const last = observations.received === null
    ? ""
    : behind(standby, "; its last known position is ", "the primary's");
  return ["unreachable", `${unreachableText}, and ${seen}${last}`];
}

function atTarget(standby: StandbyContext): Reasoned | null {
  return standsAtTarget(standby.own) && isConnected(standby) !== true ? deriveReplayHold(standby) : null;
}

function notFed(standby: StandbyContext): Reasoned | null {
  if (standby.stranded) {
    const timeline = standby.own?.facts.server?.[0]?.timeline ?? null;
    const on = timeline === null ? "a timeline" : `timeline ${timeline}, which`;
    return ["stranded", `It is on ${on} its cluster has left`];
  }
  if (isConnected(standby) !== false) return null;
  const catchUp = deriveCatchUp(standby);
  const archive = deriveArchive(standby);
  if (catchUp !== null && catchUp.verdict !== "streaming" && archive !== "brings") {
    return ["lost", catchUp.text];
  }
  if (archive !== null) return null;
  const status = standby.receiver?.status;
  const what = standby.own === null
    ? `${upstreamName(standby)} no longer has a connection of it`
    : status === "streaming"
    ? `It asks for the end of a timeline that ${upstreamName(standby)} has left`
    : status
    ? `Its receiver is ${status}, not streaming from ${upstreamName(standby)}`
    : `It has no connection to ${upstreamName(standby)}`;
  const upstreamDown = standby.upstream?.up === false ? ", which is unreachable too" : "";
  return ["disconnected", `${what}${upstreamDown}${behind(standby, "; ")}`];
}

function heldBack(standby: StandbyContext): Reasoned | null {
  const silence = isConnected(standby) === true ? deriveSilence(standby) : null;
  if (silence !== null) return ["half_open", `${silence}${behind(standby, "; ")}`];
  return deriveReplayHold(standby);
}

function atWork(standby: StandbyContext): Reasoned | null {
  const connected = isConnected(standby);
  const { lag, primaryMemory, observations } = standby;
  if (connected === null) return null;
  if (!connected) {
    const moved = observations.restoredAgoSeconds === null
      ? "its restore_command has brought nothing yet"
      : `its restore_command last brought WAL ${
        formatSeconds(observations.restoredAgoSeconds)
      } before it was last read`;
    return ["archive", `No receiver runs; ${moved}${behind(standby, "; ")}`];
  }
  const from = upstreamName(standby);
  if (lag.bytes === 0 && primaryMemory?.walBytesPerSecond === 0) {
    return ["idle", `It is connected to ${from} and has applied everything; nothing is being written`];
  }
  return ["streaming", `It streams from ${from}${behind(standby, ", ", "and has applied everything")}`];
}

/** Whether it receives WAL; null also while its connection is being opened. */
function isConnected({ receiver, sender, connected }: StandbyContext): boolean | null {
  const isOpening = receiver === undefined && sender !== null && sender.state !== null &&
    !isFed(sender.state);
  return isOpening ? null : connected;
}

/** Whether an archive feeds it: seen to bring WAL, or nothing speaks against it; null when none does. */
function deriveArchive(standby: StandbyContext): "brings" | "may" | null {
  const { observations, lag, recovery, receiver } = standby;
  if (recovery?.hasRestoreCommand !== true || receiver) return null;
  if (
    observations.restoredAgoSeconds !== null && observations.restoredAgoSeconds <= ARCHIVE_PATIENCE_SECONDS
  ) {
    return "brings";
  }
  // A standby that had a receiver should stream: an archive that delivers nothing is no substitute.
  if (observations.receiverSeen) return null;
  const patient = (observations.watchedSeconds ?? 0) <= ARCHIVE_PATIENCE_SECONDS ||
    (lag.bytes !== null && lag.bytes < USUAL_SEGMENT_BYTES);
  return patient ? "may" : null;
}
