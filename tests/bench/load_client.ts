/**
 * Scrapes a loopback port as fast as possible, in a separate process that can have its own core.
 *
 * Arguments: port, seconds, connections. Prints requests, seconds, its CPU seconds, median and 99th percentile of the
 * response time in milliseconds.
 *
 * @module
 */
import process from "node:process";
import { HttpClient } from "./http_client.ts";
import { quantile } from "./statistics.ts";

/** Results of a run of the load client. */
export interface LoadResult {
  /** Number of responses. */
  readonly requests: number;
  /** Duration. */
  readonly seconds: number;
  /** CPU time of the client itself: near `seconds`, the client limited the rate. */
  readonly clientCpuSeconds: number;
  /** Median response time. */
  readonly medianMs: number;
  /** 99th percentile. */
  readonly p99Ms: number;
}

/**
 * Runs the load client.
 *
 * @param port Loopback port to scrape.
 * @param options How long, on how many connections, and on which core (any, when absent).
 */
export async function runLoad(
  port: number,
  options: { readonly seconds: number; readonly connections: number; readonly cpu?: number },
): Promise<LoadResult> {
  const self = new URL(import.meta.url).pathname;
  const command = [
    ...(options.cpu === undefined ? [] : ["taskset", "--cpu-list", String(options.cpu)]),
    ...[Deno.execPath(), "run", "--quiet", "--allow-net=127.0.0.1", self],
    ...[port, options.seconds, options.connections].map(String),
  ];
  const [program = "", ...args] = command;
  const output = await new Deno.Command(program, { args, stdin: "null" }).output();
  const decoder = new TextDecoder();
  if (!output.success) throw new Error(`The load client failed: ${decoder.decode(output.stderr)}`);
  const numbers = decoder.decode(output.stdout).trim().split(" ").map(Number);
  const [requests = NaN, seconds = NaN, clientCpuSeconds = NaN, medianMs = NaN, p99Ms = NaN] = numbers;
  return { requests, seconds, clientCpuSeconds, medianMs, p99Ms };
}

async function main([port, seconds, connections]: readonly number[]): Promise<void> {
  if (!port || !seconds || !connections) {
    throw new RangeError("Cannot scrape: expected port, seconds and connections");
  }
  const clients = await Promise.all(Array.from({ length: connections }, () => HttpClient.connect(port)));
  const times: number[] = [];
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const end = start + seconds * 1000;
  await Promise.all(clients.map(async (client) => {
    for (let before = performance.now(); before < end;) {
      await client.get();
      const after = performance.now();
      times.push(after - before);
      before = after;
    }
  }));
  const elapsed = (performance.now() - start) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  for (const client of clients) client[Symbol.dispose]();
  const numbers = [
    ...[times.length, elapsed, (cpu.user + cpu.system) / 1e6],
    ...[quantile(times, 0.5), quantile(times, 0.99)],
  ];
  await Deno.stdout.write(new TextEncoder().encode(`${numbers.join(" ")}\n`));
}

if (import.meta.main) await main(Deno.args.map(Number));
