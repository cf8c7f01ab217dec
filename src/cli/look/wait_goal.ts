import { didYouMean } from "../../config/suggestion.ts";
import { formatDuration } from "../../config/units.ts";
import { formatLsn, type Lsn, parseLsn } from "../../domain/lsn.ts";
import { formatSeconds } from "../../domain/quantities.ts";
import type { Role } from "../../domain/role.ts";
import { joinWaitStates, type WaitGoal, type WaitState } from "./wait_state.ts";
import { judgeSubscriptionWait } from "./wait_subscription.ts";
import type { Report, ReportServer, ReportStandby } from "../../report/model.ts";

/** A server in a report: as such when it is watched, and as a standby when it is one. */
interface Subject {
  readonly name: string;
  readonly server: ReportServer | undefined;
  readonly standby: ReportStandby | undefined;
  /** The primary of its cluster. */
  readonly primary: ReportServer | undefined;
}

/**
 * Whether a server has reached a goal. What is not known for certain at this moment counts as unknown: a server that does
 * not respond has reached nothing.
 *
 * @param report The current report.
 * @param options `name` of the server, and the goal; `waitedSeconds`: how long before the report was asked for the wait
 *   began. Older data decides nothing: what happened before the wait counts.
 */
export function judgeWait(
  report: Report,
  { name, goal, waitedSeconds }: {
    readonly name: string;
    readonly goal: WaitGoal;
    readonly waitedSeconds: number;
  },
): WaitState {
  const { clusters, unassigned_servers, subscriptions } = report;
  const servers = [...clusters.flatMap((cluster) => cluster.servers), ...unassigned_servers];
  const named = servers.find((server) => server.name === name);
  const server = servers.find((each) => each.name === named?.alias_of) ?? named;
  const own = server?.name ?? name;
  const cluster = clusters.find(({ standbys }) => standbys.some((each) => each.name === own));
  const standby = cluster?.standbys.find((each) => each.name === own);
  if (server === undefined && standby === undefined) {
    const named = subscriptions.filter((each) =>
      each.name === name || each.series === name || `${each.server}/${each.name}` === name
    );
    if (named.length > 0) return judgeSubscriptionWait(named, { name, goal, waitedSeconds, servers });
    const standbys = clusters.flatMap((each) => each.standbys);
    const names = [...new Set([...servers, ...standbys, ...subscriptions].map((each) => each.name))];
    return {
      isReached: null,
      text: `There is no server ${subscriptions.length === 0 ? "" : "and no subscription "}"${name}"${
        didYouMean(name, names)
      }`,
    };
  }
  if (server?.up === false) return { isReached: null, text: `"${name}" is unreachable: ${server.trouble}` };
  if (server === undefined && standby?.connected !== true) {
    return { isReached: null, text: `"${name}" is not watched, and no server is known to stream to it` };
  }
  const primary = servers.find((each) => each.name === cluster?.primary?.name);
  // One that is not watched itself is as old as its upstream, which reports its row.
  const source = server ?? servers.find((each) => each.name === standby?.upstream) ?? primary;
  if (source?.up !== true) {
    return { isReached: null, text: `"${name}" is not watched, and its upstream is unreachable` };
  }
  const old = [source, ...goal.isCaughtUp ? [primary] : []].find((each) =>
    each !== undefined && (each.data_age_seconds ?? Infinity) >= waitedSeconds
  );
  if (old !== undefined) return { isReached: null, text: `No data of "${old.name}" since the wait began` };
  const subject = { name, server, standby, primary };
  const states = [
    ...goal.role === null ? [] : [judgeRole(subject, goal.role)],
    ...goal.position === null ? [] : [judgePosition(subject, goal.position)],
    ...goal.maxLagSeconds === null ? [] : [judgeLargestLag(subject, goal.maxLagSeconds)],
    ...goal.isCaughtUp ? [judgeCaughtUp(subject)] : [],
  ];
  return joinWaitStates(states);
}

function judgeRole({ name, server, standby }: Subject, wanted: Role): WaitState {
  // A standby that is known only by its sender row.
  const role = server === undefined && standby !== undefined ? "standby" : server?.role ?? null;
  if (role === null) return { isReached: null, text: `The role of "${name}" is unknown` };
  return { isReached: role === wanted, text: `"${name}" is a ${role}` };
}

function judgePosition({ name, server, standby }: Subject, wanted: Lsn): WaitState {
  const text = server?.role === "primary" ? server.position_lsn : standby?.replay_lsn ?? null;
  if (text === null) return { isReached: null, text: `The position of "${name}" is unknown` };
  const isReached = parseLsn(text) >= wanted;
  const verb = server?.role === "primary" ? "written" : "replayed";
  return { isReached, text: `"${name}" has ${verb} ${text}${isReached ? "" : ` of ${formatLsn(wanted)}`}` };
}

function judgeLargestLag(subject: Subject, wanted: number): WaitState {
  const { name } = subject;
  const lag = lagOf(subject);
  if (typeof lag !== "number") return lag;
  const isReached = lag <= wanted;
  const limit = isReached ? "" : `, more than ${formatDuration(wanted)}`;
  return { isReached, text: `"${name}" is ${formatSeconds(lag)} behind${limit}` };
}

function judgeCaughtUp(subject: Subject): WaitState {
  const { name, standby, primary } = subject;
  const lag = lagOf(subject);
  if (typeof lag !== "number") return lag;
  if (standby?.connected === false) {
    return { isReached: false, text: `"${name}" does not stream` };
  }
  if (lag > 0) {
    return { isReached: false, text: `"${name}" is ${formatSeconds(lag)} behind` };
  }
  // The other sources compare no positions.
  const isCompared = standby?.connected === true &&
    (standby.lag_source === "clock" || standby.lag_bytes === 0);
  return isCompared && primary?.up === true
    ? { isReached: true, text: `"${name}" has caught up` }
    : { isReached: null, text: `Whether "${name}" has caught up is unknown` };
}

/** The lag, seconds; else why there is none. */
function lagOf({ name, server, standby }: Subject): number | WaitState {
  if (server?.role === "primary") {
    return { isReached: false, text: `"${name}" is a primary, which has no lag` };
  }
  const lag = standby?.lag_seconds ?? null;
  if (lag !== null) return lag;
  const reason = standby?.lag_unknown_reason ?? null;
  const why = reason === null ? "" : ` (${reason})`;
  return { isReached: null, text: `The lag of "${name}" is unknown${why}` };
}
