import { MANAGER_NAMES } from "../../domain/manager.ts";
import { quoteText } from "../../domain/sql_text.ts";
import { isSyncCandidate, parseSyncNames, type SyncNames } from "../topology/sync_names.ts";
import type { Follower } from "./preflight.ts";
import { type DerivedPoint, inCharge, lastRow, pointOn, type PreflightContext } from "./preflight_context.ts";

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

/** Synchronous commit where a manager sets it: whether it may promote the candidate. */
function managedPoint(
  { candidate, primary, standby }: PreflightContext,
  { primaryNames, name }: { readonly primaryNames: string | null; readonly name: string },
): DerivedPoint {
  const point = pointOn("synchronous");
  const state = standby?.sender?.syncState ?? null;
  if (primaryNames === null) {
    return point(
      "warning",
      `synchronous_standby_names of ${
        primary === null ? "the primary" : `"${primary.server}"`
      } was never read: ` +
        `if it committed synchronously, ${name} may reject "${candidate.server}"`,
    );
  }
  return primaryNames !== "" && (state === "async" || state === "potential")
    ? point(
      "warning",
      `"${candidate.server}" is no synchronous standby now (${state}): ${name} may reject a switchover to it`,
      "Choose one that is: its sync_state is sync or quorum",
    )
    : point("fine", `${name} sets synchronous_standby_names itself`);
}

/**
 * Points on synchronous commit.
 *
 * @param context The candidate and its cluster.
 * @param sync The state after the promotion.
 */
export function syncPoints(
  context: PreflightContext,
  sync: SyncOutlook,
): readonly DerivedPoint[] {
  const { candidate, primary } = context;
  const { server } = candidate;
  const { names, primaryNames, required, present } = sync;
  const point = pointOn("synchronous");
  const keeper = inCharge(context);
  if (keeper !== null && keeper !== "repmgr") {
    return [managedPoint(context, { primaryNames, name: MANAGER_NAMES[keeper] })];
  }
  if (names === null || parse(names) === null) {
    return [point("warning", `synchronous_standby_names of "${server}" is unknown: its commits may wait`)];
  }
  const setting = `synchronous_standby_names = ${quoteText(names)} on "${server}"`;
  if (required > present) {
    return [
      point(
        "warning",
        `With ${setting}, every commit waits once it is promoted: ${required} must confirm, ${present} can`,
        "See the step below that turns it off until its standbys stream",
        {
          intent: { kind: "set", settings: [["synchronous_standby_names", ""]] },
          before: `Before you promote "${server}":`,
        },
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
  if (primaryNames === null) {
    const name = primary === null ? "the primary" : `"${primary.server}"`;
    return [
      point(
        "warning",
        `synchronous_standby_names of ${name} was never read: whether it committed synchronously is unknown; ` +
          `"${server}" would not: ${setting}`,
        `If it did, set synchronous_standby_names on "${server}" as well, once its standbys stream`,
      ),
    ];
  }
  if (primaryNames !== "") {
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
