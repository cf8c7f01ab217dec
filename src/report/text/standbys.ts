import { countOf } from "../../domain/quantities.ts";
import type { ReportStandby, ReportSummary } from "../model.ts";
import { clockTime, compactBytes, compactRate, compactSeconds, NOT_KNOWN } from "../styled_text/amounts.ts";
import { type Line, type Room, span, styleOf } from "../styled_text/line.ts";
import { describeLagHour, wordOf, worstFirst } from "../status.ts";
import { takeSome } from "../take_some.ts";
import { indent, layRest, layTable, layText, NOT_APPLICABLE, numbers, words } from "./lines.ts";

/**
 * Standbys, the worst first, each with its problems and figures below.
 *
 * @param standbys Standbys of one cluster.
 * @param room Columns available.
 */
export function layStandbys(standbys: readonly ReportStandby[], room: Room): readonly Line[] {
  const { shown: sorted, rest } = takeSome(worstFirst(standbys), room.most);
  const [head, ...rows] = layTable(
    [...words("STANDBY", "STATUS"), ...numbers("LAG", "BEHIND"), ...words("STATE", "SYNC", "REPLAYED")],
    sorted.map((standby) => [
      span(standby.name, "strong"),
      span(standby.status, styleOf(standby.status)),
      span(compactSeconds(standby.lag_seconds)),
      span(compactBytes(standby.lag_bytes)),
      span(standby.reason === null ? NOT_KNOWN : wordOf(standby.reason)),
      span(standby.sync_state ?? NOT_APPLICABLE),
      span(standby.replay_lsn ?? NOT_KNOWN),
    ]),
    room,
  );
  if (head === undefined) return [];
  return [
    head,
    ...rows.flatMap((row, index) => {
      const standby = sorted[index];
      return standby === undefined ? [row] : [row, ...indent(layDetails(standby, { width: room.width - 4 }))];
    }),
    ...layRest(rest.map(({ status }) => status), { ...room, noun: "standby" }),
  ];
}

function layDetails(standby: ReportStandby, room: Room): readonly Line[] {
  return [
    ...standby.status_reasons.flatMap((reason) =>
      layText(reason, { ...room, style: styleOf(standby.status) })
    ),
    ...layText(figuresOf(standby).join(", "), { ...room, style: "quiet" }),
  ];
}

function figuresOf(standby: ReportStandby): readonly string[] {
  const causes = Object.entries(standby.conflicts ?? {}).filter(([, total]) => total > 0)
    .map(([cause, total]) => `${cause} ${total}`);
  const figure = <T>(value: T | null, text: (value: T) => string) => value === null ? [] : [text(value)];
  return [
    standby.upstream === null ? "upstream unknown" : `from ${standby.upstream}`,
    ...figure(standby.receive_lsn, (lsn) => `received ${lsn}`),
    ...figure(standby.last_replay_unix_seconds, (at) => `last transaction ${clockTime(at)}`),
    ...figure(standby.replay_bytes_per_second, (rate) => `replays ${compactRate(rate)}`),
    ...figure(standby.upstream_lag_seconds, (lag) => `${compactSeconds(lag)} behind its upstream`),
    ...standby.lag_source === "clock"
      ? []
      : figure(standby.lag_source, (source) => `lag by ${wordOf(source)}`),
    ...figure(standby.stage, (stage) => `waits for ${stage}`),
    ...standby.replay_paused === true ? ["replay paused"] : [],
    ...standby.apply_delay_seconds ? [`delayed by ${compactSeconds(standby.apply_delay_seconds)}`] : [],
    ...figure(standby.lag_last_hour, (hour) => `last hour ${describeLagHour(hour)}`),
    standby.total_conflicts === null
      ? "conflicts unknown"
      : `${countOf(standby.total_conflicts, "conflict")}${
        causes.length > 0 ? ` (${causes.join(", ")})` : ""
      }`,
  ];
}

/**
 * When standbys will have caught up, or why they will not.
 *
 * @param standbys Standbys of one cluster.
 */
export function forecastStandbys(standbys: readonly ReportStandby[]): readonly string[] {
  return standbys.flatMap((standby): readonly string[] => {
    const { name, catch_up_seconds: seconds, catch_up: verdict, catch_up_text: why } = standby;
    if (verdict === "must_rebuild") return [`${name} can no longer catch up. ${why}`];
    if (seconds !== null && seconds > 0) return [`${name} will catch up in ${compactSeconds(seconds)}`];
    if (standby.falling_behind === true) return [`${name} is falling behind${why === "" ? "" : `. ${why}`}`];
    if (verdict === "needs_archive") return [`${name} needs the archive to catch up. ${why}`];
    return [];
  });
}

/**
 * The counts of standbys in one sentence.
 *
 * @param summary The counts.
 */
export function describeSummary(summary: ReportSummary): string {
  const { total_standbys: total } = summary;
  if (total === 0) return "no standby known";
  const counts = [
    [summary.healthy_standbys, "healthy"],
    [summary.warning_standbys, "warning"],
    [summary.critical_standbys, "critical"],
    [summary.unknown_standbys, "unknown"],
  ].filter(([count]) => count !== 0).map(([count, status]) => `${count} ${status}`);
  const bytes = summary.max_lag_bytes === null ? "" : ` and ${compactBytes(summary.max_lag_bytes)}`;
  const lag = summary.max_lag_seconds === null
    ? "lag unknown"
    : `lag at most ${compactSeconds(summary.max_lag_seconds)}${bytes}, on average ${
      compactSeconds(summary.average_lag_seconds ?? 0)
    }`;
  return `${countOf(total, "standby")}: ${counts.join(", ")}; ${lag}`;
}
