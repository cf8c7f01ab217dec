import { countOf } from "../../domain/quantities.ts";
import type { ReportStandby, ReportSummary } from "../model.ts";
import { clockTime, compactBytes, compactRate, compactSeconds, NOT_KNOWN } from "../styled_text/amounts.ts";
import { type Line, span, styleOf } from "../styled_text/line.ts";
import { wordOf, worstFirst } from "../status.ts";
import { indent, layTable, NOTHING, wrap } from "./lines.ts";

const COLUMNS = [
  { title: "STANDBY" },
  { title: "STATUS" },
  { title: "LAG", isRight: true },
  { title: "BEHIND", isRight: true },
  { title: "STATE" },
  { title: "SYNC" },
  { title: "REPLAYED" },
];

/**
 * Standbys, the worst first, each with what is wrong with it and its own figures below.
 *
 * @param standbys Those of one cluster.
 * @param options Columns there are.
 */
export function layStandbys(
  standbys: readonly ReportStandby[],
  { width }: { readonly width: number },
): readonly Line[] {
  const sorted = worstFirst(standbys);
  const [head, ...rows] = layTable(
    COLUMNS,
    sorted.map((standby) => [
      span(standby.name, "strong"),
      span(standby.status, styleOf(standby.status)),
      span(compactSeconds(standby.lag_seconds)),
      span(compactBytes(standby.lag_bytes)),
      span(standby.reason === null ? NOT_KNOWN : wordOf(standby.reason)),
      span(standby.sync_state ?? NOTHING),
      span(standby.replay_lsn ?? NOT_KNOWN),
    ]),
    { width },
  );
  if (head === undefined) return [];
  return [
    head,
    ...rows.flatMap((row, index) => {
      const standby = sorted[index];
      return standby === undefined ? [row] : [row, ...indent(describe(standby, { width }))];
    }),
  ];
}

function describe(standby: ReportStandby, { width }: { readonly width: number }): readonly Line[] {
  const room = { width: width - 4 };
  return [
    ...standby.status_reasons.flatMap((reason) => wrap(reason, { ...room, style: styleOf(standby.status) })),
    ...wrap(figuresOf(standby).join(", "), { ...room, style: "quiet" }),
  ];
}

function figuresOf(standby: ReportStandby): readonly string[] {
  const causes = Object.entries(standby.conflicts ?? {}).filter(([, total]) => total > 0)
    .map(([cause, total]) => `${cause} ${total}`);
  return [
    standby.upstream === null ? "upstream not known" : `from ${standby.upstream}`,
    ...standby.receive_lsn === null ? [] : [`received ${standby.receive_lsn}`],
    ...standby.last_replay_unix_seconds === null
      ? []
      : [`last transaction ${clockTime(standby.last_replay_unix_seconds)}`],
    ...standby.replay_bytes_per_second === null
      ? []
      : [`replays ${compactRate(standby.replay_bytes_per_second)}`],
    ...standby.upstream_lag_seconds === null
      ? []
      : [`${compactSeconds(standby.upstream_lag_seconds)} behind its upstream`],
    ...standby.lag_source === null || standby.lag_source === "clock"
      ? []
      : [`lag by ${wordOf(standby.lag_source)}`],
    ...standby.stage === null ? [] : [`waits for ${standby.stage}`],
    ...standby.replay_paused === true ? ["replay paused"] : [],
    ...standby.apply_delay_seconds ? [`delayed by ${compactSeconds(standby.apply_delay_seconds)}`] : [],
    standby.total_conflicts === null
      ? "conflicts not known"
      : `${countOf(standby.total_conflicts, "conflict")}${
        causes.length > 0 ? ` (${causes.join(", ")})` : ""
      }`,
  ];
}

/**
 * Where standbys are going: when they have caught up, or why not.
 *
 * @param standbys Those of one cluster.
 */
export function forecastStandbys(standbys: readonly ReportStandby[]): readonly string[] {
  return standbys.flatMap((standby): readonly string[] => {
    const { name, catch_up_seconds: seconds, catch_up: verdict, catch_up_text: why } = standby;
    if (verdict === "must_rebuild") return [`${name} cannot catch up any more. ${why}`];
    if (seconds !== null && seconds > 0) return [`${name} has caught up in ${compactSeconds(seconds)}`];
    if (standby.falling_behind === true) return [`${name} is falling behind${why === "" ? "" : `. ${why}`}`];
    if (verdict === "needs_archive") return [`${name} needs the archive to catch up. ${why}`];
    return [];
  });
}

/**
 * Standbys, counted, in one sentence.
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
