/**
 * What a standby itself says about its upstream.
 *
 * @module
 */
import type { ReceiverFact } from "../../domain/facts.ts";
import { furthestLsn, type Lsn } from "../../domain/lsn.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { serverFact } from "./identity.ts";

/** Slot names know no capitals and no hyphens, so names are compared without them. */
export function normalizeName(name: string): string {
  return name.toLowerCase().replaceAll("-", "_");
}

/**
 * The names of the slot a standby uses: as its receiver says, as its settings say, or its own name.
 *
 * @param standby The standby.
 */
export function slotNamesOf(standby: ServerSnapshot): readonly string[] {
  const names = [
    standby.facts.receiver?.[0]?.slot ?? "",
    standby.facts.recovery?.[0]?.primarySlotName ?? "",
  ].filter((name) => name !== "");
  return names.length > 0 ? names : [normalizeName(standby.server)];
}

/**
 * The receiver of a standby that is reached.
 *
 * @param standby The standby.
 * @returns null when it has none, or that is not known.
 */
export function receiverOf(standby: ServerSnapshot): ReceiverFact | null {
  if (!standby.up || standby.role !== "standby") return null;
  return standby.facts.receiver?.[0] ?? null;
}

/**
 * The WAL receiver as a standby reports it now.
 *
 * @param standby Its snapshot; null when it was not reached.
 * @returns null when none runs, undefined when that is unknown: a row without a status is a login without the right,
 * which proves nothing, not even that anything is connected.
 */
export function knownReceiver(standby: ServerSnapshot | null): ReceiverFact | null | undefined {
  if (standby?.facts.receiver === undefined) return undefined;
  const [receiver] = standby.facts.receiver;
  return receiver?.status === null ? undefined : receiver ?? null;
}

/**
 * How far a standby reports to have received. The replayed position counts too: after a restart without a link the
 * received one falls back behind it.
 *
 * @param standby Its snapshot, as last read; null when there is none.
 */
export function receivedPosition(standby: ServerSnapshot | null): Lsn | null {
  const fact = standby === null ? null : serverFact(standby);
  if (standby === null || fact === null || !fact.inRecovery) return null;
  return furthestLsn(
    standby.facts.receiver?.[0]?.writtenPosition,
    fact.receivePosition,
    fact.replayPosition,
  );
}

/**
 * How far a server's WAL goes: written by a primary, received or restored by a standby.
 *
 * @param server Its snapshot, as last read.
 */
export function walEndOf(server: ServerSnapshot): Lsn | null {
  return serverFact(server)?.writePosition ?? receivedPosition(server);
}

/**
 * Whether a standby that is reached says that it receives nothing: no receiver runs, or it does not stream.
 *
 * @param standby The standby.
 */
export function saysItReceivesNothing(standby: ServerSnapshot): boolean {
  if (!standby.up || standby.facts.receiver === undefined) return false;
  const [receiver] = standby.facts.receiver;
  return receiver === undefined || (receiver.status !== null && receiver.status !== "streaming");
}

/**
 * Whether replay was paused with a recovery target set, when last read: at the target, or by hand before it. To resume
 * such a server is to end its recovery, at once or at the target; it is not meant to follow anybody.
 *
 * @param server The server; null when there is none.
 */
export function standsAtTarget(server: ServerSnapshot | null): boolean {
  const recovery = server?.facts.recovery?.[0];
  return recovery?.hasRecoveryTarget === true && recovery.pauseState !== "not paused";
}

/**
 * Whether a standby is set up not to stream: it stands at its recovery target, or has an archive and no upstream.
 *
 * @param standby The standby, as last read.
 * @param isFedByArchive Whether it is seen to live on the archive: counts where its settings are not known.
 */
export function streamsFromNobody(standby: ServerSnapshot, isFedByArchive: boolean): boolean {
  if (standby.role !== "standby") return false;
  const { hasPrimaryConninfo = null, hasRestoreCommand = false } = standby.facts.recovery?.[0] ?? {};
  return standsAtTarget(standby) ||
    (hasRestoreCommand && (hasPrimaryConninfo === null ? isFedByArchive : !hasPrimaryConninfo));
}

/**
 * The hosts under which a server is reached; empty when that is not told.
 *
 * @param server The server.
 */
export function hostsOf({ address }: ServerSnapshot): readonly string[] {
  if (address === undefined) return [];
  return [address.host, address.hostAddress].filter((host) => host !== "").map((host) => host.toLowerCase());
}

/**
 * Whether an address means "this same host" and so says nothing to another one: loopback, or a Unix socket.
 *
 * @param host Name, address or directory; "" for a Unix socket.
 */
export function isLocal(host: string): boolean {
  return host === "" || host.startsWith("/") || host.startsWith("@") || host === "localhost" ||
    host === "::1" || host.startsWith("127.");
}
