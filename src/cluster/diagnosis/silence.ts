/**
 * Half-open connections: both ends report "streaming", but nothing arrives any more.
 *
 * On an idle connection a standby sends a status every `wal_receiver_status_interval` (10 s by default), and each end that
 * has received nothing for half its timeout (`wal_receiver_timeout`, `wal_sender_timeout`, 60 s by default) requests a
 * keep-alive (`WalReceiverMain()`, `WalSndKeepaliveIfNecessary()`, 13 to 18). A connection is half-open
 *
 * - when there has been WAL to send for more than {@linkcode LINK_SILENCE_SECONDS} without any message;
 * - or when the keep-alive due by the settings is late by more than {@linkcode OVERDUE_SECONDS}.
 *
 * With the settings unknown, or timeouts off, an idle connection is never half-open: no message is due.
 *
 * @module
 */
import { formatSeconds } from "../../domain/quantities.ts";
import type { StandbyContext } from "../standby_context.ts";
import { isFed } from "../topology/connected.ts";
import { upstreamName } from "./sentences.ts";

/** A connection with WAL to send is silent after this time without a message, seconds. */
export const LINK_SILENCE_SECONDS = 10;

/** Tolerance of a keep-alive, seconds. */
export const OVERDUE_SECONDS = 10;

/**
 * Whether a connection that looks alive is silent.
 *
 * @returns What shows it, one sentence; null when it is not connected, not silent, or that is unknown.
 */
export function deriveSilence(standby: StandbyContext): string | null {
  const { receiver } = standby;
  if (receiver === undefined) return silentAtUpstream(standby);
  if (receiver?.status !== "streaming") return null;
  const age = receiver.lastMessageAgeSeconds;
  if (age === null) return null;
  const waiting = waitingSeconds(standby);
  const from = upstreamName(standby);
  if (age > LINK_SILENCE_SECONDS && waiting > LINK_SILENCE_SECONDS) {
    return `The receiver reports streaming, but the last message from ${from} came ${
      formatSeconds(age)
    } ago, ` +
      `and there has been WAL to send for ${formatSeconds(waiting)}`;
  }
  const timeout = standby.own?.facts.settings?.[0]?.walReceiverTimeoutSeconds ?? null;
  if (timeout !== null && age > timeout / 2 + OVERDUE_SECONDS) {
    return `The receiver reports streaming, but the last message from ${from} came ${
      formatSeconds(age)
    } ago, ` +
      `although it asks for one after ${formatSeconds(timeout / 2)} (half of wal_receiver_timeout)`;
  }
  return null;
}

/** By the upstream's row, when the standby itself reports nothing: not configured, or unreachable. */
function silentAtUpstream({ own, upstream, sender, observations }: StandbyContext): string | null {
  if (sender === null || !isFed(sender.state)) return null;
  const silence = observations.replySilenceSeconds ?? 0;
  const interval = own?.facts.settings?.[0]?.walReceiverStatusIntervalSeconds ?? null;
  const timeout = upstream?.facts.settings?.[0]?.walSenderTimeoutSeconds ?? null;
  const from = upstream?.server ?? "The upstream";
  const heard = `${from} reports ${sender.state}, but has heard nothing from it for ${
    formatSeconds(silence)
  }`;
  // A standby that sends its status at intervals also confirms at once what it has written.
  const waiting = observations.waitingSeconds ?? 0;
  if (interval !== null && silence > LINK_SILENCE_SECONDS && waiting > LINK_SILENCE_SECONDS) {
    return `${heard}, and there has been WAL to confirm for ${formatSeconds(waiting)}`;
  }
  const promised = interval ?? (timeout === null ? null : timeout / 2);
  return promised !== null && silence > promised + OVERDUE_SECONDS
    ? `${heard}, although a status is due every ${formatSeconds(promised)}`
    : null;
}

/** Lower bound of the seconds for which there has been WAL for it, at its latest reading. */
function waitingSeconds({ upstream, observations, receivedLagSeconds }: StandbyContext): number {
  // The lag clock has the WAL of primaries only.
  const byClock = upstream?.role === "primary" ? receivedLagSeconds ?? 0 : 0;
  return Math.max(byClock, observations.waitingSeconds ?? 0);
}
