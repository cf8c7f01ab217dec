/**
 * What a standby itself says about its upstream.
 *
 * @module
 */
import type { ReceiverFact } from "../../domain/facts.ts";
import type { ServerSnapshot } from "../../domain/view.ts";

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

/**
 * The server that a standby's receiver names as its sender: `sender_host` and `sender_port` as the configuration
 * writes them. A loopback address counts only between servers that are configured on one host.
 *
 * @param standby The standby.
 * @param group The servers of its cluster.
 * @returns null when it does not stream, or names none or several of them.
 */
export function upstreamByAddress(
  standby: ServerSnapshot,
  group: readonly ServerSnapshot[],
): ServerSnapshot | null {
  const receiver = receiverOf(standby);
  if (receiver === null || receiver.status !== "streaming" || receiver.senderPort === null) return null;
  const senderHost = receiver.senderHost.toLowerCase();
  const own = hostsOf(standby);
  const isNamed = (server: ServerSnapshot) => {
    const hosts = hostsOf(server);
    if (server.address?.port !== receiver.senderPort) return false;
    if (!isLocal(senderHost)) return hosts.includes(senderHost);
    return hosts.some((host) => own.includes(host)) || (hosts.some(isLocal) && own.some(isLocal));
  };
  const [named, ...others] = group.filter((each) => each !== standby && isNamed(each));
  return named === undefined || others.length > 0 ? null : named;
}
