import { lsnDistanceBytes } from "../../domain/lsn.ts";
import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import { isService, MANAGER_NAMES } from "../../domain/manager.ts";
import { serverFact } from "../topology/identity.ts";
import { knownReceiver, standsAtTarget } from "../topology/receiver_facts.ts";
import { type DerivedPoint, inCharge, lastRow, pointOn, type PreflightContext } from "./preflight_context.ts";

/** A query that runs longer than this on the candidate is reported, seconds. */
const LONG_SNAPSHOT_SECONDS = 60;
/** Replaying more than this takes noticeable time, bytes. */
const MUCH_TO_REPLAY_BYTES = 64 * 1024 ** 2;
/** A primary that sent something within this time is alive, seconds. */
const ALIVE_SECONDS = 10;

/**
 * Points on the candidate itself: whether it receives WAL, and from where.
 *
 * @param context The candidate and its cluster.
 */
export function candidatePoints(
  { candidate, standby, isPrimaryUp, primary }: PreflightContext,
): readonly DerivedPoint[] {
  const { server } = candidate;
  const say = pointOn("candidate");
  const target = lastRow(candidate, "recovery")?.hasRecoveryTarget === true
    ? [
      say(
        "warning",
        `Recovery on "${server}" has a target: it may be intended to stop there`,
        "Check recovery_target_* in postgresql.conf; the exporter does not read their values",
      ),
    ]
    : [];
  if (standby === null) {
    return [...target, say("warning", `"${server}" is not a known standby of its cluster`)];
  }
  if (standby.catchUp === "must_rebuild" && standby.reason !== "stranded") {
    return [
      ...target,
      say(
        isPrimaryUp ? "no_go" : "warning",
        `"${server}" cannot follow its cluster: ${standby.catchUpText}`,
      ),
    ];
  }
  if (standby.connected === true) {
    return [...target, say("fine", `"${server}" streams from "${standby.upstream ?? "its upstream"}"`)];
  }
  if (standby.connected === null) {
    return [
      ...target,
      say(isPrimaryUp ? "unknown" : "warning", `Whether "${server}" streams from any server is unknown`),
    ];
  }
  const recovery = lastRow(candidate, "recovery");
  const hasArchive = recovery?.hasRestoreCommand === true;
  const how = hasArchive
    ? `"${server}" does not stream: it restores from the archive, so it has only what has been archived`
    : `"${server}" does not stream from any server`;
  if (!isPrimaryUp) {
    if (recovery === null) return [...target, say("warning", `${how}; whether it restores is unknown`)];
    return [...target, hasArchive ? say("warning", how) : say("fine", `${how}, because the primary is down`)];
  }
  return [
    ...target,
    say(
      "no_go",
      `${how}, while "${primary?.server}" is up${standby.reasonText === "" ? "" : `: ${standby.reasonText}`}`,
      `Restore its connection first and let it catch up`,
    ),
  ];
}

/**
 * Points on the primary: it must be down before a standby is promoted.
 *
 * @param context The candidate and its cluster.
 */
export function primaryPoints(context: PreflightContext): readonly DerivedPoint[] {
  const { cluster, primary, isPrimaryUp, candidate } = context;
  const { server } = candidate;
  const say = pointOn("primary");
  if (cluster.primaries.length > 1) {
    return [
      say(
        "no_go",
        `Split brain: ${cluster.primaries.map((name) => `"${name}"`).join(" and ")} accept writes`,
        "Decide which one is the right primary, and stop the others first",
        {
          intent: {
            kind: "keep_one_primary",
            newest: cluster.primary ?? "",
            others: cluster.primaries.filter((name) => name !== cluster.primary),
          },
        },
      ),
    ];
  }
  const manager = inCharge(context);
  if (isPrimaryUp && primary !== null && manager !== null && isService(manager)) {
    return [
      say(
        "warning",
        `"${primary.server}" is up: a failover of ${
          MANAGER_NAMES[manager]
        } stops it, but the promotion of a read replica ` +
          "does not, and then both accept writes",
        "Find out first which of the two it is, and stop writes before a read replica is promoted",
      ),
    ];
  }
  if (isPrimaryUp && primary !== null && manager !== null) {
    return [
      say(
        "info",
        `"${primary.server}" is up: ${MANAGER_NAMES[manager]} stops it before it promotes "${server}"`,
      ),
    ];
  }
  if (isPrimaryUp && primary !== null) {
    return [
      say(
        "info",
        `"${primary.server}" is up: it must be stopped before "${server}" is promoted, or both accept writes (split brain)`,
      ),
    ];
  }
  const name = primary === null ? "the primary" : `"${primary.server}"`;
  const why = primary?.trouble?.message ?? "no server of the cluster is known to be its primary";
  const receiver = knownReceiver(candidate);
  if (receiver === undefined) {
    return [
      say(
        "unknown",
        `${name} cannot be reached from the exporter (${why}), and whether "${server}" still receives from it is unknown`,
        "Make sure that it is down: check its host, or cut off its power or its network",
      ),
    ];
  }
  const age = receiver?.lastMessageAgeSeconds ?? null;
  const upstream = context.view.servers.find((each) => each.server === context.standby?.upstream);
  const fromPrimary = upstream === undefined || upstream.role !== "standby";
  if (receiver?.status === "streaming" && fromPrimary) {
    if (age !== null && age <= ALIVE_SECONDS) {
      return [
        say(
          "no_go",
          `${name} cannot be reached from the exporter, but it is alive: it sent a message to "${server}" ${
            formatSeconds(age)
          } ago (${why})`,
          "Fix the network between the exporter and it; to replace it, stop it first",
        ),
      ];
    }
    return [
      say(
        "unknown",
        `${name} cannot be reached from the exporter (${why}), but "${server}" still has a connection to it` +
          (age === null ? "" : `, silent for ${formatSeconds(age)}`) + ": whether it is down is unknown",
        "Make sure that it is down: check its host, or cut off its power or its network",
      ),
    ];
  }
  return [
    say(
      "info",
      `${name} cannot be reached (${why}); "${server}" receives nothing from it either`,
      "Make sure that it is down and stays down: if it is only unreachable from the exporter, both would accept writes (split brain)",
    ),
  ];
}

