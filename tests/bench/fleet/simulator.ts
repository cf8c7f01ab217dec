/**
 * The program that simulates a fleet, in a process of its own. Lines on standard input, one answer each on standard
 * output, all JSON: first a {@linkcode FleetPlan}, then {@linkcode FleetCommand}s; it ends with standard input.
 *
 * @module
 */
import { TextLineStream } from "../../live/text_lines.ts";
import { Answers } from "./answers.ts";
import { FleetCounters, type FleetCounts } from "./fleet_counters.ts";
import { type FleetPlan, makeClusters } from "./fleet_plan.ts";
import { readRecording, recordedMajors } from "./recording.ts";
import type { SimCluster, SimServer, SimState } from "./sim_cluster.ts";
import { type Delays, SimListener } from "./sim_listener.ts";

/** What to do with a running fleet. */
export type FleetCommand =
  /** Returns the counts. */
  | { readonly do: "count" }
  /** Returns the counts, and starts anew. */
  | { readonly do: "reset" }
  /** Changes the state of servers. */
  | { readonly do: "set"; readonly servers: readonly string[]; readonly state: SimState };

/** A server as the fleet describes it. */
export type FleetServer = Pick<SimServer, "name" | "address" | "port" | "state"> & {
  readonly cluster: string;
};

const DELAYS: Delays = { loginMs: 20, slowMs: 600 };
const SAMPLE_SECONDS = 1;
/** For this long after a failover a cluster's samples do not count, seconds. */
const SETTLING_SECONDS = 5;
/** How often the simulator looks how late it is itself, milliseconds. */
const WATCH_MS = 100;

const now = () => performance.now() / 1000;

class Fleet {
  readonly counters = new FleetCounters(SAMPLE_SECONDS);
  readonly #clusters: readonly SimCluster[];
  readonly #listeners = new Map<string, SimListener>();

  constructor(clusters: readonly SimCluster[]) {
    this.#clusters = clusters;
  }

  static async start(plan: FleetPlan): Promise<Fleet> {
    const majors = await recordedMajors();
    const recordings = new Map(
      await Promise.all(majors.map(async (major) => {
        const recording = await readRecording(major);
        return [major, { answers: new Answers(recording), parameters: recording.parameters }] as const;
      })),
    );
    const fleet = new Fleet(makeClusters(plan, { majors, now: now() }));
    for (const cluster of fleet.#clusters) {
      for (const server of cluster.servers) {
        const recording = recordings.get(server.major);
        if (recording === undefined) throw new Error(`PostgreSQL ${server.major} is not recorded`);
        const place = {
          ...recording,
          server,
          cluster,
          onAsked: (session: Parameters<FleetCounters["asked"]>[0]) => {
            const isSettled = now() - cluster.failedOverAt > SETTLING_SECONDS;
            if (server.state !== "up" || !isSettled) session.askedAt = null;
            else fleet.counters.asked(session, { isPrimary: server === cluster.primary, now: now() });
          },
          onUnknown: (message: string) => fleet.counters.unknown(message),
        };
        const listener = new SimListener(place, { delays: DELAYS, counters: fleet.counters });
        fleet.#listeners.set(server.name, listener);
        if (server.state !== "refusing") listener.open();
      }
    }
    fleet.#watchItself();
    if (plan.failoverSeconds > 0) fleet.#failOverInTurn(plan.failoverSeconds);
    return fleet;
  }

  get servers(): readonly FleetServer[] {
    return this.#clusters.flatMap((cluster, index) =>
      cluster.servers.map(({ name, address, port, state }) => ({
        name,
        address,
        port,
        state,
        cluster: `c${index}`,
      }))
    );
  }

  count(): FleetCounts {
    const connected = this.#listeners.values().filter(({ sessions }) => sessions > 0);
    return this.counters.counts({ connected: [...connected].length });
  }

  set(servers: readonly string[], state: SimState): void {
    for (const name of servers) {
      const listener = this.#listeners.get(name);
      if (listener === undefined) throw new Error(`The fleet has no server "${name}"`);
      const { server } = listener.place;
      // A host that is gone says nothing, not even that its connections have ended; back again, it knows none of them.
      if (state === "refusing" || server.state === "silent") {
        listener.drop({ keepsPort: state !== "refusing" });
      }
      server.state = state;
      server.senderPid += 1;
      if (state !== "refusing") listener.open();
    }
  }

  #failOverInTurn(seconds: number): void {
    let turn = 0;
    setInterval(() => {
      const cluster = this.#clusters[turn++ % this.#clusters.length];
      if (cluster === undefined || cluster.servers.some(({ state }) => state !== "up")) return;
      const { primary } = cluster;
      cluster.failOver(now());
      // The old primary restarts as a standby.
      this.#listeners.get(primary.name)?.drop({ keepsPort: true });
    }, seconds * 1000);
  }

  #watchItself(): void {
    let due = now() + WATCH_MS / 1000;
    setInterval(() => {
      this.counters.delayed(now() - due);
      due = now() + WATCH_MS / 1000;
    }, WATCH_MS);
  }
}

async function answer(value: unknown): Promise<void> {
  const bytes = new TextEncoder().encode(`${JSON.stringify(value)}\n`);
  for (let done = 0; done < bytes.length;) done += await Deno.stdout.write(bytes.subarray(done));
}

async function main(): Promise<void> {
  let fleet: Fleet | null = null;
  for await (const line of Deno.stdin.readable.pipeThrough(new TextLineStream())) {
    if (fleet === null) {
      const plan: FleetPlan = JSON.parse(line);
      fleet = await Fleet.start(plan);
      await answer(fleet.servers);
      continue;
    }
    const command: FleetCommand = JSON.parse(line);
    if (command.do === "set") fleet.set(command.servers, command.state);
    await answer(fleet.count());
    if (command.do === "reset") fleet.counters.reset();
  }
  Deno.exit(0);
}

if (import.meta.main) await main();
