/**
 * What has changed in a cluster from one collection to the next: failovers, split brain, stranded servers.
 *
 * @module
 */
import type { ServerSnapshot } from "../../domain/view.ts";
import { serverFact, timelineOf } from "../topology/identity.ts";
import { livePrimaries } from "../topology/primary.ts";
import { deriveStranded, newestTimeline } from "../topology/stranded.ts";
import { Timelines } from "../topology/timelines.ts";
import type { Happening } from "./event_memory.ts";
import { wasPromoted } from "./server_changes.ts";
import type { ServerMemories, ServerMemory } from "./server_memory.ts";

/** Follows one cluster through failovers. */
export class ClusterChanges {
  readonly #timelines = new Timelines();
  readonly #stranded = new Set<string>();
  #failovers = 0;
  #isSplit = false;

  /** Failovers seen. */
  get failovers(): number {
    return this.#failovers;
  }

  /** Names of the servers that are stranded. */
  get stranded(): ReadonlySet<string> {
    return this.#stranded;
  }

  /**
   * Records one server that was reached: whether it was promoted, and where its timeline begins. A server that was never
   * reached before has been promoted too when its timeline branched off where its cluster had been seen to write already.
   *
   * @param now The new snapshot.
   * @param before The latest earlier snapshot with the server up; null when there is none.
   */
  observeServer(now: ServerSnapshot, before: ServerSnapshot | null): void {
    const fact = serverFact(now);
    if (!now.up || fact === null) return;
    const isPromoted = before === null
      ? now.role === "primary" && this.#timelines.isBranch(fact)
      : wasPromoted(before, now);
    if (isPromoted) this.#failovers++;
    const { timeline, writePosition } = fact;
    if (now.role !== "primary" || timeline === null || writePosition === null) return;
    const parent = before?.role === "standby" ? timelineOf(before) : null;
    this.#timelines.observe({
      server: now.server,
      timeline,
      beginsAtMost: fact.recoveryEndPosition ?? writePosition,
      seenFrom: writePosition,
      parent: parent !== null && parent < timeline ? parent : null,
    });
  }

  /**
   * Records the cluster after its servers.
   *
   * @param servers Its servers.
   * @param memories What is remembered of them.
   * @returns What happened.
   */
  observe(servers: readonly ServerSnapshot[], memories: ServerMemories): readonly Happening[] {
    const newest = newestTimeline(servers);
    const live = livePrimaries(servers);
    return [
      ...this.#observeSplit(live),
      ...servers.flatMap((server) =>
        this.#observeStranded(server, {
          newest,
          memory: memories.of(server.server),
          isDoubtful: !live.includes(server),
        })
      ),
    ];
  }

  /** Forgets servers that are of another cluster. */
  forget(isForeign: (server: string) => boolean): void {
    this.#timelines.forget(isForeign);
    for (const server of this.#stranded) if (isForeign(server)) this.#stranded.delete(server);
  }

  #observeSplit(live: readonly ServerSnapshot[]): readonly Happening[] {
    const primaries = live.map(({ server }) => `"${server}"`);
    const wasSplit = this.#isSplit;
    this.#isSplit = primaries.length > 1;
    if (!this.#isSplit || wasSplit) return [];
    const names = `${primaries.slice(0, -1).join(", ")} and ${primaries.at(-1)}`;
    return [{
      kind: "split_brain",
      server: "cluster",
      message: `Servers ${names} are primaries of one cluster at the same time`,
    }];
  }

  #observeStranded(
    server: ServerSnapshot,
    { newest, ...known }: {
      readonly newest: number | null;
      readonly memory: ServerMemory;
      readonly isDoubtful: boolean;
    },
  ): readonly Happening[] {
    const name = server.server;
    const wasStranded = this.#stranded.has(name);
    const why = deriveStranded(server, newest, { ...known, timelines: this.#timelines, wasStranded });
    if (why === null) this.#stranded.delete(name);
    else this.#stranded.add(name);
    return why === null || wasStranded
      ? []
      : [{ kind: "stranded", server: name, message: `Server "${name}" is stranded: ${why}` }];
  }
}
