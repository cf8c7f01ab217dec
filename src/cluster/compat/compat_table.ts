/**
 * How the families of another exporter are described: name, type and HELP as that exporter writes them, values from the
 * view and the facts.
 *
 * @module
 */
import type { CollectorName, FactsByCollector, ServerFact } from "../../domain/facts.ts";
import { furthestLsn, type Lsn } from "../../domain/lsn.ts";
import type { ServerView } from "../../domain/view.ts";
import { subscribes } from "../topology/identity.ts";
import {
  defineFamily,
  type FamilyDefinition,
  measure,
  type MeasuredValue,
  type Measurement,
} from "../../metrics/family.ts";

/** Families of another exporter that are measured of one server. */
export interface CompatTable {
  /** Their definitions. */
  readonly families: readonly FamilyDefinition[];
  /** Measures them. */
  measure(server: ServerView): Generator<Measurement>;
}

/** A family of another exporter: type and HELP as it writes them, and the value of a row, null when unknown. */
export type CompatFamily<Row> = readonly [
  type: "gauge" | "counter" | "untyped",
  help: string,
  value: (row: Row, server: ServerView) => MeasuredValue,
];

/** Families with the same rows and labels. */
export interface CompatGroup<Row> {
  /** The rows of a server; none when it is down, unless what is still known of it is published. */
  readonly rows: (server: ServerView) => readonly Row[];
  /** Labels after `instance` and `cluster`, by name. */
  readonly labels: Readonly<Record<string, (row: Row, server: ServerView) => string>>;
  /** Families by full name. */
  readonly families: Readonly<Record<string, CompatFamily<Row>>>;
}

/**
 * Defines families of another exporter.
 *
 * A counter of theirs whose name does not end in `_total` is one in text format 0.0.4 only; OpenMetrics would rename it, so
 * there its type is unknown.
 *
 * @param group Their rows, labels and values.
 */
export function defineCompat<Row>({ rows, labels, families }: CompatGroup<Row>): CompatTable {
  const names = Object.keys(labels);
  const columns = Object.entries(families).map(([name, [type, help, value]]) => ({
    value,
    family: {
      ...defineFamily(name, { help, labels: names, type: type === "gauge" ? "gauge" : "unknown" }),
      ...type === "counter" ? { textType: type } : {},
    },
  }));
  return {
    families: columns.map(({ family }) => family),
    *measure(server) {
      for (const row of rows(server)) {
        const values: Record<string, string> = { instance: server.server, cluster: server.cluster };
        for (const name of names) values[name] = labels[name]?.(row, server) ?? "";
        for (const { family, value } of columns) yield* measure(family, values, value(row, server));
      }
    },
  };
}

/** The server alone as its row, also when it is down. */
export function itself(server: ServerView): readonly ServerView[] {
  return [server];
}

/** What a collector read of a server that is up. */
export function rowsOf<Name extends CollectorName>(
  name: Name,
): (server: ServerView) => readonly FactsByCollector[Name][] {
  return ({ up, facts }) => {
    const rows: readonly FactsByCollector[Name][] | undefined = facts[name];
    return up ? rows ?? [] : [];
  };
}

/** What a server that is up reports of itself. */
export function reportOf({ up, facts }: ServerView): ServerFact | undefined {
  return up ? facts.server?.[0] : undefined;
}

/** Lag of the server itself: true on a standby, 0 on a primary that is up, null when unknown, as that of a subscriber is. */
export function lagOfServer(server: ServerView): number | null {
  const { lag, up, role } = server;
  if (lag !== null) return lag.seconds;
  return up && role === "primary" && subscribes(server) === false ? 0 : null;
}

/** The moment that was `ageSeconds` ago, Unix time by the server's clock. */
export function momentOf(server: ServerView, ageSeconds: number | null): number | null {
  const clock = reportOf(server)?.clockUnixSeconds;
  return clock === undefined || ageSeconds === null ? null : clock - ageSeconds;
}

/** The WAL position that a server has: written by a primary, the further of received and replayed on a standby. */
export function positionOf(server: ServerView): Lsn | null {
  const report = reportOf(server);
  if (report === undefined) return null;
  return report.inRecovery
    ? furthestLsn(report.receivePosition, report.replayPosition)
    : report.writePosition;
}

/** Seconds since the upstream sent its last message. */
export function sinceSent(
  fact: { readonly lastMessageAgeSeconds: number | null; readonly lastMessageLatencySeconds: number | null },
): number | null {
  const { lastMessageAgeSeconds: age, lastMessageLatencySeconds: latency } = fact;
  return age === null || latency === null ? null : age + latency;
}
