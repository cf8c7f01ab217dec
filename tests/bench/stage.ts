/** The environment of benchmarks: a cluster, our exporter, the other exporter. */
import { compile, NoDenortError } from "../../compose/build/compile.ts";
import { runtimeFlags } from "../../compose/build/runtime_flags.ts";
import { startCluster } from "../../compose/lab/cluster.ts";
import type { Proxy } from "../../compose/lab/proxy.ts";
import type { Cluster } from "../../compose/lab/topology.ts";
import { findProgram } from "../exposition/programs.ts";
import { DEBIAN_15, isInstalled } from "../live/support.ts";
import { ChildServer } from "./child_server.ts";
import { FLOOR_SOURCE, FloorProcess } from "./floor_process.ts";

/** Root of the repository, ends with `/`. */
const ROOT = new URL("../../", import.meta.url).pathname;

/** The exporter from source, with the permissions of the task `start`. */
export const FROM_SOURCE: readonly string[] = [
  Deno.execPath(),
  "run",
  "--quiet",
  ...runtimeFlags(),
  `${ROOT}main.ts`,
];

/** The other exporter. */
export const RIVAL = "prometheus-postgres-exporter";

/** Every scrape collects; nothing else does, except for one sample of the lag clock a minute. */
export const ON_DEMAND: readonly string[] = [
  "--collect.max-age=0s",
  "--collect.interval=1h",
  "--lag.sample-interval=1m",
];

/** How to start our exporter. */
export interface ExporterOptions {
  /** Additional flags. */
  readonly flags?: readonly string[];
  /** Connect to the servers through these, in the order of the cluster's servers. */
  readonly proxies?: readonly Proxy[];
  /** Watch only the primary. */
  readonly primaryOnly?: boolean;
  /** Core to run on. */
  readonly cpu?: number;
  /** Path of a compiled binary to run instead of the sources. */
  readonly binary?: string;
  /** Send no request before it is returned: it accepts connections, but knows nothing yet. */
  readonly isUntouched?: boolean;
}

/** Compiled executables of the present sources. */
export interface Executables {
  /** The exporter. */
  readonly exporter: string;
  /** The floor. */
  readonly floor: string;
}

/** Timeout for the download of `denort`. */
const DOWNLOAD_MS = 30_000;

/** The stage of one run; disposing it removes the cluster. */
export class Stage implements AsyncDisposable {
  /** One primary, two standbys. */
  readonly cluster: Cluster;
  /** Fewer repetitions. */
  readonly isQuick: boolean;
  /** Ends the run early. */
  readonly signal: AbortSignal;
  /** Why the other exporter cannot be measured; null when it can. */
  readonly withoutRival: string | null;
  /** Why PostgreSQL's statistics of execution time are missing; null when they are available. */
  readonly withoutStatements: string | null;
  /** Whether processes can be bound to a core. */
  readonly canPin: boolean;
  /** Called with each step. */
  readonly progress: (message: string) => void;

  readonly #directory: string;
  #executables: Promise<Executables | string> | null = null;

  private constructor(
    fields: Omit<
      Stage,
      "startExporter" | "startRival" | "startFloor" | "executables" | typeof Symbol.asyncDispose
    >,
    directory: string,
  ) {
    this.#directory = directory;
    this.cluster = fields.cluster;
    this.isQuick = fields.isQuick;
    this.signal = fields.signal;
    this.withoutRival = fields.withoutRival;
    this.withoutStatements = fields.withoutStatements;
    this.canPin = fields.canPin;
    this.progress = fields.progress;
  }

