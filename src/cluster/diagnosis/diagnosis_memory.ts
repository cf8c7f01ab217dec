/**
 * What explanations and forecasts need from earlier collections, and its joining with the present.
 *
 * @module
 */
import type { Lsn } from "../../domain/lsn.ts";
import type { SlotForecast, StandbyView } from "../../domain/standby.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { isStandby } from "../lag/cluster_lags.ts";
import type { ConnectionMemory } from "../memory/connection_memory.ts";
import { CATCH_UP_WINDOW_SECONDS, forecastSlots, SLOT_WINDOW_SECONDS } from "../lag/forecasts.ts";
import { serverFact } from "../topology/identity.ts";
import type { LagClock } from "../lag/lag_clock.ts";
import type { PositionSample } from "../lag/position_history.ts";
import { referenceOf } from "../lag/reference_primary.ts";
import type { ServerMemories } from "../memory/server_memory.ts";
import { WindowRate } from "../lag/window_rate.ts";
import { explainStandby } from "./explain.ts";
import { StandbyObservations } from "./standby_observations.ts";
import { ownReceived, type StandbySituation, walEnd } from "./situation.ts";
import {
  type ClusterScene,
  slotOf,
  type StandbyName,
  type Surroundings,
  surroundingsOf,
} from "./surroundings.ts";

/** What explanations are derived from, besides what is remembered here. */
export interface WhyScene extends ClusterScene {
  /** The lag clock. */
  readonly lagClock: LagClock;
  /** What is remembered of the configured servers. */
  readonly memories: ServerMemories;
  /** Names of the servers on a timeline that their cluster has left. */
  readonly stranded: ReadonlySet<string>;
}

interface StandbyMemory {
  readonly replay: WindowRate;
  /** The slot it was last seen to use. */
  slot: string | null;
}

interface ClusterMemory {
  readonly signs: StandbyObservations;
  readonly standbys: Map<string, StandbyMemory>;
}

interface ServerRates {
  readAt: number | null;
  readonly catchUp: WindowRate;
  readonly slots: WindowRate;
  bySlot: ReadonlyMap<string, WindowRate>;
}

/** Remembers what explanations and forecasts need. */
export class DiagnosisMemory {
  readonly #clusters = new Map<string, ClusterMemory>();
  readonly #servers = new Map<string, ServerRates>();

  /**
   * Takes in the latest knowledge of a cluster; the same knowledge again changes nothing.
   *
   * @param scene The cluster.
   * @param connections What its standbys were last connected to.
   */
  observe(scene: ClusterScene, connections: ConnectionMemory): void {
    for (const server of scene.group) this.#observeServer(server);
    const cluster = this.#cluster(scene.systemIdentifier);
    const standbys = standbysOf(scene, connections);
    const names = new Set(standbys.map(({ name }) => name));
    cluster.signs.retain(names);
    for (const name of cluster.standbys.keys()) if (!names.has(name)) cluster.standbys.delete(name);
    for (const standby of standbys) {
      const around = surroundingsOf(standby, scene);
      cluster.signs.observe(standby.name, around);
      const memory = cluster.standbys.get(standby.name) ??
        { replay: new WindowRate(CATCH_UP_WINDOW_SECONDS), slot: null };
      cluster.standbys.set(standby.name, memory);
      const { own, upstream, sender } = around;
      if (own?.up === true && own.readAt !== null) {
        memory.replay.add(serverFact(own)?.replayPosition ?? null, own.readAt);
      } else if (own === null && upstream?.readAt !== undefined && upstream.readAt !== null) {
        memory.replay.add(sender?.replayPosition ?? null, upstream.readAt);
      } else memory.replay.add(null, 0);
      if (sender !== null) memory.slot = sender.slot === "" ? null : sender.slot;
    }
  }

  /**
   * Explains standbys: why each is where it is, whether it can catch up, and when it has.
   *
   * @param standbys All standbys of a cluster.
   * @param scene The cluster.
   */
  explain(standbys: readonly StandbyView[], scene: WhyScene): readonly StandbyView[] {
    const { signs, standbys: memories } = this.#cluster(scene.systemIdentifier);
    return standbys.map((standby) => {
      const memory = memories.get(standby.name);
      const around = surroundingsOf(standby, scene);
      const own = signs.of(standby.name);
      const received = (around.own?.up === true ? ownReceived(around.own) : null) ?? own.received;
      const said = around.own?.up === true ? scene.memories.of(around.own.server) : null;
      const latest = said?.recoveryEnd ?? null;
      const { position, positionThen, server, lagSeconds } = primaryOf(around, { scene, received, latest });
      const situation: StandbySituation = {
        ...around,
        slot: slotOf(around, memory?.slot ?? null),
        connected: standby.connected,
        stranded: scene.stranded.has(standby.name),
        lag: standby.lag,
        receivedLagSeconds: lagSeconds,
        primaryPosition: position,
        primaryPositionThen: positionThen,
        latest: latest === null
          ? null
          : { received: latest.position, replayed: said?.applied?.position ?? null },
        primaryBytesPerSecond: server === null ? null : scene.memories.of(server).wal.bytesPerSecond,
        lastPosition: standby.lastPosition,
        signs: own,
      };
      const explanation = explainStandby(situation, {
        replay: memory?.replay.bytesPerSecond ?? null,
        wal: server === null ? null : this.#servers.get(server)?.catchUp.bytesPerSecond ?? null,
      });
      return { ...standby, ...explanation };
    });
  }

