/**
 * Records what the exporter says while a fault of the lab happens, for the tests of the rules:
 * `deno run -A tests/rules/record.ts [NAME ...]` writes `recorded/NAME.json`. Eight minutes each, a
 * dozen side by side: half an hour for all.
 *
 * @module
 */
import { type ClusterOptions, startCluster } from "../../compose/lab/cluster.ts";
import { injectFault } from "../../compose/lab/fault_catalogue.ts";
import { systemClock } from "../../src/domain/clock.ts";
import { alertGroups, recordings } from "../../src/report/alerts/catalogue.ts";
import { parseTextPage } from "../exposition/strict_parser.ts";
import { type Cluster, DEBIAN_15, until } from "../live/support.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { familiesOf, formatSeries, packValues, type Recording } from "./recording.ts";

/** Between two scrapes, seconds. */
const INTERVAL_SECONDS = 5;

/** Clusters that two cores carry. */
const AT_ONCE = 12;

/** What happens at which second of a recording. */
interface Act {
  readonly atSeconds: number;
  readonly what: string;
  run(cluster: Cluster): Promise<unknown>;
}

interface Script extends Pick<ClusterOptions, "standbys" | "cascade" | "synchronous" | "binaries"> {
  /** Each fault as for `deno task lab fault`, and when it happens. */
  readonly acts: readonly Act[];
  /** How long it is recorded. */
  readonly seconds?: number;
}

/** An act at a second: a fault of the lab, as on its command line. */
function act(atSeconds: number, ...requests: readonly (readonly string[])[]): Act {
  return {
    atSeconds,
    what: requests.map((request) => request.join(" ")).join("; "),
    run: async (cluster) => {
      for (const request of requests) await injectFault(cluster, request);
    },
  };
}

