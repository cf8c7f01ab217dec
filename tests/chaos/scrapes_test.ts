import { assert, assertEquals, assertLess } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { until } from "../../compose/lab/until.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { now, type Span } from "../truth/markers.ts";
import { Pace, type Probe } from "../truth/pace.ts";
import { testOnMajors } from "./majors.ts";

const SCRAPES = 1000;
/** As many concurrent scrapes as a few Prometheus servers would send. */
const AT_A_TIME = 5;
/** From one batch to the next, seconds: so that the faults outlast deadlines and waits between attempts. */
const BATCH_SECONDS = 0.075;
/** The scrape timeout in the request, seconds. */
const BUDGET_SECONDS = 1;
/** Maximum age of a collection in a scrape (`--collect.max-age`), and its maximum duration, seconds. */
const FRESH_SECONDS = 1 + 1;
const RECOVERY_SECONDS = 15;
/**
 * V8 grows its heap in steps and returns memory late: after 7,000 such scrapes it was 64 MiB larger and stayed there. A
 * leak of 100 kB per scrape would exceed that in 1,000 scrapes.
 */
const GROWTH_BYTES = 80 * 2 ** 20;
/** A scrape of an exporter without faults takes less than this on a machine that keeps up, seconds. */
const USUAL_SECONDS = 0.05;
/** After a loss of this much time, an exporter gives up a server that responds, seconds. */
const HOPELESS_SECONDS = 1;
const OURS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pg-replication-exporter'";

interface Answer {
  readonly status: number;
  readonly during: Span;
  readonly text: string;
}

async function scrape(url: string): Promise<Answer> {
  const startedAt = now();
  const response = await fetch(`${url}/metrics`, {
    headers: { "x-prometheus-scrape-timeout-seconds": String(BUDGET_SECONDS) },
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  return { status: response.status, during: { from: startedAt, to: now() }, text };
}

/** Scrapes an exporter without faults: its delays are those of the machine. */
function probeOf(exporter: ServeProcess): Probe {
  return {
    ask: () => scrape(exporter.url).then(() => true, () => false),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** The value of a family of one server; NaN when there is no such sample. */
function valueIn(text: string, family: string, instance: string): number {
  return Number(new RegExp(`^${family}\\{instance="${instance}"\\} (\\S+)$`, "m").exec(text)?.[1]);
}

async function scrapeMany(url: string, count: number): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (let next = now(); answers.length < count; next += BATCH_SECONDS) {
    const wait = next - now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    answers.push(...await Promise.all(Array.from({ length: AT_A_TIME }, () => scrape(url))));
  }
  return answers;
}

testOnMajors(
  `${SCRAPES} scrapes with a server frozen, one black-holed and one refusing`,
  async (t, major) => {
    await using cluster = await startCluster({ major, standbys: 4 });
    const { faults } = cluster;
    const [well, frozen, blackHoled, refusing] = cluster.standbys;
    assert(well !== undefined && frozen !== undefined && blackHoled !== undefined && refusing !== undefined);
    const [hole, refusal] = [cluster.proxyTo(blackHoled), cluster.proxyTo(refusing)];
    const ports = new Map([[blackHoled, hole.port], [refusing, refusal.port]]);
    const args = cluster.servers.map((server) => {
      const port = ports.get(server) ?? server.port;
      return `--server=${server.name}=${server.dsn({ port })}`;
    });
    await using exporter = await ServeProcess.start(FROM_SOURCE, { args });
    const untroubled = [cluster.primary, well];
    await using control = await ServeProcess.start(FROM_SOURCE, {
      args: [
        ...untroubled.map((server) => `--server=${server.name}=${server.dsn()}`),
        "--management.socket=none",
      ],
    });
    await using pace = new Pace(probeOf(control), { usualSeconds: USUAL_SECONDS });
    const up = async () => {
      const { text } = await scrape(exporter.url);
      return cluster.servers.filter(({ name }) => valueIn(text, "pgrepl_up", name) === 1).length;
    };
    await until("all servers to be up", async () => await up() === cluster.servers.length);
    await scrapeMany(exporter.url, 300);
    const before = { bytes: await exporter.residentBytes(), files: await exporter.openFiles() };

    await t.step("every scrape is answered within its budget, and the other servers stay fresh", async () => {
      await faults.freeze(frozen);
      hole.stall();
      refusal.refuse();
      refusal.reset();
      try {
        const answers = await scrapeMany(exporter.url, SCRAPES);
        assertEquals(answers.filter(({ status }) => status === 200).length, SCRAPES);
        for (const { text, during } of answers) {
          const delay = pace.delayAround(during, 1);
          const lost = Math.max(delay, pace.lostIn(during));
          assertLess(during.to - during.from, BUDGET_SECONDS + lost, `the machine took ${lost} s`);
          for (const { name } of untroubled) {
            const isUp = valueIn(text, "pgrepl_up", name) === 1;
            assert(isUp || delay > HOPELESS_SECONDS, `${name} is up; the machine took ${delay} s`);
            const age = valueIn(text, "pgrepl_collection_age_seconds", name);
            assertLess(age, FRESH_SECONDS + delay, `${name}; the machine took ${delay} s`);
          }
        }
        const last = answers.at(-1)?.text ?? "";
        for (const { name } of [frozen, blackHoled, refusing]) {
          assertEquals(valueIn(last, "pgrepl_up", name), 0, name);
        }
      } finally {
        await faults.thaw(frozen);
        hole.heal();
        refusal.heal();
      }
    });

    await t.step(`everything is healthy again within ${RECOVERY_SECONDS} s`, async () => {
      const healedAt = now();
      await until("all servers to be up", async () => await up() === cluster.servers.length, { seconds: 60 });
      assertLess(pace.fairIn({ from: healedAt, to: now() }), RECOVERY_SECONDS);
      await until("all lags to be 0", async () => {
        const { text } = await scrape(exporter.url);
        return cluster.standbys.every(({ name }) => valueIn(text, "pgrepl_standby_lag_seconds", name) === 0);
      });
    });

    await t.step("no connection, file or memory is left behind", async () => {
      await until("one connection to each server", async () => {
        const counts = await Promise.all(cluster.servers.map((server) => server.text(OURS)));
        // The exporter without faults has its own connection.
        return cluster.servers.every((server, index) =>
          counts[index] === (untroubled.includes(server) ? "2" : "1")
        );
      }, { seconds: 60 });
      // The kept connections of the scraper come and go.
      assertLess(await exporter.openFiles(), before.files + AT_A_TIME + 1);
      const grown = await exporter.residentBytes() - before.bytes;
      assertLess(grown, GROWTH_BYTES, `resident memory grew by ${(grown / 2 ** 20).toFixed(1)} MiB`);
      // A leftover timer or socket would keep it from exiting.
      const toldAt = now();
      const { code } = await exporter.stop();
      assertEquals(code, 0);
      assertLess(pace.fairIn({ from: toldAt, to: now() }), 3);
    });
  },
);
