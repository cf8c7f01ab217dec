/**
 * Why a standby is where it is: exactly one reason.
 *
 * Several may hold at once; the first in this order is given, so that what must be mended first comes first:
 *
 * 1. `starting`: we are told that it starts up.
 * 2. `unreachable`: we do not reach it, and its upstream does not see it, or hears nothing from it.
 * 3. `stranded`: it is on a timeline that its cluster has left; whatever it streams leads nowhere.
 * 4. `lost`, `disconnected`: nothing is streamed to it. Lost, when what it needs is gone from its upstream and no
 *    archive is seen to bring it; disconnected, when there is no archive, or one that brings nothing.
 * 5. `half_open`: it looks connected, but nothing arrives (see `silence.ts`).
 * 6. `paused`, `conflict`, `delayed`: it receives, or restores, but replay is held up: by command, by a query, or by
 *    `recovery_min_apply_delay`.
 * 7. `archive`: fed from the archive, without a receiver.
 * 8. `idle`, `streaming`: nothing is wrong; idle, when there is nothing to do.
 *
 * @module
 */
import type { LagStage, StandbyReason } from "../../domain/standby.ts";
import { formatSeconds } from "../../domain/quantities.ts";
import { deriveCatchUp } from "./catch_up.ts";
import { deriveStage } from "./lag_stage.ts";
import { deriveReplayHold } from "./replay_hold.ts";
import { behind } from "./sentences.ts";
import { deriveSilence, isFed } from "./silence.ts";
import { ownFacts, type StandbySituation, upstreamName } from "./situation.ts";

/** An archive that has brought nothing for this long brings nothing, seconds: a segment may take minutes to fill. */
const ARCHIVE_PATIENCE_SECONDS = 600;

/** Behind by less than one segment of the usual size, an archive has nothing to bring yet. */
export const USUAL_SEGMENT_BYTES = 16 * 1024 * 1024;

/** A reason, in words too, and the hop that holds most of what is missing. */
export interface Why {
  /** The reason; null when it cannot be told. */
  readonly reason: StandbyReason | null;
  /** The reason in one sentence; "" when there is none. */
  readonly reasonText: string;
  /** Where what it lacks is stuck; null when it lacks nothing or that is not known. */
  readonly stage: LagStage | null;
}

/** A reason and one sentence. */
type Reasoned = readonly [reason: StandbyReason, text: string];

/**
 * Derives why a standby is where it is.
 *
 * @param situation The standby.
 */
export function deriveReason(situation: StandbySituation): Why {
  const found = notReached(situation) ?? notFed(situation) ?? heldUp(situation) ?? atWork(situation);
  const [reason, text] = found ?? [null, ""];
  const fed = reason === null || FED.has(reason);
  return { reason, reasonText: text, stage: deriveStage(situation, fed) };
}

const FED: ReadonlySet<StandbyReason> = new Set(["streaming", "idle", "paused", "conflict", "delayed"]);

function notReached(situation: StandbySituation): Reasoned | null {
  const { own, sender, signs, upstream } = situation;
  if (own === null || own.up) return null;
  if (own.trouble?.kind === "starting") return ["starting", "It says that it is starting up"];
  const silence = deriveSilence(situation);
  if (sender !== null && isFed(sender.state) && silence === null) return null;
  const told = own.trouble === null ? "It is not reached" : `It is not reached (${own.trouble.kind})`;
  if (silence !== null) return ["unreachable", `${told}; ${silence}`];
  const seen = upstream?.up && upstream.facts.senders !== undefined
    ? `${upstream.server} does not see it either`
    : "nobody else sees it";
  const last = signs.received === null
    ? ""
    : behind(situation, "; its last known position is ", "the primary's");
  return ["unreachable", `${told}, and ${seen}${last}`];
}

function notFed(situation: StandbySituation): Reasoned | null {
  if (situation.stranded) {
    const timeline = situation.own?.facts.server?.[0]?.timeline ?? null;
    const on = timeline === null ? "a timeline" : `timeline ${timeline}, which`;
    return ["stranded", `It is on ${on} its cluster has left`];
  }
  if (isConnected(situation) !== false) return null;
  const catchUp = deriveCatchUp(situation);
  const archive = deriveArchive(situation);
  if (catchUp !== null && catchUp.verdict !== "streaming" && archive !== "brings") {
    return ["lost", catchUp.text];
  }
  if (archive !== null) return null;
  const status = ownFacts(situation.own)?.receiver?.status;
  const what = situation.own === null
    ? `${upstreamName(situation)} has no connection of it any more`
    : status
    ? `Its receiver is ${status}, not streaming from ${upstreamName(situation)}`
    : `It has no connection to ${upstreamName(situation)}`;
  const upstreamDown = situation.upstream?.up === false ? ", which we do not reach either" : "";
  return ["disconnected", `${what}${upstreamDown}${behind(situation, "; ")}`];
}

function heldUp(situation: StandbySituation): Reasoned | null {
  const silence = isConnected(situation) === true ? deriveSilence(situation) : null;
  if (silence !== null) return ["half_open", `${silence}${behind(situation, "; ")}`];
  return deriveReplayHold(situation);
}

function atWork(situation: StandbySituation): Reasoned | null {
  const connected = isConnected(situation);
  const { lag, primaryBytesPerSecond, signs } = situation;
  if (connected === null) return null;
  if (!connected) {
    const moved = signs.restoredAgoSeconds === null
      ? "its restore_command has brought nothing yet"
      : `its restore_command last brought WAL ${
        formatSeconds(signs.restoredAgoSeconds)
      } before it was last read`;
    return ["archive", `No receiver runs; ${moved}${behind(situation, "; ")}`];
  }
  const from = upstreamName(situation);
  if (lag.bytes === 0 && primaryBytesPerSecond === 0) {
    return ["idle", `It is connected to ${from} and has applied everything; nothing is being written`];
  }
  return ["streaming", `It streams from ${from}${behind(situation, ", ", "and has applied everything")}`];
}

/** Its own receiver tells; else its row at the upstream; else whoever could. */
function isConnected(situation: StandbySituation): boolean | null {
  const { sender, connected } = situation;
  const own = ownFacts(situation.own);
  if (own !== null && own.receiver !== undefined) return own.receiver?.status === "streaming";
  if (sender !== null && sender.state !== null) return isFed(sender.state) ? true : null;
  return connected;
}

/** Whether an archive feeds it: seen to bring WAL, or nothing speaks against it; null when none does. */
function deriveArchive(situation: StandbySituation): "brings" | "may" | null {
  const { signs, lag } = situation;
  const own = ownFacts(situation.own);
  if (own?.recovery?.hasRestoreCommand !== true || own.receiver) return null;
  if (signs.restoredAgoSeconds !== null && signs.restoredAgoSeconds <= ARCHIVE_PATIENCE_SECONDS) {
    return "brings";
  }
  // With a receiver seen before, streaming is what it should do: an archive that brings nothing is no substitute.
  if (signs.receiverSeen) return null;
  const patient = (signs.watchedSeconds ?? 0) <= ARCHIVE_PATIENCE_SECONDS ||
    (lag.bytes !== null && lag.bytes < USUAL_SEGMENT_BYTES);
  return patient ? "may" : null;
}
