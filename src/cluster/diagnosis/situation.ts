/**
 * Why a standby is where it is, and whether it can get on.
 *
 * Everything here is a pure function of one {@linkcode StandbySituation}, which this file defines; what must be
 * seen over time (for how long something stands still) is gathered by `signs.ts` beside it.
 *
 * @module
 */
import type { ReceiverFact, RecoveryFact, SenderFact, ServerFact, SlotFact } from "../../domain/facts.ts";
import { furthestLsn, type Lsn, lsnDistanceBytes } from "../../domain/lsn.ts";
import type { StandbyLag } from "../../domain/lag.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { serverFact } from "../topology/identity.ts";
import type { Observations } from "./standby_observations.ts";

/** The positions of a standby, read at one moment. */
export interface LatestWord {
  /** The furthest of received and replayed. */
  readonly received: Lsn;
  /** What it had replayed; null before anything was. */
  readonly replayed: Lsn | null;
}

/** One standby and those around it, at one moment. */
export interface StandbySituation {
  /** Its own snapshot; null when it is not configured, so that only its upstream knows it. */
  readonly own: ServerSnapshot | null;
  /** The server it receives from, or last received from; null when that is not known. */
  readonly upstream: ServerSnapshot | null;
  /** Its row at the upstream in the latest collection; null when there is none or the upstream was not reached. */
  readonly sender: SenderFact | null;
  /** Its slot at the upstream, as last seen; null when it has none or that is not known. */
  readonly slot: SlotFact | null;
  /** Whether it receives WAL by streaming, as its receiver or its upstream says; null when nobody can tell. */
  readonly connected: boolean | null;
  /** Whether it is on a timeline that its cluster has left. */
  readonly stranded: boolean;
  /** Its lag against the primary of its cluster. */
  readonly lag: StandbyLag;
  /** Seconds since the primary's WAL went past what it has received, by the lag clock; null when unknown. */
  readonly receivedLagSeconds: number | null;
  /** The furthest position known of its primary; null when unknown. */
  readonly primaryPosition: Lsn | null;
  /** Where its primary was when its own positions, or else those of its row, were last read; null when unknown. */
  readonly primaryPositionThen: Lsn | null;
  /** What it last said itself, between collections too; null when it is not reached or says nothing. */
  readonly latest: LatestWord | null;
  /** Bytes of WAL per second that the primary wrote between its last two readings; null when unknown. */
  readonly primaryBytesPerSecond: number | null;
  /** The furthest position it is known to have applied, by anybody; null when never known. */
  readonly lastPosition: Lsn | null;
  /** What was seen of it over time. */
  readonly signs: Observations;
}

/** Its own facts as far as they are of the latest collection. */
export interface OwnFacts {
  /** The server's row. */
  readonly server: ServerFact | null;
  /** The receiver's row; null when no receiver runs, undefined when that is not known. */
  readonly receiver: ReceiverFact | null | undefined;
  /** Recovery's row; null when not known. */
  readonly recovery: RecoveryFact | null;
}

/**
 * What a standby says of itself now.
 *
 * @param own Its snapshot.
 * @returns null when it was not reached in the latest collection.
 */
export function ownFacts(own: ServerSnapshot | null): OwnFacts | null {
  if (own === null || !own.up) return null;
  const receivers = own.facts.receiver;
  const [receiver] = receivers ?? [];
  // A row without a status is a login without the right: it tells nothing, not even that anything is connected.
  const told = receivers !== undefined && (receiver === undefined || receiver.status !== null);
  return {
    server: serverFact(own),
    receiver: told ? receiver ?? null : undefined,
    recovery: own.facts.recovery?.[0] ?? null,
  };
}

/**
 * How far a standby says that it has received.
 *
 * The replayed position counts too: after a restart without a link the received one falls back behind it.
 *
 * @param own Its snapshot; one that was not reached counts with its last facts.
 */
export function ownReceived(own: ServerSnapshot | null): Lsn | null {
  if (own === null) return null;
  const fact = serverFact(own);
  if (fact === null || !fact.inRecovery) return null;
  const written = own.facts.receiver?.[0]?.writtenPosition;
  return furthestLsn(written, fact.receivePosition, fact.replayPosition);
}

/**
 * What a standby that is reached has received and not applied, by its latest word.
 *
 * @param situation The standby.
 * @returns Bytes; 0 when that is not known.
 */
export function pendingBytes({ own, latest }: StandbySituation): number {
  const received = furthestLsn(ownReceived(own), latest?.received);
  const replayed = furthestLsn(ownFacts(own)?.server?.replayPosition, latest?.replayed);
  return received === null || replayed === null ? 0 : Math.max(0, lsnDistanceBytes(received, replayed));
}

/**
 * How far a server's WAL goes: written by a primary, received or restored by a standby.
 *
 * @param server The server.
 */
export function walEnd(server: ServerSnapshot | null): Lsn | null {
  if (server === null) return null;
  return serverFact(server)?.writePosition ?? ownReceived(server);
}

/** The name of the upstream, as a sentence has it. */
export function upstreamName({ upstream }: Pick<StandbySituation, "upstream">): string {
  return upstream?.server ?? "its upstream";
}
