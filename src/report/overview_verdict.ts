import type { ClusterStatus, View } from "../domain/view.ts";
import type { Level, OverviewRow } from "./overview_row.ts";

/** One thing that needs attention. */
export interface Remark {
  /** How much. */
  readonly level: Level;
  /** What it is about: a server or a cluster. */
  readonly subject: string;
  /** What is the matter, as the rest of a sentence that begins with the subject. */
  readonly text: string;
}

/** The whole in one line, with what needs attention, worst first. */
export interface Verdict {
  /** The worst level of all remarks. */
  readonly level: Level;
  /** One line. */
  readonly headline: string;
  /** What needs attention. */
  readonly remarks: readonly Remark[];
}

const LEVELS: readonly Level[] = ["trouble", "warning", "well"];

/**
 * Judges servers and clusters together.
 *
 * @param view The latest view; null before the first collection has ended.
 * @param rows Its servers in words.
 */
export function deriveVerdict(view: View | null, rows: readonly OverviewRow[]): Verdict {
  if (view === null) {
    const text = "has been read yet: the first collection is on its way";
    return {
      level: "warning",
      headline: "Waiting for the first collection",
      remarks: [{ level: "warning", subject: "No server", text }],
    };
  }
  const remarks = [
    ...rows.filter(({ level }) => level !== "well").map(remarkOnServer),
    ...view.clusters.flatMap((status) => [...remarkOnCluster(status)]),
  ].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
  const worst = remarks[0];
  if (worst === undefined) return { level: "well", headline: describeWell(rows.length), remarks };
  const things = remarks.length === 1 ? "1 thing needs" : `${remarks.length} things need`;
  return { level: worst.level, headline: `${things} attention`, remarks };
}

function describeWell(servers: number): string {
  return servers === 1 ? "The server is well" : `All ${servers} servers are well`;
}

function remarkOnServer({ server, level, state, reasons }: OverviewRow): Remark {
  return {
    level,
    subject: server,
    text: `is ${state}${reasons.length > 0 ? ": " : ""}${reasons.join(" · ")}`,
  };
}

function* remarkOnCluster(status: ClusterStatus): Generator<Remark> {
  const { primaries, expectedStandbys, connectedStandbys } = status;
  const subject = status.cluster === "" ? "The cluster" : `Cluster ${status.cluster}`;
  if (primaries.length === 0) {
    yield { level: "trouble", subject, text: "has no primary that could be reached" };
  }
  if (primaries.length > 1) {
    yield { level: "trouble", subject, text: `has ${primaries.length} primaries: ${primaries.join(", ")}` };
  }
  if (connectedStandbys !== null && connectedStandbys < expectedStandbys) {
    const text = `has ${connectedStandbys} of ${expectedStandbys} expected standbys receiving WAL`;
    yield { level: "trouble", subject, text };
  }
}
