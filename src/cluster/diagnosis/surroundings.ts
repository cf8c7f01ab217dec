/**
 * Who and what in a cluster belongs to one standby: itself, its upstream, its row and its slot there.
 *
 * @module
 */
import type { SenderFact, SlotFact } from "../../domain/facts.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import type { SenderJoin } from "../topology/join_senders.ts";
import { slotNamesOf } from "../topology/receiver_facts.ts";
import { livePrimaries } from "../lag/reference_primary.ts";
import type { UnconfiguredStandby } from "../memory/unconfigured_standbys.ts";

/** A cluster as its standbys are looked up in it. */
export interface ClusterScene {
  /** `system_identifier`. */
  readonly systemIdentifier: string;
  /** Its servers. */
  readonly group: readonly ServerSnapshot[];
  /** Their sender rows. */
  readonly senders: SenderJoin;
  /** Its standbys that are not configured. */
  readonly remembered: readonly UnconfiguredStandby[];
}

/** A standby by name. */
export interface StandbyName {
  /** Name of the configured server, or the one given to it. */
  readonly name: string;
  /** Whether it is a configured server. */
  readonly configured: boolean;
  /** Name of the server it receives from, or last received from; null when never known. */
  readonly upstream: string | null;
}

/** A standby and those around it. */
export interface Surroundings {
  /** Its own snapshot; null when it is not configured. */
  readonly own: ServerSnapshot | null;
  /** The server it receives from, or would; null when that is not known. */
  readonly upstream: ServerSnapshot | null;
  /** Its row there; null when there is none or the upstream was not reached. */
  readonly sender: SenderFact | null;
}

/**
 * Finds those around a standby.
 *
 * The upstream of one whose upstream was never seen is the server that has its slot, else the primary: there it
 * would have to get its WAL from.
 *
 * @param standby The standby.
 * @param scene Its cluster.
 */
export function surroundingsOf(standby: StandbyName, scene: ClusterScene): Surroundings {
  const { group, senders, remembered } = scene;
  const named = (name: string | null) => group.find((each) => each.server === name) ?? null;
  if (!standby.configured) {
    const sender = remembered.find((each) => each.name === standby.name)?.row ?? null;
    return { own: null, upstream: named(standby.upstream), sender };
  }
  const own = named(standby.name);
  const row = senders.joined.get(standby.name);
  if (row !== undefined) return { own, upstream: row.upstream, sender: row.sender };
  const upstream = named(standby.upstream) ?? (own === null ? null : likelyUpstream(own, group));
  return { own, upstream, sender: null };
}

function likelyUpstream(own: ServerSnapshot, group: readonly ServerSnapshot[]): ServerSnapshot | null {
  const others = group.filter((each) => each !== own);
  const withSlot = others.filter((each) => slotOf({ own, upstream: each, sender: null }, null) !== null);
  const [only, ...more] = withSlot.length > 0 ? withSlot : livePrimaries(others);
  return more.length === 0 ? only ?? null : null;
}

/**
 * The slot of a standby at its upstream, as last seen.
 *
 * @param surroundings The standby and those around it.
 * @param lastName The name of the slot it was last seen to use; null when none was.
 * @returns null when it has none, or that is not known.
 */
export function slotOf({ own, upstream, sender }: Surroundings, lastName: string | null): SlotFact | null {
  const used = sender === null || sender.slot === "" ? lastName : sender.slot;
  const names = used !== null ? [used] : own === null ? [] : slotNamesOf(own);
  return upstream?.facts.slots?.find((each) => each.type === "physical" && names.includes(each.slot)) ?? null;
}
