import { formatLsn, type Lsn, lsnDistanceBytes } from "../../domain/lsn.ts";
import { formatBytes } from "../../domain/quantities.ts";
import type { StandbyView } from "../../domain/standby.ts";
import { isService, MANAGER_NAMES } from "../../domain/manager.ts";
import { mayRewind } from "../topology/stranded.ts";
import { serverNamed } from "../findings/view_queries.ts";
import { parseWalSegment } from "../diagnosis/wal_file.ts";
import type { Follower } from "./preflight.ts";
import {
  type DerivedPoint,
  inCharge,
  lastRow,
  lowered,
  pointOn,
  type PreflightContext,
  receivedOf,
} from "./preflight_context.ts";

/**
 * What every other standby needs after the promotion.
 *
 * @param context The candidate and its cluster.
 */
export function deriveFollowers(context: PreflightContext): readonly Follower[] {
  const { view, received } = context;
  return context.others.map((standby) => {
    const position = receivedOf(view, standby);
    const aheadBytes = position === null || received === null ? null : lsnDistanceBytes(position, received);
    const own = standby.configured ? serverNamed(view, standby.name) : null;
    const { sender } = standby;
    return {
      name: standby.name,
      configured: standby.configured,
      ...actionOf(context, { standby, position, aheadBytes }),
      aheadBytes,
      applicationName: sender?.applicationName ?? standby.name,
      slot: sender?.slot || lastRow(own, "recovery")?.primarySlotName || "",
    };
  });
}

function actionOf(
  context: PreflightContext,
  { standby, position, aheadBytes }: {
    readonly standby: StandbyView;
    readonly position: Lsn | null;
    readonly aheadBytes: number | null;
  },
): Pick<Follower, "action" | "because"> {
  const { view, candidate, isPrimaryUp } = context;
  const own = standby.configured ? serverNamed(view, standby.name) : null;
  const upstream = serverNamed(view, standby.upstream);
  if (standby.catchUp === "must_rebuild" || standby.reason === "lost" || standby.reason === "stranded") {
    return { action: "rebuild", because: standby.catchUpText || "It can no longer follow its cluster" };
  }
  if (standby.upstream === candidate.server) {
    return { action: "stays", because: `It already follows "${candidate.server}"` };
  }
  // With the primary up, a clean shutdown sends both of them everything: being ahead now does not matter.
  const evens = isPrimaryUp && context.standby?.connected === true;
  if (aheadBytes !== null && aheadBytes > 0 && !evens) {
    const canRewind = mayRewind(lastRow(own, "settings"));
    const more = `It has received ${
      formatBytes(aheadBytes)
    } more than "${candidate.server}", which would be lost`;
    return canRewind === false
      ? {
        action: "rebuild",
        because: `${more}; pg_rewind cannot be used (no data checksums, wal_log_hints = off)`,
      }
      : { action: "rewind", because: more };
  }
  if (upstream !== null && upstream.role === "standby" && upstream.up && standby.connected === true) {
    return { action: "stays", because: `It follows "${upstream.server}", which keeps streaming` };
  }
  const settings = lastRow(own, "settings");
  if (settings !== null && settings.recoveryTargetTimeline !== "latest") {
    return {
      action: "repoint",
      because:
        `Its recovery_target_timeline is ${settings.recoveryTargetTimeline}; set it to latest and restart the server, ` +
        "or it does not switch to the new timeline",
    };
  }
  const oldest = oldestOf(context);
  if (position !== null && oldest !== null && position < oldest) {
    const hasArchive = lastRow(own, "recovery")?.hasRestoreCommand;
    const missing = `It needs WAL from ${
      formatLsn(position)
    } on, and "${candidate.server}" has no WAL before ${formatLsn(oldest)}`;
    return hasArchive === true
      ? { action: "repoint", because: `${missing}; its restore_command must find that WAL in the archive` }
      : { action: "rebuild", because: missing };
  }
  if (position === null) return { action: "unknown", because: "How much it has received is unknown" };
  if (own !== null && !own.up) {
    return {
      action: "repoint",
      because: "It is unreachable now; change its upstream when it is back",
    };
  }
  return {
    action: "repoint",
    because: standby.upstream === null ? "Its upstream is unknown" : `It follows "${standby.upstream}" now`,
  };
}

/** Where the oldest WAL of the candidate begins; null when unknown. */
function oldestOf({ candidate }: PreflightContext): Lsn | null {
  const file = lastRow(candidate, "wal_directory")?.oldestFile ?? null;
  const segmentBytes = lastRow(candidate, "wal")?.segmentBytes;
  if (file === null || segmentBytes === undefined) return null;
  return parseWalSegment(file, segmentBytes)?.start ?? null;
}

/**
 * The standby that has received most, when that is more than the candidate has and it could be promoted instead.
 *
 * @param context The candidate and its cluster.
 * @param followers The other standbys.
 */
export function betterThan(context: PreflightContext, followers: readonly Follower[]): Follower | null {
  const { view, isPrimaryUp, standby } = context;
  if (isPrimaryUp && standby?.connected === true) return null;
  const ahead = followers.filter(({ name, configured, aheadBytes, action }) => {
    const server = configured ? serverNamed(view, name) : null;
    const isUsable = server?.up === true && !server.isStranded &&
      view.standbys.every((each) =>
        each.name !== name ||
        (each.reason !== "stranded" && each.reason !== "lost" && each.lag.unknownReason !== "diverged")
      );
    return isUsable && action !== "stays" && (aheadBytes ?? 0) > 0;
  });
  return ahead.toSorted((a, b) => (b.aheadBytes ?? 0) - (a.aheadBytes ?? 0))[0] ?? null;
}

/**
 * Points on the other standbys.
 *
 * @param context The candidate and its cluster.
 * @param followers The other standbys.
 */
export function followerPoints(
  context: PreflightContext,
  followers: readonly Follower[],
): readonly DerivedPoint[] {
  const { candidate: { server } } = context;
  const keeper = inCharge(context);
  const point = pointOn("standbys");
  const better = betterThan(context, followers);
  if (followers.length === 0) {
    return [point("warning", `"${server}" would have no standby until the old primary becomes one`)];
  }
  return [
    ...better === null ? [] : [
      point(
        "no_go",
        `"${better.name}" has received ${
          formatBytes(better.aheadBytes ?? 0)
        } more than "${server}": it is the better candidate`,
        `Run instead: pg-replication-exporter preflight ${better.name}`,
      ),
    ],
    ...followers.map(({ name, action, because }) => {
      switch (action) {
        case "stays":
          return point("fine", `"${name}" needs no change: ${lowered(because)}`);
        case "repoint":
          if (keeper !== null && isService(keeper)) {
            return point(
              "warning",
              `"${name}" follows "${server}" after a failover of ${
                MANAGER_NAMES[keeper]
              }, not after the promotion of a read replica`,
            );
          }
          if (keeper !== null) {
            return point("fine", `${MANAGER_NAMES[keeper]} makes "${name}" follow "${server}"`);
          }
          return point("info", `"${name}" needs "${server}" as its upstream: ${lowered(because)}`);
        case "rewind":
          return point("warning", `"${name}" must be rewound: ${lowered(because)}`);
        case "rebuild":
          return point("warning", `"${name}" must be rebuilt: ${lowered(because)}`);
        case "unknown":
          return point("warning", `What "${name}" needs is unknown: ${lowered(because)}`);
      }
    }),
  ];
}
