/**
 * Clusters of any shape and what happens to them, step by step, as fast-check generates them.
 *
 * Topologies with cascades and with standbys that nobody configured; slots or none; application names that are equal or
 * left at their default; equal addresses; servers that are lost, promoted, rebuilt; connections that one end does not
 * notice to be gone; copies that share the system identifier, within the same cluster name and under another one; names
 * that lead to a server that has another name, and that move; missing privileges; restarts of the exporter.
 *
 * @module
 */
import fc from "fast-check";
import type { ServerErrorKind, View } from "../../../src/domain/view.ts";
import { nameOf, SimulatedExporter } from "./simulated_exporter.ts";
import { type Identity, type Postmaster, Simulation, type WatchedName } from "./simulated_postmaster.ts";

const syncStates = ["async", "sync", "quorum", "potential"] as const;
const clusterNames = ["", "", "prod", "staging"] as const;
const troubles: readonly ServerErrorKind[] = ["unreachable", "timeout", "auth", "starting"];

const standby = fc.record({
  isWatched: fc.boolean(),
  upstream: fc.nat(3),
  applicationName: fc.constantFrom("own", "walreceiver", "shared", "main"),
  slot: fc.constantFrom("", "own", "other"),
  syncState: fc.constantFrom(...syncStates),
  host: fc.constantFrom("own", "shared", "local"),
  hasArchive: fc.boolean(),
});

const cluster = fc.record({
  name: fc.constantFrom(...clusterNames),
  isPrimaryWatched: fc.constantFrom(true, true, true, false),
  standbys: fc.array(standby, { maxLength: 4 }),
});

/** A cluster restored from a backup of the first one. */
const copy = fc.record({
  name: fc.constantFrom(...clusterNames),
  isPromoted: fc.boolean(),
  standbys: fc.array(standby, { maxLength: 2 }),
});

const alias = fc.record({ target: fc.nat(), isFirst: fc.boolean() });

const event = fc.record({
  kind: fc.constantFrom(
    "lose",
    "lose",
    "regain",
    "regain",
    "stop",
    "start",
    "promote",
    "promote",
    "follow",
    "follow",
    "rebuild",
    "cut",
    "freeze",
    "pause",
    "notice",
    "move",
    "move",
    "privileges",
    "identity",
    "senders",
    "reopen",
    "failover",
    "restart exporter",
  ),
  server: fc.nat(),
  other: fc.nat(),
  isNoticed: fc.boolean(),
});

const step = fc.record({
  seconds: fc.constantFrom(1, 5, 40),
  bytes: fc.constantFrom(0, 100, 100_000_000),
  share: fc.constantFrom(4, 4, 2, 0),
  events: fc.array(event, { maxLength: 3 }),
  /** In which order servers are collected, and which are not. */
  order: fc.nat(),
  skipped: fc.constantFrom(0, 0, 0, 2, 3),
});

/** A cluster or several, and what happens to them. */
export const scenarios = fc.record({
  isUnnamedOneCluster: fc.boolean(),
  first: cluster,
  second: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: cluster }),
  copy: fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: copy }),
  aliases: fc.array(alias, { maxLength: 2 }),
  samples: fc.boolean(),
  steps: fc.array(step, { minLength: 1, maxLength: 6 }),
});

/** One of {@linkcode scenarios}. */
export type Scenario = typeof scenarios extends fc.Arbitrary<infer T> ? T : never;
type Event = Scenario["steps"][number]["events"][number];
type Standby = Scenario["first"]["standbys"][number];

/** Simulated servers, and an exporter that watches them. */
export class GeneratedCluster {
  readonly simulation = new Simulation();
  readonly isUnnamedOneCluster: boolean;
  readonly exporter: SimulatedExporter;
  /** Promotions since the exporter started. */
  promotions = 0;
  /** Whether the latest step read every server. */
  isComplete = false;
  readonly #names: WatchedName[] = [];
  #latest: readonly WatchedName[] = [];

