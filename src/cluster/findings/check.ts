/**
 * Checks derive findings from the view: each is a pure function, registered in `checks.ts` with the text that explains
 * it, so that findings, their catalogue, alerts and runbooks follow from one definition.
 *
 * An unknown fact raises nothing: that it is unknown (a server unreachable, a privilege missing, a collector failing) is
 * a finding of its own.
 *
 * @module
 */
import type { CollectorName } from "../../domain/facts.ts";
import type { RaisedFinding, Severity } from "../../domain/finding.ts";
import type { StandbyView } from "../../domain/standby.ts";
import type { ClusterStatus, ServerSnapshot, ServerView, View } from "../../domain/view.ts";
import type { Remedy } from "../managers/remedy.ts";
import { placeOfCluster, placeOfStandby, type RowsOf, serversWithRows } from "./view_queries.ts";

/** What a check reports; its name is added when it runs. */
export interface Diagnosis
  extends Omit<RaisedFinding, "check" | "subject">, Partial<Pick<RaisedFinding, "subject">> {
  /** What the advice wants done, for a cluster under a manager; absent when the advice holds there as well. */
  readonly remedy?: Remedy;
  /** How much of it there is, in a unit of the check: orders its findings, the worst first; 0 when absent. */
  readonly extent?: number;
}

/** What a check knows besides the view. */
export interface CheckContext {
  /** Lag from which a standby is a warning, seconds. */
  readonly lagWarningSeconds: number;
  /** Lag from which it is critical, seconds. */
  readonly lagCriticalSeconds: number;
  /** Queries that replay cancelled on each standby within the last ten minutes; absent when unknown. */
  readonly cancelledRecently: ReadonlyMap<string, number>;
}

/** One minute, five minutes, and no cancelled queries. */
export const DEFAULT_CHECK_CONTEXT: CheckContext = {
  lagWarningSeconds: 60,
  lagCriticalSeconds: 300,
  cancelledRecently: new Map(),
};

/** What a condition means and what to do about it; in Markdown, the name of a check in backquotes refers to it. */
export interface Explanation {
  /** What it means and why it matters. */
  readonly meaning: string;
  /** Where to look: queries, metrics, logs. */
  readonly look?: readonly string[];
  /** What to do, in order. */
  readonly steps: readonly string[];
}

/** What a check cannot tell of a cluster. */
export interface Unknown {
  /** Key of the cluster of which it can tell nothing; "" when it is part of one. */
  readonly cluster: string;
  /** The server that leaves it open. */
  readonly server: string;
  /** Why: one sentence. */
  readonly because: string;
}

/** One check. */
export interface Check extends Explanation {
  /** Stable name in snake_case: the `check` label. */
  readonly name: string;
  /** What holds when it finds nothing: one sentence. */
  readonly title: string;
  /** Views, functions and settings it looks at. */
  readonly looksAt: string;
  /** Collectors without whose facts it can find nothing; `[]` when the state of the connections is enough. */
  readonly reads: readonly CollectorName[];
  /** Whether a server hides a value that it looks at, although the row was read; never when absent. */
  readonly isHidden?: (server: ServerSnapshot) => boolean;
  /** Whether it compares servers that have nothing to do with each other: only a view of all servers shows it. */
  readonly comparesAll?: true;
  /** Whether the view has anything for it to check, besides what it reads; always when absent. */
  readonly applies?: (view: View) => boolean;
  /** What it cannot tell although everything that it reads was read: that is never fine; nothing when absent. */
  readonly unknown?: (view: View) => readonly Unknown[];
  /** Severities it may raise, worst first. */
  readonly severities: readonly Severity[];
  /** When it raises which of them, a sentence; absent when there is only one. */
  readonly grades?: string;
  /**
   * Runs the check.
   *
   * @param view Everything known.
   * @param context What else is known.
   * @yields At most one diagnosis for each server and subject.
   */
  find(view: View, context: CheckContext): Iterable<Diagnosis>;
}

/** For checks on standbys: whether there is one, or may be where a server was never reached. */
export function mayHaveStandbys({ standbys, servers }: View): boolean {
  return standbys.length > 0 || servers.some(({ role }) => role === null);
}

/** Looks at one thing that a check is about, with the view and the context; null when all is fine. */
export type Look<T extends readonly unknown[], D = Omit<Diagnosis, "server" | "subject">> = (
  ...args: [...T, view: View, context: CheckContext]
) => D | null;

/** Looks at each standby; what it finds is filed under the standby. */
export function perStandby(look: Look<[standby: StandbyView]>): Check["find"] {
  return function* (view, context) {
    for (const standby of view.standbys) {
      const found = look(standby, view, context);
      if (found !== null) yield { ...placeOfStandby(standby), ...found };
    }
  };
}

/** Looks at each cluster; what it finds is filed under the cluster. */
export function perCluster(look: Look<[cluster: ClusterStatus]>): Check["find"] {
  return function* (view, context) {
    for (const cluster of view.clusters) {
      const found = look(cluster, view, context);
      if (found !== null) yield { ...placeOfCluster(cluster, view), ...found };
    }
  };
}

/** Looks at each server of which the rows of a collector are fresh; what it finds is filed under the server. */
export function perServer<K extends CollectorName>(
  collector: K,
  look: Look<[server: ServerView, rows: RowsOf<K>], Omit<Diagnosis, "server">>,
): Check["find"] {
  return function* (view, context) {
    for (const [server, rows] of serversWithRows(view, collector)) {
      const found = look(server, rows, view, context);
      if (found !== null) yield { server: server.server, ...found };
    }
  };
}

/** The same with the only row of a collector that has one. */
export function perRow<K extends CollectorName>(
  collector: K,
  look: Look<[server: ServerView, row: RowsOf<K>[number]], Omit<Diagnosis, "server">>,
): Check["find"] {
  return perServer(
    collector,
    (server, [row], view, context) => row === undefined ? null : look(server, row, view, context),
  );
}

/**
 * Joins the parts of a finding's evidence.
 *
 * @param parts What is known; `false` and `""` are left out.
 */
export function joinEvidence(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false && part !== "").join("; ");
}

/** The GRANT command at the end of an error; undefined when it names none. */
export function grantIn(message: string): string | undefined {
  return /GRANT .*$/.exec(message)?.[0];
}
