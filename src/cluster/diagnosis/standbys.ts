/**
 * Every standby of a cluster: configured, streaming now, or remembered.
 *
 * @module
 */
import type { Edge, StandbyView } from "../../domain/standby.ts";
import type { StandbyLag } from "../../domain/lag.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { deriveRememberedLag, isStandby, type LagScene } from "../lag/cluster_lags.ts";
import { appliedOf } from "../lag/cluster_lags.ts";
import type { ConnectionMemory } from "../memory/connection_memory.ts";
import type { UnconfiguredStandby } from "../memory/unconfigured_standbys.ts";
import type { ServerMemories } from "../memory/server_memory.ts";
import type { Applied } from "../lag/standby_lag.ts";
import { deriveUpstreamLag } from "../lag/upstream_lag.ts";

/** What standbys are derived from. */
export interface StandbysInput extends LagScene {
  /** Cluster name given by the user; "" when none. */
  readonly cluster: string;
  /** Who follows whom. */
  readonly edges: readonly Edge[];
  /** Lags of the configured standbys. */
  readonly lags: ReadonlyMap<string, StandbyLag>;
  /** Whether each configured standby is connected. */
  readonly connected: ReadonlyMap<string, boolean>;
  /** Standbys of the cluster that are not configured. */
  readonly remembered: readonly UnconfiguredStandby[];
  /** What is remembered of the configured servers. */
  readonly memories: ServerMemories;
  /** Since when standbys are connected. */
  readonly connections: ConnectionMemory;
}

/**
 * Derives every standby of a cluster: configured ones in configured order, then the others.
 *
 * Why it lags and whether it can catch up are not known here: see `explain`.
 *
 * @param input What is known.
 */
export function deriveStandbys(input: StandbysInput): readonly StandbyView[] {
  const { group, lags, connected, memories, edges } = input;
  const configured = group.filter((server) => isStandby(server, group)).flatMap((server) => {
    const lag = lags.get(server.server);
    if (lag === undefined) return [];
    const name = server.server;
    const edge = edges.find((each) => each.downstream === name);
    return [skeleton(input, {
      name,
      isConfigured: true,
      lag,
      connected: connected.get(name) ?? null,
      upstream: edge?.upstream ?? null,
      applied: appliedOf(memories.of(name)),
      isFresh: isApplying(server),
    })];
  });
  const others = input.remembered.map((standby) =>
    skeleton(input, {
      name: standby.name,
      isConfigured: false,
      lag: deriveRememberedLag(standby, input),
      connected: standby.connected,
      upstream: standby.upstream,
      applied: standby.applied,
      isFresh: standby.row !== null,
    })
  );
  return [...configured, ...others];
}

/** A server that is reached applies what comes; its position is that of the moment it was read. */
function isApplying(server: ServerSnapshot): boolean {
  return server.up;
}

function skeleton(
  { systemIdentifier, cluster, connections, memories, group, at }: StandbysInput,
  { name, isConfigured, lag, connected, upstream, applied, isFresh }: {
    readonly name: string;
    readonly isConfigured: boolean;
    readonly lag: StandbyLag;
    readonly connected: boolean | null;
    readonly upstream: string | null;
    readonly applied: Applied | null;
    readonly isFresh: boolean;
  },
): StandbyView {
  const connection = connections.of(systemIdentifier, name);
  const itsUpstream = upstream ?? connection?.upstream ?? null;
  const sender = group.find((each) => each.server === itsUpstream);
  const isCascading = sender !== undefined && sender.role === "standby";
  return {
    name,
    configured: isConfigured,
    cluster,
    systemIdentifier,
    upstream: itsUpstream,
    connected,
    connectedChangedAt: connected === null ? null : connection?.changedAt ?? null,
    lag,
    upstreamLagSeconds: isCascading && applied !== null
      ? deriveUpstreamLag(memories.of(sender.server).replayed, { applied, isFresh, at })
      : null,
    lastPosition: applied?.position ?? null,
    reason: null,
    reasonText: "",
    stage: null,
    catchUp: null,
    catchUpText: "",
    catchUpSeconds: null,
    fallingBehind: null,
  };
}
