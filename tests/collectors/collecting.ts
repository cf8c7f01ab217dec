/**
 * Runs a collector on rows of text, and shows what it would publish as the lines of a page.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { CollectContext, Collector } from "../../src/collectors/collector.ts";
import type { CollectorName, FactsByCollector } from "../../src/domain/facts.ts";
import type { Role } from "../../src/domain/role.ts";
import { renderText } from "../../src/exposition/text.ts";
import { gatherFamilies } from "../../src/metrics/gather.ts";
import type { Row } from "../../src/postgres/decode.ts";

/** A statement that a collector sent. */
export interface Asked {
  /** The statement. */
  readonly sql: string;
  /** Its own timeout; undefined when it has none. */
  readonly statementTimeoutSeconds: number | undefined;
}

/** The simulated server. */
export interface Answering {
  /** Version; 18 when not given. */
  readonly versionNum?: number;
  /** Role; the collector's first when not given. */
  readonly role?: Role;
  /** Called with every statement. */
  readonly asked?: Asked[];
}

/** The facts that a collector decodes from rows. */
export async function factsOf<K extends CollectorName>(
  collector: Collector<K>,
  rows: readonly Row[] | Error,
  answering: Answering = {},
): Promise<readonly FactsByCollector[K][]> {
  const context: CollectContext = {
    versionNum: answering.versionNum ?? 180004,
    role: answering.role ?? collector.roles[0] ?? "primary",
    query: (sql, options) => {
      answering.asked?.push({ sql, statementTimeoutSeconds: options?.statementTimeoutSeconds });
      return rows instanceof Error ? Promise.reject(rows) : Promise.resolve(rows);
    },
  };
  return await Array.fromAsync(collector.collect(context));
}

/** The lines of a page with these facts, without HELP and TYPE; fails when the page would leave one out. */
export function linesOf<K extends CollectorName>(
  collector: Collector<K>,
  facts: readonly FactsByCollector[K][],
): readonly string[] {
  const measurements = [...collector.measure(facts, { instance: "a" })];
  for (const { family } of measurements) {
    assertEquals(collector.families.includes(family), true, `${family.name} is not among the families`);
  }
  const { families, rejected } = gatherFamilies(measurements);
  assertEquals(rejected, []);
  return renderText(families).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

/** The lines of a page with these rows. */
export async function linesOfRows<K extends CollectorName>(
  collector: Collector<K>,
  rows: readonly Row[],
  answering: Answering = {},
): Promise<readonly string[]> {
  return linesOf(collector, await factsOf(collector, rows, answering));
}

/** The row with every column NULL except those named. */
export function nullExcept(row: Row, ...columns: readonly string[]): Row {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [column, columns.includes(column) ? value : null]),
  );
}
