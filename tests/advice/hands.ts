/**
 * What a person does by hand to carry out advice, or to make a fault.
 *
 * @module
 */
import { assertMatch } from "@std/assert";
import { until } from "../live/support.ts";
import type { AdviceBench } from "./bench.ts";

/** A line of advice with the words that a person must carry out without a command. */
export function says({ advice }: { readonly advice: string }, words: RegExp): void {
  assertMatch(advice, words);
}

/** Appends the line that an advice prints for pg_hba.conf above the others. */
export async function addToHba(bench: AdviceBench, name: string, line: string): Promise<void> {
  const path = `${bench.cluster.server(name).dataDir}/pg_hba.conf`;
  await Deno.writeTextFile(path, `${line}\n${await Deno.readTextFile(path)}`);
}

/** Removes lines from it, and reloads. */
export async function removeFromHba(bench: AdviceBench, name: string, matching: RegExp): Promise<void> {
  const server = bench.cluster.server(name);
  const path = `${server.dataDir}/pg_hba.conf`;
  const lines = (await Deno.readTextFile(path)).split("\n");
  // Our own session would be the last one.
  await server.sql("SELECT 1");
  await Deno.writeTextFile(path, lines.filter((line) => !matching.test(line)).join("\n"));
  await server.sql("SELECT pg_reload_conf()");
}

/** Waits until nobody reads a slot. */
export async function slotIsFree(bench: AdviceBench, slot: string): Promise<void> {
  await until(
    `slot ${slot} to be free`,
    async () =>
      await bench.cluster.primary.text(
        `SELECT active FROM pg_replication_slots WHERE slot_name = '${slot}'`,
      ) === "false",
  );
}

/** Writes 40 MB of WAL. */
export const FORTY_MB =
  "INSERT INTO test_data (data) SELECT repeat('x', 1000) FROM generate_series(1, 40000)";
