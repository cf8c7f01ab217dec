/**
 * Which collectors run on a server in a collection, and why the others are skipped.
 *
 * @module
 */
import { type Collector, type Right, statementFor } from "../collectors/collector.ts";
import type { ServerFact } from "../domain/facts.ts";
import { majorOf } from "../domain/pg_version.ts";
import { quoteName } from "../domain/sql_text.ts";
import type { CollectorRun } from "../domain/view.ts";

/** What a plan depends on. */
export interface PlanInput {
  /** `server_version_num`. */
  readonly versionNum: number;
  /** The `server` fact; null on a new session, when only the `server` collector is planned. */
  readonly known: ServerFact | null;
  /** Role of the session. */
  readonly user: string;
}

/** A plan. */
export interface Plan {
  /** Collectors to run, in order. */
  readonly planned: readonly Collector[];
  /** Collectors to skip, with the reason. */
  readonly skipped: readonly CollectorRun[];
}

/** Plans a collection with the enabled collectors. */
export function planCollectors(collectors: readonly Collector[], input: PlanInput): Plan {
  const { known } = input;
  if (known === null) return { planned: collectors.filter(({ name }) => name === "server"), skipped: [] };
  const planned: Collector[] = [];
  const skipped: CollectorRun[] = [];
  for (const collector of collectors) {
    if (collector.applies?.(known) === false) continue;
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
  if (collector.right !== undefined && !hasRight(known, collector.right)) {
    // One role grants all rights that are needed, so one line of advice is enough.
    return `Role "${user}" may not read all statistics; run: GRANT pg_monitor TO ${quoteName(user)}`;
  }
  return null;
}

/** A role with pg_read_all_stats may lack single functions of pg_monitor: their statements then name them. */
function hasRight(known: ServerFact, right: Right): boolean {
  return known.canReadStatistics || (right === "pg_monitor" && known.canReadWalDirectory);
}
