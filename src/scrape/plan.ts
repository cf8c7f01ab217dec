/**
 * Which collectors run on a server, and why the others do not.
 *
 * @module
 */
import { type Collector, statementFor } from "../collectors/collector.ts";
import type { ServerFact } from "../domain/facts.ts";
import { majorOf } from "../domain/pg_version.ts";
import { quoteName } from "../domain/sql_text.ts";
import type { CollectorRun } from "../domain/view.ts";

/** What is known of the server when a collection is planned. */
export interface PlanInput {
  /** `server_version_num`. */
  readonly versionNum: number;
  /** Row of its `server` collector; null on a new session, when only that collector is planned. */
  readonly known: ServerFact | null;
  /** Role that the exporter logs in as. */
  readonly user: string;
}

/** A plan. */
export interface Plan {
  /** Collectors to run, in order. */
  readonly planned: readonly Collector[];
  /** Those that do not apply, with the reason. */
  readonly skipped: readonly CollectorRun[];
}

/**
 * Plans a collection.
 *
 * @param collectors Enabled collectors.
 * @param input What is known.
 */
export function planCollectors(collectors: readonly Collector[], input: PlanInput): Plan {
  const { known } = input;
  if (known === null) return { planned: collectors.filter(({ name }) => name === "server"), skipped: [] };
  const planned: Collector[] = [];
  const skipped: CollectorRun[] = [];
  for (const collector of collectors) {
    const reason = reasonToSkip(collector, { ...input, known });
    if (reason === null) planned.push(collector);
    else skipped.push({ collector: collector.name, outcome: "skipped", reason, durationSeconds: 0 });
  }
  return { planned, skipped };
}

function reasonToSkip(
  collector: Collector,
  { versionNum, known, user }: PlanInput & { readonly known: ServerFact },
): string | null {
  const role = known.inRecovery ? "standby" : "primary";
  if (!collector.roles.includes(role)) return `Does not apply to a ${role}`;
  if (statementFor(collector.statements, versionNum) === null) {
    return `Does not exist in PostgreSQL ${majorOf(versionNum)}`;
  }
  const hasRight = collector.right === "pg_monitor" ? known.canReadWalDirectory : known.canReadStatistics;
  if (collector.right !== undefined && !hasRight) {
    // One role has all rights that are needed, so one GRANT fixes everything.
    return `Role "${user}" may not read all statistics; run: GRANT pg_monitor TO ${quoteName(user)}`;
  }
  return null;
}
