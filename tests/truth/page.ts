/**
 * The accuracy table as a page.
 *
 * @module
 */
import type { Machine } from "../bench/machine.ts";
import { type Row, type Way, WAYS } from "./scenarios.ts";
import { BEHIND_SECONDS, type Score } from "./score.ts";
import { FORMULA_TEXTS, FORMULAS } from "./usual.ts";

/** Seconds from one sample of the primary's position to the next (`--lag.sample-interval`). */
const SAMPLE_INTERVAL_SECONDS = 1;
/** Oldest collection a scrape is answered from (`--collect.max-age`). */
const COLLECTION_SECONDS = 1;
/** No error may be larger. */
export const GOAL_SECONDS = SAMPLE_INTERVAL_SECONDS + COLLECTION_SECONDS;

/** What is on the page. */
export interface PageInput {
  /** The rows. */
  readonly rows: readonly Row[];
  /** PostgreSQL's version. */
  readonly version: string;
  /** Where it was measured. */
  readonly machine: Machine;
  /** Load average, least and most. */
  readonly loads: readonly number[];
  /** The day. */
  readonly date: string;
  /** How long it took, seconds. */
  readonly seconds: number;
}

const LETTERS: Readonly<Record<Way, string>> = {
  ours: "**ours**",
  received: "A",
  last_replay: "B",
  replay_lag: "C",
};

/** Whether we reached the goal in a row. */
export function meetsGoal({ scores: { ours } }: Row): boolean {
  return ours.answered > 0 && (ours.worstError ?? Infinity) <= GOAL_SECONDS && ours.falseZeros === 0 &&
    ours.falseAlarms === 0;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map((_, index) => index < 2 ? "---" : "--:"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function seconds(value: number | null): string {
  return value === null ? "-" : value.toFixed(value < 10 ? 2 : 1);
}

function errorCell({ moments, answered, meanError, worstError }: Score): string {
  if (answered === 0) return "no answer";
  const silent = answered < moments ? `, silent ${moments - answered} of ${moments}` : "";
  return `${seconds(worstError)} (${seconds(meanError)})${silent}`;
}

function seenCell({ seenAfterSeconds, answered }: Score): string {
  if (answered === 0) return "no answer";
  return seenAfterSeconds === null ? "never" : seconds(seenAfterSeconds);
}

function countCell(score: Score, count: number): string {
  if (score.answered === 0) return "no answer";
  return `${count} of ${score.answered}`;
}

/** Which rows have a lag to be seen. */
function isBehind({ truthSeconds }: Row): boolean {
  return truthSeconds > BEHIND_SECONDS;
}

function tableOf(
  rows: readonly Row[],
  { extra, cell }: {
    readonly extra: readonly (readonly [head: string, cell: (row: Row) => string])[];
    readonly cell: (score: Score) => string;
  },
): string {
  return table(
    ["", "scenario", ...extra.map(([head]) => head), ...WAYS.map((way) => LETTERS[way])],
    rows.map((row) => [
      row.id,
      row.title,
      ...extra.map(([, text]) => text(row)),
      ...WAYS.map((way) => cell(row.scores[way])),
    ]),
  );
}

/** Renders docs/TRUTH.md. */
export function renderPage({ rows, version, machine, loads, date, seconds: took }: PageInput): string {
  const behind = rows.filter(isBehind);
  const missed = rows.filter((row) => !meetsGoal(row)).map(({ id }) => id);
  const worst = Math.max(...rows.map(({ scores }) => scores.ours.worstError ?? 0));
  return `# How true the lag is

Written by \`deno task truth\`, which takes about ${
    Math.ceil(took / 60)
  } minutes, needs no installed PostgreSQL, and prints
instead of writing this page when it is given \`--only E1,E3\`, \`--json\` or another \`--major\`. Measured on ${date} with PostgreSQL ${version} on
${machine.processor}, ${machine.cores} cores, ${machine.memoryGibibytes} GiB, ${machine.system}, Deno ${machine.deno}, load average ${
    Math.min(...loads).toFixed(1)
  } to ${Math.max(...loads).toFixed(1)}.

**Goal**: the lag in seconds that we publish is never further from the truth than one sample interval (\`--lag.sample-interval\`,
${SAMPLE_INTERVAL_SECONDS} s) plus one collection (\`--collect.max-age\`, ${COLLECTION_SECONDS} s); never 0 for a standby that is more than ${BEHIND_SECONDS} s behind; never ${BEHIND_SECONDS} s or
more for one that is not behind. ${
    missed.length === 0
      ? `Reached in all ${rows.length} scenarios; the worst error of all is ${seconds(worst)} s.`
      : `MISSED in ${missed.join(", ")}.`
  }

## How the truth is known

Numbered rows are committed on the primary, four a second, and the moment of each commit is noted on one monotonic clock, that of the
measuring process. A reader on the standby sees which rows have arrived. A standby to which row 57 and all that follow are missing is
behind by the time since row 57 was committed; one that shows every row is behind by 0. No position of the write-ahead log, no replication
view and no clock of a server has a part in it. A standby that is dead or frozen cannot be asked; it was made so when it showed every row and
nothing was being written, so that the first row it lacks is known all the same.

Each moment is looked at twice, right before and right after the others were asked, which gives the least and the most the lag can have been
meanwhile. The error of an answer is its distance from that span.

- ours: \`pgrepl_standby_lag_seconds\`, from the real collection service with its default settings, scraped every 1.25 s.
${
    FORMULAS.map((formula) => `- ${LETTERS[formula]}, ${FORMULA_TEXTS[formula].replace(": ", ": \`")}\``)
      .join("\n")
  }

A, B and C are asked on connections of their own, at the same moments. They are what most exporters and dashboards publish.

## Errors

Seconds: the worst, and the mean in brackets. "True lag" is the largest of the scenario. "Silent" is how often there was no answer, or NULL. That a
server is well again is found out a little later, which is no error of the lag but the time "right again" further down.

${
    tableOf(rows, {
      extra: [["true lag", (row) => seconds(row.truthSeconds)]],
      cell: errorCell,
    })
  }

## Said to be 0 while more than ${BEHIND_SECONDS} s behind

Of all answers.

${tableOf(behind, { extra: [], cell: (score) => countCell(score, score.falseZeros) })}

## Time until it was seen

Seconds from the commit of the first row that the standby lacks until at least half of the lag (and half a second) was said. "Right again": from the
healing until we said that all standbys of the cluster had caught up, restarts and catching up included.

${
    tableOf(behind, {
      extra: [["right again", (row) => seconds(row.recoverySeconds)]],
      cell: seenCell,
    })
  }

## False alarms

Said to be ${BEHIND_SECONDS} s or more behind while nothing was missing, of all answers. For the ten idle minutes a second exporter watches the same idle
cluster with a clock that runs twenty times as fast; the servers' own clocks, by which B is reckoned, cannot be hurried: after ten idle minutes it says
600 s.

${
    tableOf(rows.filter((row) => !isBehind(row) || row.id === "E8"), {
      extra: [],
      cell: (score) => countCell(score, score.falseAlarms),
    })
  }

## What has no number

A primary that is down while every standby has all that it had written: nobody can know whether it wrote more, so there is no sample, and
\`pgrepl_standby_lag_unknown{reason="primary_unreachable"}\` is 1. The failure suite (\`tests/chaos/\`) asserts this, every scenario above twice a
second, and what is no lag: lost slots (E7), \`pg_receivewal\` (E9), two primaries (E10), commits that wait (E11), logins, exhausted connections, and
1,000 scrapes while servers are frozen, black-holed and refusing.
`;
}