  /** Starts the cluster. */
  static async start(
    options: Pick<Stage, "isQuick" | "signal" | "progress">,
  ): Promise<Stage> {
    const withoutStatements = isInstalled(DEBIAN_15)
      ? null
      : `needs pg_stat_statements: Debian's postgresql-15 is not in ${DEBIAN_15}`;
    const cluster = await startCluster({
      name: "bench",
      standbys: 2,
      major: 15,
      signal: options.signal,
      onProgress: options.progress,
      ...(withoutStatements === null
        ? {
          binaries: DEBIAN_15,
          settings: {
            "shared_preload_libraries": "pg_stat_statements",
            "pg_stat_statements.track_planning": "on",
          },
        }
        : {}),
    });
    try {
      await cluster.primary.sql(
        `CREATE ROLE rival LOGIN PASSWORD '${rivalPassword(cluster)}' IN ROLE pg_monitor`,
      );
      if (withoutStatements === null) await cluster.primary.sql("CREATE EXTENSION pg_stat_statements");
      await cluster.untilCaughtUp();
      return new Stage({
        ...options,
        cluster,
        withoutStatements,
        withoutRival: await findProgram(RIVAL) === null ? `${RIVAL} is not installed` : null,
        canPin: navigator.hardwareConcurrency > 1 && await findProgram("taskset") !== null,
      }, await Deno.makeTempDir({ prefix: "pgrepl-bench-" }));
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts our exporter; the first scrape has shown every server up. */
  async startExporter(options: ExporterOptions = {}): Promise<ChildServer> {
    this.signal.throwIfAborted();
    const servers = options.primaryOnly ? [this.cluster.primary] : this.cluster.servers;
    const targets = servers.map((server, index) => {
      const port = options.proxies?.[index]?.port ?? server.port;
      return `--server=${server.name}=${server.dsn({ port, withoutPassword: true })}`;
    });
    return await ChildServer.start({
      command: (address) => [
        ...(options.binary === undefined ? FROM_SOURCE : [options.binary]),
        ...["serve", `--web.listen-address=${address}`, ...targets, ...options.flags ?? []],
      ],
      env: { POSTGRES_PASSWORD: this.cluster.passwords.monitor },
      isReady: options.isUntouched
        ? null
        : (text) => [...text.matchAll(/^pgrepl_up\{.*\} 1$/gm)].length === servers.length,
      ...(options.cpu === undefined ? {} : { cpu: options.cpu }),
    });
  }

  /** Starts the other exporter, which watches only the primary, with a separate role. */
  async startRival(proxy?: Proxy): Promise<ChildServer> {
    this.signal.throwIfAborted();
    const { primary } = this.cluster;
    const login = `rival:${rivalPassword(this.cluster)}`;
    const port = proxy?.port ?? primary.port;
    return await ChildServer.start({
      command: (address) => [RIVAL, `--web.listen-address=${address}`, "--log.level=error"],
      env: { DATA_SOURCE_NAME: `postgresql://${login}@127.0.0.1:${port}/postgres?sslmode=disable` },
      isReady: (text) => /^pg_up 1$/m.test(text),
    });
  }

  /**
   * Starts the floor, which asks the same servers as the exporter with the same role.
   *
   * @param binary Its compiled binary; from source when absent.
   */
  async startFloor(binary?: string): Promise<FloorProcess> {
    this.signal.throwIfAborted();
    const command = binary === undefined ? [Deno.execPath(), "run", "--quiet", "-A", FLOOR_SOURCE] : [binary];
    return await FloorProcess.start([...command, ...this.cluster.servers.map(({ port }) => String(port))], {
      PGUSER: new URL(this.cluster.primary.dsn()).username,
      PGPASSWORD: this.cluster.passwords.monitor,
    });
  }

  /** Compiles exporter and floor, once; the reason when that is not possible. */
  executables(): Promise<Executables | string> {
    return this.#executables ??= compileBoth(this.#directory);
  }

  /** Stops the cluster and removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#directory, { recursive: true });
    await this.cluster[Symbol.asyncDispose]();
  }
}

async function compileBoth(directory: string): Promise<Executables | string> {
  const made = { exporter: `${directory}/pg-replication-exporter`, floor: `${directory}/floor` };
  try {
    await compile({ output: made.exporter, signal: AbortSignal.timeout(DOWNLOAD_MS) });
    await compile({
      output: made.floor,
      entry: FLOOR_SOURCE.slice(ROOT.length),
      signal: AbortSignal.timeout(DOWNLOAD_MS),
    });
    // Until they are on the disk, their pages count as memory of the process that runs them.
    for (const path of Object.values(made)) {
      using file = await Deno.open(path);
      await file.sync();
    }
    return made;
  } catch (error) {
    if (!(error instanceof NoDenortError)) throw error;
    return "no denort: set DENORT_BIN and DENORT_DENO";
  }
}

/** Random, like all passwords of the lab. */
function rivalPassword(cluster: Cluster): string {
  return cluster.passwords.plain;
}
