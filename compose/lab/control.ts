/** Commands to a running lab: a small HTTP server on loopback in the process that owns it, and its client. */
import type { CdcState } from "./cdc.ts";
import { injectFault } from "./fault_catalogue.ts";
import { listProcesses } from "./processes.ts";
import { findLiveRuns, type FoundRun } from "./records.ts";
import type { Role } from "./server.ts";
import type { Cluster } from "./topology.ts";

/** One server in a status. */
export interface ServerStatus {
  /** Name. */
  readonly name: string;
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Process id; null when it does not run. */
  readonly pid: number | null;
  /** Whether its processes are stopped by a signal. */
  readonly frozen: boolean;
  /** What it follows; null for a primary and a subscriber. */
  readonly upstream: string | null;
  /** What a subscriber's link leads to; null for any other server. */
  readonly publisher: string | null;
  /** State of its link; null without one. */
  readonly link: string | null;
  /** Connection strings by role. */
  readonly dsns: Readonly<Record<Role, string>>;
}

/** Status of a lab. */
export interface LabStatus {
  /** Version of PostgreSQL. */
  readonly version: string;
  /** Directory of the run. */
  readonly directory: string;
  /** Rows per second; 0 without a load. */
  readonly load: number;
  /** The consumer of change data capture; null without one. */
  readonly cdc: { readonly slot: string; readonly server: string; readonly state: CdcState } | null;
  /** Its servers. */
  readonly servers: readonly ServerStatus[];
}

/** Describes a cluster. */
export async function describeCluster(cluster: Cluster): Promise<LabStatus> {
  const { logical } = cluster;
  const stopped = new Set((await listProcesses()).filter((each) => each.stopped).map((each) => each.pid));
  return {
    version: cluster.binaries.version,
    directory: cluster.run.directory,
    load: cluster.load?.rowsPerSecond ?? 0,
    cdc: logical === null
      ? null
      : { slot: logical.cdc.slot, server: logical.cdc.server.name, state: logical.cdc.state },
    servers: cluster.servers.map((server) => {
      const follows = cluster.standbys.includes(server);
      return {
        name: server.name,
        port: server.port,
        pid: server.pid,
        frozen: server.pid !== null && stopped.has(server.pid),
        upstream: follows ? cluster.upstreamOf(server).name : null,
        publisher: server === logical?.subscriber ? logical.source.name : null,
        link: follows || server === logical?.subscriber ? cluster.linkState(server) : null,
        dsns: {
          postgres: server.dsn({ user: "postgres" }),
          monitor: server.dsn(),
          plain: server.dsn({ user: "plain" }),
          replicator: server.dsn({ user: "replicator" }),
        },
      };
    }),
  };
}

/**
 * Takes commands for a cluster from now on, and registers it under the name.
 *
 * @param cluster The cluster.
 * @param options The name, and what to do when the lab is asked to stop.
 * @returns Dispose it to stop taking commands
 */
export async function takeCommands(
  cluster: Cluster,
  options: { readonly name: string; readonly onDown: () => void },
): Promise<AsyncDisposable> {
  const token = crypto.randomUUID();
  let queue: Promise<unknown> = Promise.resolve();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    if (request.headers.get("authorization") !== `Bearer ${token}`) return new Response("", { status: 401 });
    const path = new URL(request.url).pathname;
    if (path === "/status") return Response.json(await describeCluster(cluster));
    if (path === "/down") {
      options.onDown();
      return Response.json("The lab goes down");
    }
    const words: unknown = await request.json();
    if (!Array.isArray(words)) return new Response("", { status: 400 });
    // One at a time: a fault changes the state for the next one.
    const answer = queue.then(() => injectFault(cluster, words.map(String)));
    queue = answer.catch(() => {});
    return await answer.then(
      (line) => Response.json(line),
      (error) => Response.json(error instanceof Error ? error.message : String(error), { status: 422 }),
    );
  });
  await cluster.run.publish(options.name, { port: server.addr.port, token });
  return {
    async [Symbol.asyncDispose]() {
      await queue;
      await server.shutdown();
    },
  };
}

/** Asks a lab to do something; the answer is its JSON. */
async function ask({ record }: FoundRun, path: string, words: readonly string[] = []): Promise<unknown> {
  if (record.control === null) throw new Error(`The lab "${record.name}" does not accept commands yet`);
  const response = await fetch(`http://127.0.0.1:${record.control.port}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${record.control.token}` },
    body: JSON.stringify(words),
    signal: AbortSignal.timeout(120_000),
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(String(answer));
  return answer;
}

/** Injects a fault into a running lab; returns the line to print. */
export async function askFault(run: FoundRun, words: readonly string[]): Promise<string> {
  return String(await ask(run, "/fault", words));
}

/** Asks a lab to stop. */
export async function askDown(run: FoundRun): Promise<void> {
  await ask(run, "/down");
}

function isStatus(value: unknown): value is LabStatus {
  return typeof value === "object" && value !== null && "servers" in value && Array.isArray(value.servers) &&
    "version" in value && "directory" in value && "load" in value;
}

/** Asks a lab for its status. */
export async function askStatus(run: FoundRun): Promise<LabStatus> {
  const status = await ask(run, "/status");
  if (!isStatus(status)) throw new TypeError(`The lab "${run.record.name}" did not return a status`);
  return status;
}

/** Labs that take commands. */
export async function findLabs(): Promise<readonly FoundRun[]> {
  return (await findLiveRuns()).filter((run) => run.record.control !== null);
}

/** A name that no running lab uses: the requested one, or that with the smallest free number appended. */
export async function findFreeName(wanted: string): Promise<string> {
  const taken = new Set((await findLiveRuns()).map((run) => run.record.name));
  if (!taken.has(wanted)) return wanted;
  for (let number = 2;; number++) if (!taken.has(`${wanted}${number}`)) return `${wanted}${number}`;
}

/**
 * The final name of a run: two runs that start at the same moment may both have found it free.
 *
 * By now each can read the record of the other; the one whose directory sorts first keeps the name.
 *
 * @param directory The run's directory.
 * @param name The name it found free.
 */
export async function settleName(directory: string, name: string): Promise<string> {
  const runs = await findLiveRuns();
  const rivals = runs.filter((run) => run.record.name === name).map((run) => run.directory).sort();
  const taken = new Set(runs.map((run) => run.record.name));
  let settled = name;
  for (let rank = rivals.indexOf(directory), number = 2; rank > 0; number++) {
    if (taken.has(`${name}${number}`)) continue;
    settled = `${name}${number}`;
    rank -= 1;
  }
  return settled;
}

/**
 * Finds a lab.
 *
 * @param name Its name; undefined: the only running one.
 * @throws {RangeError} When there is none, or more than one
 */
export async function findLab(name: string | undefined): Promise<FoundRun> {
  const labs = await findLabs();
  const names = labs.map((lab) => lab.record.name).join(", ");
  if (name !== undefined) {
    const found = labs.find((lab) => lab.record.name === name);
    if (found !== undefined) return found;
    throw new RangeError(
      `No lab "${name}" runs${names === "" ? "" : `: there is ${names}`}; start one with: up`,
    );
  }
  const [only, ...more] = labs;
  if (only === undefined) throw new RangeError("No lab is running; start one with: deno task lab up");
  if (more.length > 0) throw new RangeError(`More than one lab is running: ${names}; choose one with --name`);
  return only;
}
