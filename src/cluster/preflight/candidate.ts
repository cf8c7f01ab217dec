import { lsnDistanceBytes } from "../../domain/lsn.ts";
import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import { serverFact } from "../topology/identity.ts";
import { standsAtTarget } from "../topology/receiver_facts.ts";
import type { PreflightPart, PreflightPoint, PreflightWeight } from "./preflight.ts";
import { lastRow, type PreflightContext } from "./preflight_context.ts";

/** A query this old on the candidate is named, seconds. */
const LONG_QUERY_SECONDS = 60;
/** Replaying more than this takes a while, bytes. */
const MUCH_TO_REPLAY_BYTES = 64 * 1024 ** 2;
/** A primary that sent something within this time is alive, seconds. */
const ALIVE_SECONDS = 10;

function point(
  part: PreflightPart,
): (weight: PreflightWeight, text: string, advice?: string) => PreflightPoint {
  return (weight, text, advice = "") => ({ part, weight, text, advice });
}

/**
 * What is said of the candidate itself: whether it receives, and from where.
 *
 * @param context The candidate and those around it.
 */
export function tellCandidate(
  { candidate, standby, isPrimaryUp, primary }: PreflightContext,
): readonly PreflightPoint[] {
  const { server } = candidate;
  const say = point("candidate");
  const target = lastRow(candidate, "recovery")?.hasRecoveryTarget === true
    ? [
      say(
        "warning",
        `Recovery on "${server}" has a target: it may be meant to stand still there`,
        "Look at recovery_target_time and its like in postgresql.conf; it is not read what they say",
      ),
    ]
    : [];
  if (standby === null) {
    return [...target, say("warning", `"${server}" is not known as a standby of its cluster`)];
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
  const hasArchive = lastRow(candidate, "recovery")?.hasRestoreCommand === true;
  const how = hasArchive
    ? `"${server}" does not stream: it restores from the archive, so it has only what has been archived`
    : `"${server}" does not stream from anybody`;
  if (!isPrimaryUp) {
    return [...target, hasArchive ? say("warning", how) : say("fine", `${how}, as the primary is down`)];
  }
  return [
    ...target,
    say(
      "no_go",
      `${how}, while "${primary?.server}" is up${standby.reasonText === "" ? "" : `: ${standby.reasonText}`}`,
      `Bring its link back first and let it catch up`,
    ),
  ];
}

/**
 * What is said of the primary: it must be down before anybody is promoted.
 *
 * @param context The candidate and those around it.
 */
export function tellPrimary(context: PreflightContext): readonly PreflightPoint[] {
  const { cluster, primary, isPrimaryUp, candidate } = context;
  const { server } = candidate;
  const say = point("primary");
  if (cluster.primaries.length > 1) {
    return [
      say(
        "no_go",
        `${cluster.primaries.map((name) => `"${name}"`).join(" and ")} all write: a split brain`,
        "Find out which of them is right and stop the others first",
      ),
    ];
  }
  if (isPrimaryUp && primary !== null) {
    return [
      say(
        "info",
        `"${primary.server}" is up: it must be stopped before "${server}" is promoted, or both write (split brain)`,
      ),
    ];
  }
  const name = primary === null ? "the primary" : `"${primary.server}"`;
  const why = primary?.trouble?.message ?? "no server of the cluster is known as its primary";
  const receiver = lastRow(candidate, "receiver");
  const age = receiver?.lastMessageAgeSeconds ?? null;
  const upstream = context.view.servers.find((each) => each.server === context.standby?.upstream);
  const fromPrimary = upstream === undefined || upstream.role !== "standby";
  if (receiver?.status === "streaming" && fromPrimary) {
    if (age !== null && age <= ALIVE_SECONDS) {
      return [
        say(
          "no_go",
          `${name} is not reached from here, but it is alive: it sent something to "${server}" ${
            formatSeconds(age)
          } ago (${why})`,
          "Mend the way from here to it; or stop it first if it is to be replaced",
        ),
      ];
    }
    return [
      say(
        "unknown",
        `${name} is not reached from here (${why}), but "${server}" still has a connection to it` +
          (age === null ? "" : `, silent for ${formatSeconds(age)}`) + ": whether it is dead is not known",
        "Make sure that it is: look at its host, cut its power or its network",
      ),
    ];
  }
  return [
    say(
      "info",
      `${name} is not reached (${why}); "${server}" receives nothing from it either`,
      "Make sure that it is down and stays down: if it only cannot be reached from here, both would write (split brain)",
    ),
  ];
}

/**
 * What is said of timelines.
 *
 * @param context The candidate and those around it.
 */
export function tellTimeline(
  { candidate, primary, standby }: PreflightContext,
): readonly PreflightPoint[] {
  const { server } = candidate;
  const say = point("timeline");
  const own = serverFact(candidate)?.timeline ?? null;
  const its = primary === null ? null : serverFact(primary)?.timeline ?? null;
  if (candidate.isStranded || standby?.reason === "stranded") {
    return [
      say(
        "no_go",
        `"${server}" is stranded on timeline ${own ?? "unknown"}, which its cluster has left`,
        "Rewind or rebuild it; it cannot become the primary without losing all that came after",
      ),
    ];
  }
  if (standby?.lag.unknownReason === "diverged") {
    return [
      say(
        "no_go",
        `"${server}" has WAL that "${primary?.server ?? "its primary"}" does not have: they have parted`,
      ),
    ];
  }
  if (own === null) return [say("warning", `The timeline of "${server}" is not known`)];
  if (its === null) {
    return [say("info", `"${server}" is on timeline ${own}; that of the primary was never read`)];
  }
  if (own === its) return [say("fine", `"${server}" is on timeline ${own}, like "${primary?.server}"`)];
  return [
    own < its
      ? say(
        "warning",
        `"${server}" is on timeline ${own} and has yet to follow "${primary?.server}" to timeline ${its}`,
        "Wait until it has",
      )
      : say("no_go", `"${server}" is on timeline ${own}, ahead of "${primary?.server}" on timeline ${its}`),
  ];
}

/**
 * What is said of replay: everything received is replayed before a promotion ends.
 *
 * @param context The candidate and those around it.
 */
export function tellReplay(
  { candidate, received, standby }: PreflightContext,
): readonly PreflightPoint[] {
  const { server } = candidate;
  const say = point("replay");
  const recovery = lastRow(candidate, "recovery");
  const activity = lastRow(candidate, "activity");
  const settings = lastRow(candidate, "settings");
  const replayed = serverFact(candidate)?.replayPosition ?? null;
  const left = received === null || replayed === null
    ? null
    : Math.max(0, lsnDistanceBytes(received, replayed));
  const amount = left === null ? "an unknown amount of WAL" : `${formatBytes(left)} of WAL`;
  const points: PreflightPoint[] = [];
  if (recovery === null) points.push(say("warning", `Whether replay on "${server}" is paused is not known`));
  else if (standsAtTarget(candidate)) {
    points.push(
      say(
        "no_go",
        `Recovery on "${server}" is paused at its target: a promotion ends it there and loses all WAL after it, ${amount} of what it has included`,
        `To let it follow first, see finding replay_paused; do not resume it, which ends its recovery`,
      ),
    );
  } else if (recovery.pauseState !== "not paused") {
    points.push(
      say(
        "warning",
        `Replay on "${server}" is ${recovery.pauseState}: the promotion ends the pause and first replays ${amount}`,
        `On "${server}": SELECT pg_wal_replay_resume(), and let it catch up before you promote it; if somebody ` +
          "paused it to look at old data, ask first",
      ),
    );
  }
  if ((recovery?.applyDelaySeconds ?? 0) > 0) {
    points.push(
      say(
        "warning",
        `"${server}" applies ${
          formatSeconds(recovery?.applyDelaySeconds ?? 0)
        } late on purpose: the promotion ends that and first replays ${amount}`,
        `A delayed standby guards against mistakes: promote another one if there is one`,
      ),
    );
  }
  if (standby?.reason === "conflict") {
    const isForEver = settings !== null && settings.maxStandbyStreamingDelaySeconds === null;
    points.push(
      say(
        "warning",
        `Replay on "${server}" waits for a query there, and so would the promotion${
          isForEver ? ", for ever (max_standby_streaming_delay = -1)" : ""
        }`,
        `On "${server}": SELECT pid, xact_start, state, left(query, 60) FROM pg_stat_activity WHERE backend_xmin IS ` +
          "NOT NULL ORDER BY xact_start; then SELECT pg_terminate_backend(PID)",
      ),
    );
  } else if ((activity?.oldestSnapshotSeconds ?? 0) > LONG_QUERY_SECONDS) {
    points.push(
      say(
        "info",
        `A query on "${server}" runs for ${
          formatSeconds(activity?.oldestSnapshotSeconds ?? 0)
        }: it may hold up what ` +
          "is still to be replayed, and goes on after the promotion",
      ),
    );
  }
  if (points.length > 0) return points;
  if (left === null) return [say("warning", `How much "${server}" still has to replay is not known`)];
  if (left <= MUCH_TO_REPLAY_BYTES) {
    return [
      say(
        "fine",
        left === 0
          ? `"${server}" has replayed all it has received`
          : `"${server}" has ${amount} left to replay`,
      ),
    ];
  }
  const rate = candidate.replayBytesPerSecond ?? 0;
  return [
    say(
      "warning",
      `"${server}" first has to replay ${amount}` +
        (rate > 0 ? `, about ${formatSeconds(left / rate)} at its present rate` : ""),
    ),
  ];
}
