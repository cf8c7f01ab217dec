import { quoteText } from "../../domain/sql_text.ts";
import { isSyncCandidate, parseSyncNames, type SyncNames } from "../topology/sync_names.ts";
import type { Follower, PreflightPoint } from "./preflight.ts";
import { lastRow, pointOn, type PreflightContext } from "./preflight_context.ts";

/** Synchronous commit after the promotion. */
export interface SyncOutlook {
  /** `synchronous_standby_names` of the candidate; null when it was not read. */
  readonly names: string | null;
  /** The same of the current primary, as last read; null when it was never read. */
  readonly primaryNames: string | null;
  /** Standbys that a commit on the candidate would wait for. */
  readonly required: number;
  /** Other named standbys that can follow it, without the old primary. */
  readonly present: number;
}

/**
 * Whether commits would wait after the promotion.
 *
 * @param context The candidate and its cluster.
 * @param followers What the other standbys need.
 */
export function deriveSync(context: PreflightContext, followers: readonly Follower[]): SyncOutlook {
  const names = lastRow(context.candidate, "settings")?.synchronousStandbyNames ?? null;
  const parsed = names === null ? null : parse(names);
  const primaryNames = lastRow(context.primary, "sync")?.standbyNames ??
    lastRow(context.primary, "settings")?.synchronousStandbyNames ?? null;
  // A cascading standby does not count: only standbys of the promoted server itself confirm commits.
  const able = followers.filter(({ action, name }) =>
    action === "repoint" ||
    (action === "stays" &&
      context.others.some((each) => each.name === name && each.upstream === context.candidate.server))
  );
  return {
    names,
    primaryNames,
    required: parsed?.required ?? 0,
    present: parsed === null
      ? 0
      : able.filter(({ applicationName }) => isSyncCandidate(parsed, applicationName)).length,
  };
}

function parse(text: string): SyncNames | null {
  try {
    return parseSyncNames(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * Points on synchronous commit.
 *
 * @param context The candidate and its cluster.
 * @param sync The state after the promotion.
 */
export function syncPoints(
  { candidate, primary }: PreflightContext,
  sync: SyncOutlook,
): readonly PreflightPoint[] {
  const { server } = candidate;
  const { names, primaryNames, required, present } = sync;
  const point = pointOn("synchronous");
  if (names === null) {
    return [point("warning", `synchronous_standby_names of "${server}" is unknown: its commits may wait`)];
  }
  const setting = `synchronous_standby_names = ${quoteText(names)} on "${server}"`;
  if (required > present) {
    return [
      point(
        "warning",
        `With ${setting}, every commit waits once it is promoted: ${required} must confirm, ${present} can`,
        "See the step below that turns it off until its standbys stream",
      ),
    ];
  }
  if (required > 0) {
    return [
      point(
        "info",
        `With ${setting}, commits wait until ${required} of the ${present} standbys named there stream`,
      ),
    ];
  }
  if (primaryNames !== null && primaryNames !== "") {
    return [
      point(
        "warning",
        `"${primary?.server}" commits synchronously (${
          quoteText(primaryNames)
        }), "${server}" would not: ${setting}`,
        `Once its standbys stream, set synchronous_standby_names on "${server}" as well`,
      ),
    ];
  }
  return [point("fine", "Commits wait for no standby, neither before nor after the promotion")];
}