  /**
   * Builds what a scenario describes; nothing was collected yet.
   *
   * @param scenario The scenario.
   * @param options `onlyCluster`: the only cluster name whose servers the exporter watches, null for all; `mayWait`: as
   * of an exporter, see {@linkcode SimulatedExporter}.
   */
  constructor(
    scenario: Scenario,
    { onlyCluster = null, mayWait = true }: {
      readonly onlyCluster?: string | null;
      readonly mayWait?: boolean;
    } = {},
  ) {
    const { isUnnamedOneCluster, samples } = scenario;
    const { simulation } = this;
    const first = this.#add("a", {
      ...scenario.first,
      systemIdentifier: "7300000000000000001",
      copyOf: null,
    });
    if (scenario.second !== null) {
      this.#add("b", { ...scenario.second, systemIdentifier: "7300000000000000002", copyOf: null });
    }
    simulation.pass(5, { bytes: 1000, share: 4 });
    if (scenario.copy !== null) {
      this.#add("c", { ...scenario.copy, isPrimaryWatched: true, systemIdentifier: "", copyOf: first });
    }
    scenario.aliases.forEach(({ target, isFirst }, index) => {
      const same = pick(this.#names, target);
      if (same === undefined) return;
      const named = { ...same, name: `vip${index}`, host: `10.0.2.${index}` };
      if (isFirst) this.#names.unshift(named);
      else this.#names.push(named);
    });
    this.isUnnamedOneCluster = isUnnamedOneCluster;
    this.exporter = new SimulatedExporter(simulation, {
      names: this.#names.filter(({ cluster }) => onlyCluster === null || cluster === onlyCluster),
      isUnnamedOneCluster,
      samples,
      mayWait,
    });
  }

  #add(
    prefix: string,
    { name: cluster, standbys, isPrimaryWatched, systemIdentifier, copyOf, isPromoted = true }: {
      readonly name: string;
      readonly standbys: readonly Standby[];
      readonly isPrimaryWatched: boolean;
      readonly systemIdentifier: string;
      readonly copyOf: Postmaster | null;
      readonly isPromoted?: boolean;
    },
  ): Postmaster {
    const { simulation } = this;
    const primary = simulation.addPrimary(`${prefix}0`, {
      systemIdentifier,
      copyOf,
      isPromoted,
      identity: identityOf(`${prefix}0`, {
        applicationName: "own",
        slot: "own",
        syncState: "async",
        host: "own",
        hasArchive: false,
      }),
    });
    const members = [primary];
    for (const [index, each] of standbys.entries()) {
      const name = `${prefix}${index + 1}`;
      const upstream = members[each.upstream % members.length] ?? primary;
      const added = simulation.addStandby(name, upstream, identityOf(name, each));
      simulation.follow(added, upstream);
      members.push(added);
    }
    members.forEach((target, index) => {
      const given = standbys[index - 1];
      if (given === undefined ? !isPrimaryWatched : !given.isWatched) return;
      this.#names.push(
        nameOf(target, { cluster, host: given?.host === "shared" ? "" : target.identity.host }),
      );
    });
    return primary;
  }

  /** Every name, whether or not this exporter watches it. */
  get names(): readonly WatchedName[] {
    return this.#names;
  }

  /**
   * Lets one step happen and collects.
   *
   * @param step The step.
   * @returns Everything known afterwards.
   */
  take(step: Scenario["steps"][number]): View {
    this.pass(step);
    return this.exporter.view();
  }

  /** Takes a step without looking at what is known afterwards. */
  pass({ seconds, bytes, share, events, order, skipped }: Scenario["steps"][number]): void {
    const { simulation } = this;
    const before = simulation.promotions;
    for (const event of events) this.#happen(event);
    this.promotions += simulation.promotions - before;
    simulation.pass(seconds, { bytes, share });
    const start = order % this.names.length;
    const rotated = [...this.names.slice(start), ...this.names.slice(0, start)];
    const read = rotated.filter((_, index) => skipped === 0 || (index + order) % skipped !== 0);
    this.isComplete = read.length === rotated.length;
    this.#latest = read.filter((each) => this.exporter.names.includes(each));
    this.exporter.collect(this.#latest);
  }

  /** Collects once more what the latest step has read, before anything else happens. */
  again(): View {
    this.exporter.collect(this.#latest);
    return this.exporter.view();
  }

  #happen({ kind, server, other, isNoticed }: Event): void {
    const { simulation, names } = this;
    const { postmasters } = simulation;
    const name = pick(names, server);
    const postmaster = pick(postmasters, server);
    const peer = pick(postmasters.filter((each) => each !== postmaster), other);
    if (postmaster === undefined || name === undefined) return;
    switch (kind) {
      case "lose":
        name.isReachable = false;
        name.trouble = pick(troubles, other) ?? "unreachable";
        return;
      case "regain":
        for (const each of names) if (each.target === name.target) each.isReachable = true;
        return;
      case "stop":
        return simulation.stop(postmaster, isNoticed);
      case "start":
        return simulation.start(postmaster);
      case "promote":
        return simulation.promote(postmaster, other % 5 === 0 ? 1 : 0);
      case "follow":
        if (peer !== undefined) this.#follow(postmaster, peer, isNoticed);
        return;
      case "reopen":
        if (postmaster.link !== null) {
          const { upstream } = postmaster.link;
          simulation.disconnect(postmaster, isNoticed);
          simulation.follow(postmaster, upstream, { state: other % 2 === 0 ? "startup" : "catchup" });
        }
        return;
      case "rebuild":
        if (peer !== undefined) simulation.rebuild(postmaster, peer);
        return;
      case "cut":
        return simulation.disconnect(postmaster, isNoticed);
      case "freeze":
        if (postmaster.link !== null) postmaster.link.silentSince = simulation.now;
        return;
      case "pause":
        postmaster.isPaused = !postmaster.isPaused;
        return;
      case "notice":
        postmaster.stale.length = 0;
        return;
      case "move":
        return this.#move(server, other);
      case "failover":
        return this.#failOver(server, isNoticed);
      case "privileges":
        name.canSeeStatistics = !name.canSeeStatistics;
        return;
      case "identity":
        // At the start the privilege is often missing, later it is granted.
        name.canSeeIdentity = this.exporter.hasRead(name);
        return;
      case "senders":
        name.readsSenders = !name.readsSenders;
        return;
      case "restart exporter": {
        this.promotions = 0;
        this.exporter.restart();
        return;
      }
    }
  }

  /** A standby follows a server, by its virtual address where it has one. */
  #follow(standby: Postmaster, upstream: Postmaster, isByAddress: boolean): void {
    const vip = this.names.find(({ name, target }) => name.startsWith("vip") && target === upstream);
    this.simulation.follow(standby, upstream, isByAddress && vip !== undefined ? { host: vip.host } : {});
  }

  /** A virtual address moves to another server of its cluster. */
  #move(server: number, other: number): void {
    const vip = pick(this.names.filter(({ name }) => name.startsWith("vip")), server);
    const targets = this.names.filter(({ name, cluster, target }) =>
      !name.startsWith("vip") && cluster === vip?.cluster &&
      target.systemIdentifier === vip.target.systemIdentifier
    );
    const to = pick(targets, other);
    if (vip === undefined || to === undefined) return;
    // With this name alone for the two servers, it cannot be distinguished from a failover.
    if (to.target.timeline.number > vip.target.timeline.number) this.promotions++;
    vip.target = to.target;
  }

  /** The primary stops, one of its standbys is promoted, and the others follow; virtual addresses move. */
  #failOver(server: number, isNoticed: boolean): void {
    const { simulation } = this;
    const { postmasters } = simulation;
    const old = pick(postmasters.filter(({ isRunning, inRecovery }) => isRunning && !inRecovery), server);
    const standbys = postmasters.filter(({ link }) => old !== undefined && link?.upstream === old);
    const next = standbys.toSorted((a, b) => a.position > b.position ? -1 : 1)[0];
    if (old === undefined || next === undefined) return;
    simulation.stop(old, isNoticed);
    simulation.promote(next, 0);
    for (const each of this.names) {
      if (each.name.startsWith("vip") && each.target === old) each.target = next;
    }
    for (const each of standbys) if (each !== next) this.#follow(each, next, isNoticed);
  }
}

function pick<T>(items: readonly T[], index: number): T | undefined {
  return items[index % items.length];
}

function identityOf(
  name: string,
  { applicationName, slot, host, ...more }: Omit<Standby, "isWatched" | "upstream">,
): Identity {
  return {
    ...more,
    applicationName: applicationName === "own" ? name : applicationName,
    slot: slot === "own" ? name : slot === "other" ? `slot_of_${name}` : "",
    clusterName: applicationName === "own" ? name : "main",
    host: host === "own"
      ? `10.0.0.${name.charCodeAt(0)}${name.slice(1)}`
      : host === "shared"
      ? "10.0.1.1"
      : "127.0.0.1",
  };
}