  /**
   * Forecasts when slots are lost.
   *
   * @param snapshots Servers; of those that are not reached only slots that are lost already are known.
   */
  forecastSlots(snapshots: readonly ServerSnapshot[]): readonly SlotForecast[] {
    return snapshots.flatMap(({ server, up, facts }) => {
      const rates = this.#servers.get(server);
      return forecastSlots({
        server,
        slots: facts.slots ?? [],
        walBytesPerSecond: up ? rates?.slots.bytesPerSecond ?? null : null,
        advanceOf: (slot) => rates?.bySlot.get(slot)?.bytesPerSecond ?? null,
      });
    });
  }

  #cluster(systemIdentifier: string): ClusterMemory {
    const known = this.#clusters.get(systemIdentifier) ??
      { signs: new StandbyObservations(), standbys: new Map<string, StandbyMemory>() };
    this.#clusters.set(systemIdentifier, known);
    return known;
  }

  #observeServer(snapshot: ServerSnapshot): void {
    const rates = this.#servers.get(snapshot.server) ?? {
      readAt: null,
      catchUp: new WindowRate(CATCH_UP_WINDOW_SECONDS),
      slots: new WindowRate(SLOT_WINDOW_SECONDS),
      bySlot: new Map<string, WindowRate>(),
    };
    this.#servers.set(snapshot.server, rates);
    const at = snapshot.readAt;
    if (!snapshot.up || at === null || at === rates.readAt) return;
    rates.readAt = at;
    rates.catchUp.add(walEnd(snapshot), at);
    rates.slots.add(walEnd(snapshot), at);
    const slots = snapshot.facts.slots;
    if (slots === undefined) return;
    rates.bySlot = new Map(slots.map(({ slot, restartPosition }) => {
      const rate = rates.bySlot.get(slot) ?? new WindowRate(SLOT_WINDOW_SECONDS);
      rate.add(restartPosition, at);
      return [slot, rate];
    }));
  }
}

function standbysOf(scene: ClusterScene, connections: ConnectionMemory): readonly StandbyName[] {
  const { systemIdentifier, group, remembered } = scene;
  const configured = group.filter((each) => isStandby(each, group)).map(({ server }) => {
    const upstream = connections.of(systemIdentifier, server)?.upstream ?? null;
    return { name: server, configured: true, upstream };
  });
  return [
    ...configured,
    ...remembered.map(({ name, upstream }) => ({ name, configured: false, upstream })),
  ];
}

/** The primary a standby is measured against. */
interface MeasuredAgainst {
  /** Its newest position. */
  readonly position: Lsn | null;
  /** Its position when the standby's positions were read. */
  readonly positionThen: Lsn | null;
  /** Its name. */
  readonly server: string | null;
  /** How old what the standby has received is, seconds. */
  readonly lagSeconds: number | null;
}

function primaryOf(
  { own, upstream }: Surroundings,
  { scene, received, latest }: {
    readonly scene: WhyScene;
    readonly received: Lsn | null;
    readonly latest: PositionSample | null;
  },
): MeasuredAgainst {
  const { group, lagClock, systemIdentifier } = scene;
  const standby = own ?? upstream;
  const timeline = standby === null ? null : serverFact(standby)?.timeline ?? null;
  const reference = referenceOf(group, { lagClock, systemIdentifier, timeline });
  if ("reason" in reference) return { position: null, positionThen: null, server: null, lagSeconds: null };
  const position = lagClock.newestOf(systemIdentifier, reference.timeline)?.position ?? null;
  const at = standby?.readAt ?? null;
  // One that is not reached is known by its row only.
  const readAt = latest?.at ?? (own?.up === true ? own : upstream)?.readAt ?? null;
  const positionThen = readAt === null
    ? null
    : lagClock.positionAt(systemIdentifier, { timeline: reference.timeline, at: readAt });
  const lagSeconds = received === null || at === null ? null : lagClock.lagOf({
    systemIdentifier,
    timeline: reference.timeline,
    appliedPosition: received,
    at,
  }).seconds;
  return { position, positionThen, server: reference.primary, lagSeconds };
}