/**
 * Points on timelines.
 *
 * @param context The candidate and its cluster.
 */
export function timelinePoints(
  { candidate, primary, standby }: PreflightContext,
): readonly DerivedPoint[] {
  const { server } = candidate;
  const say = pointOn("timeline");
  const own = serverFact(candidate)?.timeline ?? null;
  const its = primary === null ? null : serverFact(primary)?.timeline ?? null;
  if (candidate.isStranded || standby?.reason === "stranded") {
    return [
      say(
        "no_go",
        `"${server}" is stranded on timeline ${own ?? "unknown"}, which its cluster has left`,
        "See finding stranded; it cannot become the primary without losing everything written since",
        { intent: { kind: "rejoin" } },
      ),
    ];
  }
  if (standby?.lag.unknownReason === "diverged") {
    return [
      say(
        "no_go",
        `"${server}" has WAL that "${primary?.server ?? "its primary"}" does not have: they have diverged`,
      ),
    ];
  }
  if (own === null) return [say("warning", `The timeline of "${server}" is unknown`)];
  if (its === null) {
    return [say("info", `"${server}" is on timeline ${own}; the primary's timeline was never read`)];
  }
  if (own === its) return [say("fine", `"${server}" is on timeline ${own}, like "${primary?.server}"`)];
  return [
    own < its
      ? say(
        "warning",
        `"${server}" is on timeline ${own} and has yet to follow "${primary?.server}" to timeline ${its}`,
        "Wait until it has switched",
      )
      : say("no_go", `"${server}" is on timeline ${own}, ahead of "${primary?.server}" on timeline ${its}`),
  ];
}

/**
 * Points on replay: a promotion first replays everything received.
 *
 * @param context The candidate and its cluster.
 */
export function replayPoints(
  { candidate, received, standby }: PreflightContext,
): readonly DerivedPoint[] {
  const { server } = candidate;
  const say = pointOn("replay");
  const recovery = lastRow(candidate, "recovery");
  const activity = lastRow(candidate, "activity");
  const settings = lastRow(candidate, "settings");
  const replayed = serverFact(candidate)?.replayPosition ?? null;
  const left = received === null || replayed === null
    ? null
    : Math.max(0, lsnDistanceBytes(received, replayed));
  const amount = left === null ? "an unknown amount of WAL" : `${formatBytes(left)} of WAL`;
  const points: DerivedPoint[] = [];
  const pauseState = recovery?.pauseState ?? null;
  if (pauseState === null) points.push(say("warning", `Whether replay on "${server}" is paused is unknown`));
  else if (standsAtTarget(candidate)) {
    points.push(
      say(
        "no_go",
        `Recovery on "${server}" is paused at its target: a promotion ends it there and loses all later WAL, including ${amount} that it has received`,
        "To let it follow its cluster first, see finding replay_paused; do not resume it, which ends its recovery",
      ),
    );
  } else if (pauseState !== "not paused") {
    points.push(
      say(
        "warning",
        `Replay on "${server}" is ${pauseState}: the promotion ends the pause and first replays ${amount}`,
        "See finding replay_paused, and let it catch up before you promote it; if somebody paused it to look at old " +
          "data, ask first",
      ),
    );
  }
  if ((recovery?.applyDelaySeconds ?? 0) > 0) {
    points.push(
      say(
        "warning",
        `"${server}" applies WAL ${
          formatSeconds(recovery?.applyDelaySeconds ?? 0)
        } late (recovery_min_apply_delay): the promotion ends that and first replays ${amount}`,
        `A delayed standby protects against mistakes: promote another standby if there is one`,
      ),
    );
  }
  if (standby?.reason === "conflict") {
    const isForEver = settings !== null && settings.maxStandbyStreamingDelaySeconds === null;
    points.push(
      say(
        "warning",
        `A query on "${server}" blocks replay, and would also block the promotion${
          isForEver ? ", forever (max_standby_streaming_delay = -1)" : ""
        }`,
        "See finding replay_conflict",
      ),
    );
  } else if ((activity?.oldestSnapshotSeconds ?? 0) > LONG_SNAPSHOT_SECONDS) {
    points.push(
      say(
        "info",
        `A query on "${server}" has been running for ${
          formatSeconds(activity?.oldestSnapshotSeconds ?? 0)
        }: it may delay ` +
          "replay before the promotion, and continues after it",
      ),
    );
  }
  if (points.length > 0) return points;
  if (left === null) return [say("warning", `How much "${server}" still has to replay is unknown`)];
  if (left <= MUCH_TO_REPLAY_BYTES) {
    return [
      say(
        "fine",
        left === 0
          ? `"${server}" has replayed everything it has received`
          : `"${server}" has ${amount} left to replay`,
      ),
    ];
  }
  const rate = candidate.replayBytesPerSecond ?? 0;
  return [
    say(
      "warning",
      `"${server}" first has to replay ${amount}` +
        (rate > 0 ? `, about ${formatSeconds(left / rate)} at its current rate` : ""),
    ),
  ];
}
