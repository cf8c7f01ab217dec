/** A simulated fleet in a process of its own: {@linkcode SimulatedFleet}. */
import { findFreePort } from "../../../compose/lab/ports.ts";
import { TextLineStream } from "../../live/text_lines.ts";
import type { FleetCounts } from "./fleet_counters.ts";
import type { FleetPlan } from "./fleet_plan.ts";
import { RECORD } from "./recording.ts";
import type { SimState } from "./sim_cluster.ts";
import type { FleetCommand, FleetServer } from "./simulator.ts";

/** Every server is healthy, and nothing happens. */
export const QUIET: Omit<FleetPlan, "port" | "clusters"> = {
  standbys: 2,
  otherSlots: 0,
  deadShare: 0,
  slowShare: 0,
  failoverSeconds: 0,
};

/** Some are dead, some are slow, and now and then a cluster fails over. */
export const TROUBLED: typeof QUIET = { ...QUIET, deadShare: 0.01, slowShare: 0.01, failoverSeconds: 10 };

/** A running fleet; disposing it ends it. */
export class SimulatedFleet implements AsyncDisposable {
  /** Its servers. */
  readonly servers: readonly FleetServer[];
  readonly #child: Deno.ChildProcess;
  readonly #ask: (line: unknown) => Promise<string>;
  readonly #end: () => Promise<void>;
  #last: Promise<void> = Promise.resolve();

  private constructor(
    child: Deno.ChildProcess,
    fields: {
      readonly servers: readonly FleetServer[];
      readonly ask: (line: unknown) => Promise<string>;
      readonly end: () => Promise<void>;
    },
  ) {
    this.#child = child;
    this.servers = fields.servers;
    this.#ask = fields.ask;
    this.#end = fields.end;
  }

  /** Starts a fleet whose servers listen. */
  static async start(plan: Omit<FleetPlan, "port">): Promise<SimulatedFleet> {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", new URL("./simulator.ts", import.meta.url).pathname],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const input = child.stdin.getWriter();
    const lines = child.stdout.pipeThrough(new TextLineStream()).getReader();
    const encoder = new TextEncoder();
    const ask = async (line: unknown): Promise<string> => {
      await input.write(encoder.encode(`${JSON.stringify(line)}\n`));
      const { value, done } = await lines.read();
      if (done) throw new Error("The simulator ended; see its error above");
      return value;
    };
    // It ends with its standard input.
    const end = async () => {
      await input.close().catch(() => {});
      await child.status;
      await lines.cancel();
    };
    try {
      const servers = JSON.parse(await ask({ ...plan, port: findFreePort() }));
      return new SimulatedFleet(child, { servers, ask, end });
    } catch (error) {
      await end();
      throw error;
    }
  }

  /** Process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /**
   * What was counted since the last reset.
   *
   * @throws {Error} When the exporter sent a statement that is not recorded.
   */
  count(): Promise<FleetCounts> {
    return this.#command({ do: "count" });
  }

  /** The same, and starts anew. */
  reset(): Promise<FleetCounts> {
    return this.#command({ do: "reset" });
  }

  /** Changes the state of servers. */
  async set(servers: readonly FleetServer[], state: SimState): Promise<void> {
    await this.#command({ do: "set", servers: servers.map(({ name }) => name), state });
  }

  async #command(command: FleetCommand): Promise<FleetCounts> {
    // One command at a time: answers have no number.
    const answered = this.#last.then(() => this.#ask(command));
    this.#last = answered.then(() => {}, () => {});
    const counts: FleetCounts = JSON.parse(await answered);
    const [unknown] = counts.unknown;
    if (unknown === undefined) return counts;
    throw new Error(`The exporter's statements have changed: record again with ${RECORD}. ${unknown}`);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}
