import { formatLsn, type Lsn, lsnDistanceBytes } from "../../domain/lsn.ts";
import { formatBytes } from "../../domain/quantities.ts";
import type { StandbyView } from "../../domain/standby.ts";
import { mayRewind } from "../topology/stranded.ts";
import { serverNamed } from "../findings/view_queries.ts";
import { parseWalSegment } from "../diagnosis/wal_file.ts";
import type { Follower, PreflightPoint } from "./preflight.ts";
import { lastRow, type PreflightContext, receivedOf } from "./preflight_context.ts";

/**
 * What every other standby needs after the promotion.
 *
 * @param context The candidate and those around it.
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
    return { action: "rebuild", because: standby.catchUpText || "It cannot follow its cluster as it is" };
  }
  if (standby.upstream === candidate.server) {
    return { action: "stays", because: `It follows "${candidate.server}" already` };
  }
  // With the primary up an orderly stop gives both of them everything: who is ahead now says nothing.
  const evens = isPrimaryUp && context.standby?.connected === true;
  if (aheadBytes !== null && aheadBytes > 0 && !evens) {
    const canRewind = mayRewind(lastRow(own, "settings"));
    const more = `It has received ${
      formatBytes(aheadBytes)
    } more than "${candidate.server}", which would be lost`;
    return canRewind === false
      ? {
        action: "rebuild",
        because: `${more}; pg_rewind cannot work on it (no checksums, wal_log_hints = off)`,
      }
      : { action: "rewind", because: more };
  }
  if (upstream !== null && upstream.role === "standby" && upstream.up && standby.connected === true) {
    return { action: "stays", because: `It follows "${upstream.server}", which goes on` };
  }
  const settings = lastRow(own, "settings");
  if (settings !== null && settings.recoveryTargetTimeline !== "latest") {
    return {
      action: "repoint",
      because:
        `Its recovery_target_timeline is ${settings.recoveryTargetTimeline}: set it to latest and restart it, ` +
        "or it does not follow to the new timeline",
    };
  }
  const oldest = oldestOf(context);
  if (position !== null && oldest !== null && position < oldest) {
    const hasArchive = lastRow(own, "recovery")?.hasRestoreCommand;
    const gone = `It needs WAL from ${formatLsn(position)} on, and "${candidate.server}" has none before ${
      formatLsn(oldest)
    }`;
    return hasArchive === true
      ? { action: "repoint", because: `${gone}: its restore_command must find that in the archive` }
      : { action: "rebuild", because: gone };
  }
  if (position === null) return { action: "unknown", because: "It is not known how far it has received" };
  if (own !== null && !own.up) {
    return {
      action: "repoint",
      because: "It is not reached now: when it is back, its upstream is another one",
    };
  }
  return {
    action: "repoint",
    because: standby.upstream === null
      ? "Whom it follows now is not known"
      : `It follows "${standby.upstream}" now`,
  };
}

/** Where the oldest WAL of the candidate begins; null when it does not tell. */
function oldestOf({ candidate }: PreflightContext): Lsn | null {
  const file = lastRow(candidate, "wal_directory")?.oldestFile ?? null;
  const segmentBytes = lastRow(candidate, "wal")?.segmentBytes;
  if (file === null || segmentBytes === undefined) return null;
  return parseWalSegment(file, segmentBytes)?.start ?? null;
}

/**
 * The standby that has received most, when that is more than the candidate and it could be promoted instead.
 *
 * @param context The candidate and those around it.
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
 * What is said of the other standbys.
 *
 * @param context The candidate and those around it.
 * @param followers The other standbys.
 */
export function tellFollowers(
  context: PreflightContext,
  followers: readonly Follower[],
): readonly PreflightPoint[] {
  const { candidate: { server } } = context;
  const point = (weight: PreflightPoint["weight"], text: string, advice = ""): PreflightPoint => ({
    part: "standbys",
    weight,
    text,
    advice,
  });
  const better = betterThan(context, followers);
  if (followers.length === 0) {
    return [point("warning", `"${server}" would have no standby until the old primary is one`)];
  }
  return [
    ...better === null ? [] : [
      point(
        "no_go",
        `"${better.name}" has received ${
          formatBytes(better.aheadBytes ?? 0)
        } more than "${server}": it is the better candidate`,
        `Look at it instead: preflight ${better.name}`,
      ),
    ],
    ...followers.map(({ name, action, because }) => {
      switch (action) {
        case "stays":
          return point("fine", `"${name}" needs nothing: ${lowered(because)}`);
        case "repoint":
          return point("info", `"${name}" needs "${server}" as its upstream: ${lowered(because)}`);
        case "rewind":
          return point("warning", `"${name}" would have to be rewound: ${lowered(because)}`);
        case "rebuild":
          return point("warning", `"${name}" must be rebuilt: ${lowered(because)}`);
        case "unknown":
          return point("warning", `What "${name}" needs cannot be told: ${lowered(because)}`);
      }
    }),
  ];
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
