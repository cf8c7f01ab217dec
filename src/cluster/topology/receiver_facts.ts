/**
 * What a standby reports about its upstream.
 *
 * @module
 */
import type { ReceiverFact, SenderFact } from "../../domain/facts.ts";
import { furthestLsn, type Lsn } from "../../domain/lsn.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { serverFact } from "./identity.ts";

/** Slot names have neither capitals nor hyphens, so names are compared without them. */
export function normalizeName(name: string): string {
  return name.toLowerCase().replaceAll("-", "_");
}

/** `application_name` of a standby whose `primary_conninfo` and `cluster_name` set none. */
export const DEFAULT_STANDBY_NAME = "walreceiver";

/**
 * Whether the application name of a standby distinguishes it from others: it is neither the default nor the `cluster_name` of its
 * upstream, which several servers have.
 *
 * @param name `application_name`.
 * @param upstream The server it streams from.
 */
export function isTellingName(name: string, upstream: ServerSnapshot): boolean {
  const its = normalizeName(name);
  return its !== "" && its !== DEFAULT_STANDBY_NAME &&
    its !== normalizeName(serverFact(upstream)?.clusterName ?? "");
}

/** Possible names of a standby's slot: as its receiver and its settings report, else its own name. */
export function slotNamesOf(standby: ServerSnapshot): readonly string[] {
  const names = [
    standby.facts.receiver?.[0]?.slot ?? "",
    standby.facts.recovery?.[0]?.primarySlotName ?? "",
  ].filter((name) => name !== "");
  return names.length > 0 ? names : [normalizeName(standby.server)];
}

/**
 * The receiver of a standby.
 *
 * @returns null when none runs, or unknown because the standby is unreachable.
 */
export function receiverOf(standby: ServerSnapshot): ReceiverFact | null {
  if (!standby.up || standby.role !== "standby") return null;
  return standby.facts.receiver?.[0] ?? null;
}

/**
 * Whether a standby streams with another slot than a sender row has, so that the row is not its own.
 *
 * @param standby The standby.
 * @param sender The row; until it streams it may not have its slot yet.
 */
export function streamsWithOtherSlot(
  standby: ServerSnapshot,
  { slot, state, isSlotHidden }: SenderFact,
): boolean {
  const receiver = receiverOf(standby);
  return !isSlotHidden && receiver?.status === "streaming" && slot !== receiver.slot &&
    (slot !== "" || state === "streaming");
}

/**
 * The WAL receiver as a standby reports it now.
 *
 * @param standby Its snapshot; null when it was unreachable.
 * @returns null when none runs; undefined when unknown, also when the login may not read the row: that proves nothing, not
 * even a connection.
 */
export function knownReceiver(standby: ServerSnapshot | null): ReceiverFact | null | undefined {
  if (standby?.facts.receiver === undefined) return undefined;
  const [receiver] = standby.facts.receiver;
  return receiver?.status === null ? undefined : receiver ?? null;
}

/**
 * The position that a standby has received. The replayed position counts too: after a restart without a connection the
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
 * The end of a server's WAL: written by a primary, received or restored by a standby.
 *
 * @param server Its snapshot, as last read.
 */
export function walEndOf(server: ServerSnapshot): Lsn | null {
  return serverFact(server)?.writePosition ?? receivedPosition(server);
}

/** Whether a standby reports that it receives nothing: no receiver runs, or it does not stream. */
export function saysItReceivesNothing(standby: ServerSnapshot): boolean {
  if (!standby.up || standby.facts.receiver === undefined) return false;
  const [receiver] = standby.facts.receiver;
  return receiver === undefined || (receiver.status !== null && receiver.status !== "streaming");
}

/**
 * Whether replay was paused with a recovery target set, when last read: at the target, or by hand before it. Resuming
 * such a server ends its recovery, at once or at the target; it is not meant to follow another server.
 *
 * @param server The server; null when there is none.
 */
export function standsAtTarget(server: ServerSnapshot | null): boolean {
  const recovery = server?.facts.recovery?.[0];
  return recovery?.hasRecoveryTarget === true && (recovery.pauseState ?? "not paused") !== "not paused";
}

/**
 * Whether a standby is set up not to stream: it is paused at its recovery target, or has an archive and no upstream.
 *
 * @param standby The standby, as last read.
 * @param isFedByArchive Whether the archive is seen to feed it: used when its settings are unknown.
 */
export function streamsFromNobody(standby: ServerSnapshot, isFedByArchive: boolean): boolean {
  if (standby.role !== "standby") return false;
  const { hasPrimaryConninfo = null, hasRestoreCommand = false } = standby.facts.recovery?.[0] ?? {};
  return standsAtTarget(standby) ||
    (hasRestoreCommand && (hasPrimaryConninfo === null ? isFedByArchive : !hasPrimaryConninfo));
}

/** The hosts of a server, in lower case; empty when unknown. */
export function hostsOf({ address }: ServerSnapshot): readonly string[] {
  if (address === undefined) return [];
  return [address.host, address.hostAddress].filter((host) => host !== "").map((host) => host.toLowerCase());
}

/**
 * Whether an address means its own host and cannot be used from another one: loopback, or a Unix socket.
 *
 * @param host Name, address or directory; "" for a Unix socket.
 */
export function isLocal(host: string): boolean {
  return host === "" || host.startsWith("/") || host.startsWith("@") || host === "localhost" ||
    host === "::1" || host.startsWith("127.");
}
