import { formatLsn, furthestLsn, type Lsn, lsnDistanceBytes } from "../../domain/lsn.ts";
import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import { MANAGER_NAMES, stopsCleanly } from "../../domain/manager.ts";
import { serverFact } from "../topology/identity.ts";
import type { WalLoss } from "./preflight.ts";
import {
  type DerivedPoint,
  inCharge,
  lastRow,
  pointOn,
  type PreflightContext,
  receivedOf,
} from "./preflight_context.ts";

/** A clean shutdown of the primary first sends its WAL; with more than this it takes noticeable time, bytes. */
const MUCH_TO_SEND_BYTES = 64 * 1024 ** 2;

/**
 * What would be lost if the candidate were promoted at this moment.
 *
 * @param context The candidate and its cluster.
 */
export function deriveLoss(context: PreflightContext): WalLoss {
  const { candidate, standby, received } = context;
  const fact = serverFact(candidate);
  const base = basisOf(context);
  const isComparable = standby?.reason !== "stranded" && standby?.lag.unknownReason !== "diverged" &&
    !candidate.isStranded;
  const lacking = base.position === null || received === null || !isComparable
    ? null
    : Math.max(0, lsnDistanceBytes(base.position, received));
  const bytes = base.basis === "other_servers" ? null : lacking;
  return {
    bytes,
    atLeastBytes: lacking,
    ...secondsOf(context, { bytes, ageSeconds: base.ageSeconds }),
    basis: base.basis,
    basisPosition: base.position,
    basisAgeSeconds: base.ageSeconds,
    receivedPosition: received,
    replayedPosition: fact?.replayPosition ?? null,
  };
}

interface Basis {
  readonly basis: WalLoss["basis"];
  readonly position: Lsn | null;
  readonly ageSeconds: number | null;
}

function basisOf(context: PreflightContext): Basis {
  const { primary, isPrimaryUp, view, others, candidate } = context;
  const own = primary === null ? null : serverFact(primary)?.writePosition ?? null;
  const ageSeconds = primary === null || primary.readAt === null ? null : view.at - primary.readAt;
  if (isPrimaryUp && own !== null) return { basis: "primary_now", position: own, ageSeconds };
  const received = furthestLsn(context.received, ...others.map((each) => receivedOf(view, each)));
  // The position that the primary itself reported, to the exporter or to a receiver that still has a row.
  const reported = furthestLsn(own, lastRow(candidate, "receiver")?.latestEndPosition);
  if (reported === null) {
    return { basis: received === null ? null : "other_servers", position: received, ageSeconds };
  }
  return { basis: "primary_last_known", position: furthestLsn(reported, received), ageSeconds };
}

/** Only the replayed position can be dated, so WAL that was received and not replayed makes this an upper bound. */
function secondsOf(
  { standby, received, isPrimaryUp }: PreflightContext,
  { bytes, ageSeconds }: { readonly bytes: number | null; readonly ageSeconds: number | null },
): Pick<WalLoss, "seconds" | "isAtMost"> {
  if (bytes === null) return { seconds: null, isAtMost: false };
  if (bytes === 0) return { seconds: 0, isAtMost: false };
  const lag = standby?.lag.seconds ?? null;
  if (lag === null || (!isPrimaryUp && ageSeconds === null)) return { seconds: null, isAtMost: false };
  // With the primary down the lag includes the time since, in which no transaction was committed.
  const seconds = isPrimaryUp ? lag : lag - (ageSeconds ?? 0);
  // The missing WAL took some time to write, so 0 s would be wrong.
  if (seconds <= 0) return { seconds: null, isAtMost: false };
  return { seconds, isAtMost: !isPrimaryUp || received !== standby?.lastPosition };
}

/**
 * Points on the loss.
 *
 * @param context The candidate and its cluster.
 * @param loss What would be lost.
 */
export function lossPoints(context: PreflightContext, loss: WalLoss): readonly DerivedPoint[] {
  const { candidate: { server }, primary, standby } = context;
  const point = pointOn("loss");
  const name = primary === null ? "the primary" : `"${primary.server}"`;
  const at = loss.basisPosition === null ? "" : formatLsn(loss.basisPosition);
  const has = loss.receivedPosition === null ? "an unknown position" : formatLsn(loss.receivedPosition);
  const salvage = inCharge(context) !== null
    ? "If the old primary can be started again, let it be: that loses nothing"
    : "If the old primary's disk can still be read, copy the missing WAL files from its pg_wal into pg_wal of " +
      `"${server}" before you promote`;
  if (loss.basis === "primary_now") {
    if (loss.bytes === null) {
      return [
        point(
          "no_go",
          `How much WAL of ${name} is missing on "${server}" is unknown: their WAL has diverged`,
        ),
      ];
    }
    if (loss.bytes === 0) {
      return [point("fine", `"${server}" has received everything that ${name} has written (${at})`)];
    }
    const amount =
      `${formatBytes(loss.bytes)}${
        durationOf(loss)
      } of WAL that ${name} has (${at}) and "${server}" has not ` +
      `received yet (${has})`;
    if (standby?.connected !== true) {
      return [
        point(
          "loss",
          `Promoting now would lose ${amount}`,
          `Restore streaming to "${server}" and let it catch up first`,
        ),
      ];
    }
    const manager = inCharge(context);
    if (manager !== null && !stopsCleanly(manager)) {
      return [
        point(
          "warning",
          `${amount}: ${MANAGER_NAMES[manager]} does not make sure that it is sent first`,
          `Stop writes, and wait: pg-replication-exporter wait ${server} --caught-up`,
        ),
      ];
    }
    const text = `A clean shutdown of ${name} still sends ${amount}: nothing is lost`;
    return [
      loss.bytes > MUCH_TO_SEND_BYTES
        ? point(
          "warning",
          text,
          "Wait until it has caught up, or the shutdown takes as long as sending that WAL",
        )
        : point("info", text),
    ];
  }
  const unread = loss.basisAgeSeconds === null
    ? "it could not be read since this command started"
    : `it was last read ${formatSeconds(loss.basisAgeSeconds)} ago`;
  if (loss.bytes === null) {
    const least = loss.atLeastBytes === null || loss.atLeastBytes === 0
      ? `"${server}" has received up to ${has}, and no known server has more`
      : `"${server}" has received up to ${has}, ${
        formatBytes(loss.atLeastBytes)
      } less than other servers (${at})`;
    return [point("loss", `How much more ${name} had written is unknown (${unread}); ${least}`, salvage)];
  }
  if (loss.bytes === 0) {
    return [
      point(
        "warning",
        `"${server}" has everything that ${name} was last known to have written (${at}); what it wrote after that is unknown: ${unread}`,
        salvage,
      ),
    ];
  }
  return [
    point(
      "loss",
      `Promoting loses at least ${formatBytes(loss.bytes)}${
        durationOf(loss)
      } of WAL: ${name} was last known at ${at} ` +
        `(${unread}), and "${server}" has received up to ${has}`,
      salvage,
    ),
  ];
}

function durationOf({ seconds, isAtMost }: WalLoss): string {
  if (seconds === null) return "";
  return ` (${isAtMost ? "at most " : ""}${formatSeconds(seconds)})`;
}
