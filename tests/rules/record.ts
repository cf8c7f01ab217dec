/**
 * Records what the exporter says while a fault of the lab happens, for the tests of the rules:
 * `deno run -A tests/rules/record.ts [NAME ...]` writes `recorded/NAME.json`. About five minutes each; they run side by side.
 *
 * @module
 */
import { startCluster } from "../../compose/lab/cluster.ts";
import { systemClock } from "../../src/domain/clock.ts";
import { alertGroups, recordings } from "../../src/report/alerts/catalogue.ts";
import { parseTextPage } from "../exposition/strict_parser.ts";
import type { Cluster } from "../live/support.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { familiesOf, formatSeries, packValues, type Recording } from "./recording.ts";

/** Between two scrapes, seconds. */
const INTERVAL_SECONDS = 5;

/** What happens at which second of a recording. */
interface Act {
  readonly atSeconds: number;
  readonly what: string;
  run(cluster: Cluster): Promise<unknown>;
}

interface Script {
  readonly settings?: Readonly<Record<string, string>>;
  readonly acts: readonly Act[];
  readonly seconds: number;
}

const at = (atSeconds: number, what: string, run: Act["run"]): Act => ({ atSeconds, what, run });
const standby = (cluster: Cluster) => cluster.server("standby");

/** Every recording: a minute without a fault, then the fault, then its end. */
const SCRIPTS: Readonly<Record<string, Script>> = {
  peace: { acts: [], seconds: 240 },
  cut: {
    acts: [
      at(60, "the link of the standby is cut", (cluster) => cluster.faults.cutLink(standby(cluster))),
      at(210, "the link is healed", (cluster) => cluster.faults.healLink(standby(cluster))),
    ],
    seconds: 300,
  },
  freeze: {
    acts: [
      at(
        60,
        "the receiver of the standby is frozen",
        (cluster) => cluster.faults.freezeReceiver(standby(cluster)),
      ),
      at(180, "the standby is thawed", (cluster) => cluster.faults.thaw(standby(cluster))),
    ],
    seconds: 270,
  },
  pause: {
    acts: [
      at(60, "replay is paused", (cluster) => cluster.faults.pauseReplay(standby(cluster))),
      at(405, "replay is resumed", (cluster) => cluster.faults.resumeReplay(standby(cluster))),
    ],
    seconds: 480,
  },
  promote: {
    acts: [
      at(60, "the primary is stopped", (cluster) => cluster.faults.stop(cluster.primary)),
      at(120, "the standby is promoted", (cluster) => cluster.faults.promote(standby(cluster))),
    ],
    seconds: 240,
  },
  lost_slot: {
    acts: [at(60, "the slot is lost", (cluster) => cluster.faults.loseSlot(standby(cluster)))],
    seconds: 200,
  },
  split_brain: {
    acts: [
      at(
        60,
        "the standby is promoted beside its primary",
        (cluster) => cluster.faults.promote(standby(cluster)),
      ),
      at(150, "the old primary is stopped", (cluster) => cluster.faults.stop(cluster.primary)),
    ],
    seconds: 210,
  },
};

function tell(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function record(name: string, script: Script): Promise<Recording> {
  await using cluster = await startCluster({
    standbys: 1,
    load: 5,
    settings: { fsync: "on", ...script.settings },
  });
  const args = cluster.servers.map((server) => `--server=${server.name}=${server.dsn()}`);
  await using exporter = await ServeProcess.start(FROM_SOURCE, { args });
  const wanted = familiesOf([...alertGroups.flatMap(({ alerts }) => alerts), ...recordings]);
  const series = new Map<string, (number | null)[]>();
  const steps = script.seconds / INTERVAL_SECONDS;
  const startedAt = systemClock.monotonic();
  const signal = AbortSignal.timeout((script.seconds + 120) * 1000);
  const acts = script.acts.map(async ({ atSeconds, what, run }) => {
    await systemClock.sleep(startedAt + atSeconds - systemClock.monotonic(), signal);
    await run(cluster);
    tell(`${name}: ${what}`);
  });
  for (let step = 0; step <= steps; step++) {
    const due = startedAt + step * INTERVAL_SECONDS;
    await systemClock.sleep(Math.max(0, due - systemClock.monotonic()), signal);
    for (const family of parseTextPage(await exporter.scrape())) {
      if (!wanted.has(family.name)) continue;
      for (const sample of family.samples) {
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
    acts: script.acts.map(({ atSeconds, what }) => ({ atSeconds, what })),
    series: Object.fromEntries(
      [...series].sort(([a], [b]) => a < b ? -1 : 1).map(([key, values]) => [key, packValues(values)]),
    ),
  };
}

if (import.meta.main) {
  const names = Deno.args.length > 0 ? Deno.args : Object.keys(SCRIPTS);
  await Promise.all(names.map(async (name) => {
    const script = SCRIPTS[name];
    if (script === undefined) throw new Error(`No recording "${name}": ${Object.keys(SCRIPTS).join(", ")}`);
    const recording = await record(name, script);
    const path = new URL(`recorded/${name}.json`, import.meta.url);
    await Deno.writeTextFile(path, `${JSON.stringify(recording, null, 2)}\n`);
    tell(`${name}: written`);
  }));
}
