/**
 * What has changed in a cluster from one collection to the next: failovers, split brain, stranded servers.
 *
 * @module
 */
import type { ServerSnapshot } from "../../domain/view.ts";
import type { Happening } from "./event_memory.ts";
import { serverFact } from "../topology/identity.ts";
import { livePrimaries } from "../lag/reference_primary.ts";
import { type Before, wasPromoted } from "./server_changes.ts";
import type { ServerMemories } from "./server_memory.ts";
import { deriveStranded } from "../topology/stranded.ts";
import { Timelines } from "../topology/timelines.ts";

/** Follows clusters through failovers. */
export class ClusterChanges {
  readonly #timelines = new Timelines();
  readonly #failovers = new Map<string, number>();
  readonly #split = new Set<string>();
  readonly #stranded = new Set<string>();

  /** Failovers seen, by system identifier. */
  get failovers(): ReadonlyMap<string, number> {
    return this.#failovers;
  }

  /** Names of the servers that are stranded. */
  get stranded(): ReadonlySet<string> {
    return this.#stranded;
  }

  /**
   * Takes in one server: whether it was promoted, and where its timeline begins. A server that was never reached
   * before and writes a later timeline than its cluster did has been promoted too.
   *
   * @param now The new snapshot.
   * @param before What it was like; null when it is seen for the first time.
   */
  observeServer(now: ServerSnapshot, before: Before | null): void {
    const fact = serverFact(now);
    const systemIdentifier = fact?.systemIdentifier ?? null;
    if (!now.up || fact === null || systemIdentifier === null) return;
    const known = this.#failovers.get(systemIdentifier) ?? 0;
    const newest = this.#timelines.newestOf(systemIdentifier);
    const reached = before?.reached ?? null;
    const promoted = reached === null
      ? now.role === "primary" && newest !== null && (fact.timeline ?? 0) > newest
      : wasPromoted(reached, now);
    this.#failovers.set(systemIdentifier, known + Number(promoted));
    const { timeline, writePosition } = fact;
    if (now.role !== "primary" || timeline === null || writePosition === null) return;
    const parent = reached?.role === "standby" ? serverFact(reached)?.timeline ?? null : null;
    this.#timelines.observe(systemIdentifier, {
      server: now.server,
      timeline,
      beginsAtMost: fact.recoveryEndPosition ?? writePosition,
      parent: parent !== null && parent < timeline ? parent : null,
    });
  }

  /**
   * Takes in a cluster after its servers.
   *
   * @param systemIdentifier The cluster.
   * @param group Its servers.
   * @param memories What is remembered of them.
   * @returns What happened.
   */
  observeCluster(
    systemIdentifier: string,
    group: readonly ServerSnapshot[],
    memories: ServerMemories,
  ): readonly Happening[] {
    return [
      ...this.#observeSplit(systemIdentifier, group),
      ...group.flatMap((server) => this.#observeStranded(server, { systemIdentifier, group, memories })),
    ];
  }

  #observeSplit(systemIdentifier: string, group: readonly ServerSnapshot[]): readonly Happening[] {
    const primaries = livePrimaries(group).map(({ server }) => `"${server}"`);
    const wasSplit = this.#split.has(systemIdentifier);
    if (primaries.length < 2) {
      this.#split.delete(systemIdentifier);
      return [];
    }
    this.#split.add(systemIdentifier);
    if (wasSplit) return [];
    const names = `${primaries.slice(0, -1).join(", ")} and ${primaries.at(-1)}`;
    return [{
      kind: "split_brain",
      server: "cluster",
      message: `Servers ${names} are primaries of one cluster at the same time`,
    }];
  }

  #observeStranded(
    server: ServerSnapshot,
    { systemIdentifier, group, memories }: {
      readonly systemIdentifier: string;
      readonly group: readonly ServerSnapshot[];
      readonly memories: ServerMemories;
    },
  ): readonly Happening[] {
    const name = server.server;
    const wasStranded = this.#stranded.has(name);
    const why = deriveStranded({
      server,
      group,
      systemIdentifier,
      memory: memories.of(name),
      timelines: this.#timelines,
      wasStranded,
    });
    if (why === null) {
      this.#stranded.delete(name);
      return [];
    }
    this.#stranded.add(name);
    return wasStranded
      ? []
      : [{ kind: "stranded", server: name, message: `Server "${name}" is stranded: ${why}` }];
  }
}
