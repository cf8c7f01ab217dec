/**
 * Scrapes from memory over loopback: requests per second, p50 and p99, and CPU time per request, against a bare
 * `Deno.serve` that answers the same bytes. Run with `deno run -A tests/bench/web_bench.ts`.
 *
 * Each server runs in a separate process, so that the work of the client is not counted.
 *
 * @module
 */
import { systemClock } from "../../src/domain/clock.ts";
import { renderText } from "../../src/exposition/text.ts";
import type { Family } from "../../src/metrics/family.ts";
import { createApp } from "../../src/web/app.ts";
import { listen } from "../../src/web/listen.ts";

const SERIES = 300;
const PER_FAMILY = 5;
const CONNECTIONS = 8;
const SECONDS = 3;
const ACCEPT = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.6,*/*;q=0.1";
const REQUEST = new TextEncoder().encode(
  `GET /metrics HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Prometheus/3.0\r\nAccept: ${ACCEPT}\r\n` +
    "X-Prometheus-Scrape-Timeout-Seconds: 10\r\n\r\n",
);

/** Families as in a scrape of one primary and two standbys. */
function families(): readonly Family[] {
  return Array.from({ length: SERIES / PER_FAMILY }, (_, family) => ({
    name: `pgrepl_bench_${family}_bytes`,
    type: "gauge",
    help: "Bytes of WAL between two positions, from pg_stat_replication.sent_lsn",
    labels: ["instance", "standby", "stage"],
    samples: Array.from({ length: PER_FAMILY }, (_, index) => ({
      labels: { instance: "primary", standby: `walreceiver-${index}`, stage: "replay" },
      value: family * 8192 + index / 7,
    })),
  }));
}

const SERVERS: Readonly<Record<string, () => number | Promise<number>>> = {
  exporter: async () => {
    const kept = families();
    const app = createApp({
      scraper: {
        scrape: () => Promise.resolve(kept),
        scrapeServer: () => Promise.resolve(kept),
        view: () => null,
      },
      telemetryPath: "/metrics",
      maxRequests: 40,
      clock: systemClock,
      version: "bench",
    });
    const signal = new AbortController().signal;
    const { addresses } = await listen(app, { addresses: [{ hostname: "127.0.0.1", port: 0 }], signal });
    return addresses[0]?.port ?? 0;
  },
  "bare Deno.serve": () => {
    const body = new TextEncoder().encode(renderText(families()));
    const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    return Deno.serve(options, () => new Response(body, { headers })).addr.port;
  },
};

/** One connection's share of the load: the time of each request, in milliseconds. */
async function load(port: number, until: number): Promise<number[]> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  connection.setNoDelay(true);
  const buffer = new Uint8Array(256 * 1024);
  const decoder = new TextDecoder();
  const times: number[] = [];
  let whole = 0;
  while (performance.now() < until) {
    const start = performance.now();
    await connection.write(REQUEST);
    let length = 0;
    do {
      const got = await connection.read(buffer.subarray(length));
      if (got === null) throw new Error("The server ended the connection");
      length += got;
      // All responses have the length of the first one, so only its header is parsed.
      if (whole === 0) {
        const head = decoder.decode(buffer.subarray(0, length)).split("\r\n\r\n")[0] ?? "";
        if (!head.startsWith("HTTP/1.1 200 ")) throw new Error(`Expected 200, got ${head.slice(0, 20)}`);
        whole = head.length + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1]);
      }
    } while (length < whole);
    times.push(performance.now() - start);
  }
  connection.close();
  return times;
}

/** CPU seconds a process has used; NaN where there is no /proc. */
async function cpuSeconds(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11] ?? NaN) + Number(fields[12] ?? NaN)) / 100;
}

async function measure(name: string, connections: number): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", import.meta.filename ?? "", name],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  try {
    const port = Number(new TextDecoder().decode((await reader.read()).value));
    await Promise.all(Array.from({ length: connections }, () => load(port, performance.now() + 1000)));
    const [start, cpu] = [performance.now(), await cpuSeconds(child.pid)];
    const loads = Array.from({ length: connections }, () => load(port, start + SECONDS * 1000));
    const times = (await Promise.all(loads)).flat().sort((a, b) => a - b);
    const seconds = (performance.now() - start) / 1000;
    const used = await cpuSeconds(child.pid) - cpu;
    const at = (part: number) => (times[Math.floor(times.length * part)] ?? NaN).toFixed(3);
    return [
      name.padEnd(16),
      `${connections} connections`.padStart(14),
      `${Math.round(times.length / seconds)} requests/s`.padStart(18),
      `${Math.round(times.length / used)} per CPU second`.padStart(22),
      `p50 ${at(0.5)} ms`,
      `p99 ${at(0.99)} ms`,
    ].join("  ");
  } finally {
    await reader.cancel();
    await child.stdin.close();
    await child.status;
  }
}

if (import.meta.main) {
  const server = SERVERS[Deno.args[0] ?? ""];
  if (server) {
    await Deno.stdout.write(new TextEncoder().encode(`${await server()}\n`));
    await Deno.stdin.readable.pipeTo(new WritableStream());
    Deno.exit(0);
  }
  const lines: string[] = [];
  for (const connections of [1, CONNECTIONS]) {
    for (const name of Object.keys(SERVERS)) lines.push(await measure(name, connections));
  }
  await Deno.stdout.write(new TextEncoder().encode(`${lines.join("\n")}\n`));
}