/** `pg_receivewal` follows the primary until the recording ends. */
async function startReceiveWal({ primary, passwords, run }: Cluster): Promise<void> {
  const directory = await Deno.makeTempDir({ dir: run.directory });
  const login = primary.dsn({ user: "replicator", withoutPassword: true });
  new Deno.Command("timeout", {
    args: [
      `${SHORT_SECONDS - FAULT_AT - 5}`,
      `${DEBIAN_15}/pg_receivewal`,
      "-D",
      directory,
      "-w",
      "-d",
      login,
    ],
    env: { PGPASSWORD: passwords.replicator },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn().unref();
  await until(
    "pg_receivewal to stream",
    async () =>
      await primary.text("SELECT 1 FROM pg_stat_replication WHERE application_name = 'pg_receivewal'") !==
        null,
  );
}

/** When the fault happens: half a minute without one comes first. */
const FAULT_AT = 30;
/** Until then every alert that a fault raises has fired: the slowest lasts six minutes. */
const USUAL_SECONDS = 480;
/** For what raises nothing. */
const SHORT_SECONDS = 240;

/** Every recording, by the name of its fault in `compose/build/fault_alerts.ts`. */
const SCRIPTS: Readonly<Record<string, Script>> = {
  nothing: { acts: [], seconds: SHORT_SECONDS },
  cut: { acts: [act(FAULT_AT, ["cut", "standby"])] },
  cut_and_healed: {
    acts: [act(FAULT_AT, ["cut", "standby"]), act(150, ["heal", "standby"])],
    seconds: SHORT_SECONDS,
  },
  cut_and_restarted: { acts: [act(FAULT_AT, ["cut", "standby"], ["restart", "standby"])] },
  stall: { acts: [act(FAULT_AT, ["stall", "standby"])] },
  refuse: { acts: [act(FAULT_AT, ["refuse", "standby"])], seconds: SHORT_SECONDS },
  freeze_standby: { acts: [act(FAULT_AT, ["freeze", "standby"])] },
  freeze_primary: { acts: [act(FAULT_AT, ["freeze", "primary"])] },
  freeze_receiver: { acts: [act(FAULT_AT, ["freeze-receiver", "standby"])] },
  kill_standby: { acts: [act(FAULT_AT, ["kill", "standby"])] },
  stop_standby: { acts: [act(FAULT_AT, ["stop", "standby"])] },
  kill_primary: { acts: [act(FAULT_AT, ["kill", "primary"])] },
  kill_all: { acts: [act(FAULT_AT, ["kill", "primary"], ["kill", "standby"])] },
  restart: {
    acts: [act(FAULT_AT, ["restart", "standby"]), act(90, ["restart", "primary"])],
    seconds: SHORT_SECONDS,
  },
  failover: { acts: [act(FAULT_AT, ["kill", "primary"]), act(FAULT_AT + 20, ["promote", "standby"])] },
  split_brain: { acts: [act(FAULT_AT, ["promote", "standby"])] },
  stranded: {
    acts: [act(FAULT_AT, ["promote", "standby"]), act(FAULT_AT + 30, ["stop", "primary"])],
  },
  pause: { acts: [act(FAULT_AT, ["pause-replay", "standby"])] },
  pause_above: { standbys: 2, cascade: true, acts: [act(FAULT_AT, ["pause-replay", "standby"])] },
  delay: { acts: [act(FAULT_AT, ["delay-apply", "standby", "90"])] },
  conflict: { acts: [act(FAULT_AT, ["conflict", "standby"])] },
  receivewal: {
    binaries: DEBIAN_15,
    acts: [{ atSeconds: FAULT_AT, what: "pg_receivewal connects", run: startReceiveWal }],
    seconds: SHORT_SECONDS,
  },
  repoint: {
    standbys: 2,
    acts: [act(FAULT_AT, ["repoint", "standby2", "standby"])],
    seconds: SHORT_SECONDS,
  },
  kill_above: { standbys: 2, cascade: true, acts: [act(FAULT_AT, ["kill", "standby"])] },
  drop_slot: { acts: [act(FAULT_AT, ["drop-slot", "standby"])] },
  lose_slot: { acts: [act(FAULT_AT, ["lose-slot", "standby"])] },
  exhaust: { acts: [act(FAULT_AT, ["exhaust", "primary"])] },
  end_sessions: {
    acts: [act(FAULT_AT, ["end-sessions", "primary"], ["load", "0"])],
    seconds: SHORT_SECONDS,
  },
  change_password: {
    acts: [
      act(FAULT_AT, ["change-password"]),
      act(FAULT_AT + 3, ["end-sessions", "primary"], ["end-sessions", "standby"]),
    ],
  },
  cut_synchronous: {
    standbys: 2,
    synchronous: "ANY 2 (standby, standby2)",
    acts: [act(FAULT_AT, ["cut", "standby"])],
  },
  freeze_synchronous: { synchronous: "standby", acts: [act(FAULT_AT, ["freeze", "standby"])] },
  cut_synchronous_idle: {
    synchronous: "standby",
    acts: [act(FAULT_AT - 10, ["load", "0"]), act(FAULT_AT, ["cut", "standby"])],
  },
};

function tell(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function record(name: string, script: Script): Promise<Recording> {
  const { acts: planned, seconds = USUAL_SECONDS, ...options } = script;
  await using cluster = await startCluster({
    standbys: 1,
    ...options,
    load: 5,
    settings: { fsync: "on" },
  });
  const args = cluster.servers.map((server) => `--server=${server.name}=${server.dsn()}`);
  await using exporter = await ServeProcess.start(FROM_SOURCE, { args });
  const wanted = familiesOf([...alertGroups.flatMap(({ alerts }) => alerts), ...recordings]);
  const series = new Map<string, (number | null)[]>();
  const steps = seconds / INTERVAL_SECONDS;
  const startedAt = systemClock.monotonic();
  const signal = AbortSignal.timeout((seconds + 120) * 1000);
  const acts = planned.map(async ({ atSeconds, what, run }) => {
    await systemClock.sleep(startedAt + atSeconds - systemClock.monotonic(), signal);
    await run(cluster);
    tell(`${name}: ${what}`);
  });
  for (let step = 0; step <= steps; step++) {
    const due = startedAt + step * INTERVAL_SECONDS;
    await systemClock.sleep(Math.max(0, due - systemClock.monotonic()), signal);
    for (const family of parseTextPage(await exporter.scrape())) {
      for (const sample of family.samples) {
        if (!wanted.has(sample.name)) continue;
        const key = formatSeries(sample.name, Object.fromEntries(sample.labels));
        let values = series.get(key);
        if (values === undefined) series.set(key, values = Array.from({ length: step }, () => null));
        values.push(sample.value);
      }
    }
    for (const values of series.values()) if (values.length <= step) values.push(null);
  }
  await Promise.all(acts);
  return {
    intervalSeconds: INTERVAL_SECONDS,
    acts: planned.map(({ atSeconds, what }) => ({ atSeconds, what })),
    series: Object.fromEntries(
      [...series].sort(([a], [b]) => a < b ? -1 : 1).map(([key, values]) => [key, packValues(values)]),
    ),
  };
}

if (import.meta.main) {
  const names = Deno.args.length > 0 ? Deno.args : Object.keys(SCRIPTS);
  for (let from = 0; from < names.length; from += AT_ONCE) {
    await Promise.all(
      names.slice(from, from + AT_ONCE).map(async (name) => {
        const script = SCRIPTS[name];
        if (script === undefined) {
          throw new Error(`No recording "${name}": ${Object.keys(SCRIPTS).join(", ")}`);
        }
        const recording = await record(name, script);
        const path = new URL(`recorded/${name}.json`, import.meta.url);
        await Deno.writeTextFile(path, `${JSON.stringify(recording, null, 2)}\n`);
        tell(`${name}: written`);
      }),
    );
  }
}
