/**
 * The background process that owns a lab which `deno task lab up` started: servers, links, write load, records.
 * It gets its options as JSON in its first argument and reports on stdout, one JSON object per line, until the
 * cluster is ready; later output is not read.
 */
import { startCluster } from "./cluster.ts";
import { complain, explain, say, StopSignals } from "./command_line.ts";
import { takeCommands } from "./control.ts";

/** Messages of the keeper during startup. */
export type KeeperMessage =
  | { readonly progress: string }
  | { readonly ready: string }
  | { readonly failed: string };

/** The lab to start. */
export interface KeeperOptions {
  /** Name of the lab. */
  readonly name: string;
  /** Major version. */
  readonly major: number;
  /** Number of standbys. */
  readonly standbys: number;
  /** Whether the last standby follows the first. */
  readonly cascade: boolean;
  /** Rows per second. */
  readonly load: number;
  /** Directory of installed binaries, or null for npm's. */
  readonly binaries: string | null;
  /** `synchronous_standby_names`, or null. */
  readonly synchronous: string | null;
  /** Whether it publishes to a subscriber and a consumer of change data capture. */
  readonly logical: boolean;
}

function isOptions(value: unknown): value is KeeperOptions {
  return typeof value === "object" && value !== null && "name" in value && "major" in value &&
    "standbys" in value && "cascade" in value && "load" in value && "binaries" in value &&
    "synchronous" in value && "logical" in value;
}

async function tell(message: KeeperMessage): Promise<void> {
  await say(JSON.stringify(message));
}

async function keep(text: string): Promise<void> {
  const options: unknown = JSON.parse(text);
  if (!isOptions(options)) throw new TypeError("The keeper needs its options as JSON");
  using stop = new StopSignals();
  await using cluster = await startCluster({
    name: options.name,
    major: options.major,
    standbys: options.standbys,
    cascade: options.cascade,
    load: options.load,
    signal: stop.signal,
    ...(options.binaries === null ? {} : { binaries: options.binaries }),
    ...(options.synchronous === null ? {} : { synchronous: options.synchronous }),
    ...(options.logical ? { logical: {} } : {}),
    onProgress: (progress) => tell({ progress }),
  });
  await using _control = await takeCommands(cluster, { name: options.name, onDown: () => stop.stop() });
  await tell({ ready: cluster.run.directory });
  await stop.wait();
}

if (import.meta.main) {
  try {
    await keep(Deno.args[0] ?? "null");
    Deno.exit(0);
  } catch (error) {
    await tell({ failed: explain(error) });
    await complain(explain(error));
    Deno.exit(1);
  }
}
