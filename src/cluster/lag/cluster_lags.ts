/**
 * The lag of every standby of one cluster, and of the slowest of them.
 *
 * @module
 */
import type { StandbyLag } from "../../domain/lag.ts";
import type { ServerSnapshot, SlowestStandby } from "../../domain/view.ts";
import { serverFact } from "../topology/identity.ts";
import type { SenderJoin } from "../topology/join_senders.ts";
import type { LagClock } from "./lag_clock.ts";
import { livePrimaries, referenceOf } from "./reference_primary.ts";
import type { UnconfiguredStandby } from "../memory/unconfigured_standbys.ts";
import type { ServerMemory } from "../memory/server_memory.ts";
import { type Applied, deriveStandbyLag, unknownLag } from "./standby_lag.ts";

/** A primary read this much later than the standby must have what the standby had, seconds. */
const DIVERGED_AFTER_SECONDS = 3;

/** The cluster a standby is looked at in. */
export interface LagScene {
  /** `system_identifier`. */
  readonly systemIdentifier: string;
  /** Its servers. */
  readonly group: readonly ServerSnapshot[];
  /** Their sender rows. */
  readonly senders: SenderJoin;
  /** The lag clock. */
  readonly lagClock: LagClock;
  /** The moment of the view: our monotonic seconds. */
  readonly at: number;
}

/**
 * Whether a server is a standby: in recovery when last seen; never reached, in a cluster that has its primary
 * elsewhere; or a primary that is not reached any more and was replaced by one on a later timeline.
 *
 * @param server The server.
 * @param group The servers of its cluster.
 */
export function isStandby(server: ServerSnapshot, group: readonly ServerSnapshot[]): boolean {
  if (server.role === null) return group.some((each) => each.role === "primary");
  return server.role === "standby" || (!server.up && isReplaced(server, group));
}

function isReplaced(server: ServerSnapshot, group: readonly ServerSnapshot[]): boolean {
  const own = serverFact(server)?.timeline ?? null;
  return own !== null && livePrimaries(group).some((each) => (serverFact(each)?.timeline ?? 0) > own);
}

/**
 * The furthest position a configured standby is known to have applied.
 *
 * A primary that was replaced had applied what it had written.
 *
 * @param memory What is remembered of it.
 */
export function appliedOf(memory: ServerMemory): Applied | null {
  return memory.applied ?? memory.lastWritten;
}

/**
 * The lag of a configured standby.
 *
 * @param standby The standby.
 * @param memory What is remembered of it.
 * @param scene Its cluster.
 */
export function deriveConfiguredLag(
  standby: ServerSnapshot,
  memory: ServerMemory,
  scene: LagScene,
): StandbyLag {
  const { server } = standby;
  const { systemIdentifier, senders, lagClock } = scene;
  const applied = appliedOf(memory);
  if (applied === null) {
    return unknownLag(server, {
      reason: "never_seen",
      because: "No position of it has been read, neither from itself nor from its upstream",
    });
  }
  const reference = referenceOf(scene.group, { lagClock, systemIdentifier, timeline: applied.timeline });
  if ("reason" in reference) return unknownLag(server, reference);
  const newest = lagClock.newestOf(systemIdentifier, reference.timeline);
  const before = memory.appliedBefore;
  if (
    newest !== null && before !== null && before.timeline === reference.timeline &&
    newest.at - before.at > DIVERGED_AFTER_SECONDS && newest.position < before.position
  ) {
    return unknownLag(server, {
      reason: "diverged",
      because:
        "It has applied WAL that the primary does not have: they have parted, or the primary was restored",
    });
  }
  const row = senders.joined.get(server);
  return deriveStandbyLag(lagClock, {
    server,
    systemIdentifier,
    applied,
    fresh: standby.up || (row !== undefined && row.upstream.readAt === applied.at),
    own: standby.up ? serverFact(standby) : null,
    sender: row !== undefined && row.upstream.server === reference.primary ? row.sender : null,
    reference,
    at: scene.at,
  });
}

/**
 * The lag of a standby that nobody configured.
 *
 * @param standby What its upstream told of it.
 * @param scene Its cluster.
 */
export function deriveRememberedLag(standby: UnconfiguredStandby, scene: LagScene): StandbyLag {
  const { name, applied } = standby;
  const { systemIdentifier, lagClock } = scene;
  if (applied === null) {
    return unknownLag(name, { reason: "never_seen", because: "Its upstream has told no position of it" });
  }
  const reference = referenceOf(scene.group, { lagClock, systemIdentifier, timeline: applied.timeline });
  if ("reason" in reference) return unknownLag(name, reference);
  const isPresent = standby.row !== null;
  return deriveStandbyLag(lagClock, {
    server: name,
    systemIdentifier,
    applied,
    fresh: isPresent,
    own: null,
    sender: isPresent && standby.upstream === reference.primary ? standby.row : null,
    reference,
    at: scene.at,
  });
}

/**
 * The lag of a server that belongs to no cluster we know.
 *
 * @param server The server.
 */
export function lagOfStranger({ server, role }: ServerSnapshot): StandbyLag {
  if (role === null) {
    return unknownLag(server, { reason: "never_seen", because: "It has never been reached" });
  }
  return unknownLag(server, {
    reason: "identity_unknown",
    because: "Its system identifier is not known, so it cannot be told which primary it follows",
  });
}

/**
 * The largest lag known; 0 only when every lag is known, so that one that is not known cannot pass for none.
 *
 * @param lags Lags of all standbys of its cluster.
 * @param primary The primary.
 */
export function slowestOf(
  lags: readonly Pick<StandbyLag, "seconds" | "bytes">[],
  primary: ServerSnapshot,
): SlowestStandby {
  const sendersKnown = primary.facts.senders !== undefined;
  const largest = (values: readonly (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    const max = Math.max(0, ...known);
    const complete = sendersKnown && known.length === values.length;
    return complete || max > 0 ? max : null;
  };
  return { seconds: largest(lags.map((lag) => lag.seconds)), bytes: largest(lags.map((lag) => lag.bytes)) };
}
