import { groupServers } from "../../src/cluster/topology/identity.ts";
import { joinSenders } from "../../src/cluster/topology/join_senders.ts";
import type { ConnectionTarget } from "../../src/config/config.ts";
import type { ReceiverFact, SenderFact, ServerFact, SettingsFact } from "../../src/domain/facts.ts";
import {
  type Candidate,
  type JoinedClusters,
  placesOf,
  type WatchedServer,
} from "../../src/scrape/discovery_places.ts";
import { lost, reached, receiver, server, settings } from "../cluster/fixtures.ts";
import { server as configOf } from "../fixtures/targets.ts";

/** A server that is watched. */
export interface Known {
  readonly name: string;
  readonly host: string;
  readonly changes?: Partial<ConnectionTarget>;
  readonly fact?: Partial<ServerFact>;
  readonly senders?: readonly SenderFact[];
  readonly receiver?: Partial<ReceiverFact>;
  readonly settings?: Partial<SettingsFact>;
  readonly isDiscovered?: boolean;
  readonly isLost?: boolean;
  readonly cluster?: string;
}

/** Makes a watched server. */
export function watched(
  {
    name,
    host,
    changes,
    fact,
    senders,
    receiver: receives,
    settings: sets,
    isDiscovered = false,
    isLost = false,
    cluster = "",
  }: Known,
): WatchedServer {
  const config = { ...configOf(name, { host, ...changes }), cluster };
  const snapshot = {
    ...reached(name, {
      readAt: 100,
      facts: {
        server: [server({ startUnixSeconds: name.length + host.length * 100, ...fact })],
        ...senders === undefined ? {} : { senders },
        ...receives === undefined ? {} : { receiver: [receiver(receives)] },
        ...sets === undefined ? {} : { settings: [settings(sets)] },
      },
    }),
    cluster,
    address: { host, hostAddress: config.target.hostAddress, port: config.target.port },
  };
  return { config, isDiscovered, snapshot: isLost ? lost(snapshot) : snapshot };
}

/** The sender rows of watched servers, by cluster. */
export function joined(servers: readonly WatchedServer[]): JoinedClusters {
  return new Map(
    groupServers(servers.map(({ snapshot }) => snapshot)).map(({ key, systemIdentifier, servers: group }) =>
      [key, { systemIdentifier, servers: group, senders: joinSenders(group) }] as const
    ),
  );
}

/** Every address of every place where servers may listen. */
export function candidatesOf(
  servers: readonly WatchedServer[],
  ports: readonly number[] = [],
): readonly Candidate[] {
  return placesOf(joined(servers), servers, ports).flatMap(({ targets, ...place }) =>
    targets.map((target) => ({ ...place, target }))
  );
}
