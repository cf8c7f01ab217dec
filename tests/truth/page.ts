/**
 * The accuracy table as a page.
 *
 * @module
 */
import type { Machine } from "../bench/machine.ts";
import { type Row, type Way, WAYS } from "./scenarios.ts";
import { BEHIND_SECONDS } from "./score.ts";
import { countCell, errorCell, isBehind, seconds, seenCell, tableOf } from "./tables.ts";
import { FORMULA_TEXTS, FORMULAS } from "./usual.ts";

/** Seconds from one sample of the primary's position to the next (`--lag.sample-interval`). */
const SAMPLE_INTERVAL_SECONDS = 1;
/** Maximum age of the collection behind a scrape (`--collect.max-age`). */
const COLLECTION_SECONDS = 1;
/** Largest allowed error. */
export const GOAL_SECONDS = SAMPLE_INTERVAL_SECONDS + COLLECTION_SECONDS;

/** Input of the page. */
export interface PageInput<R = Row> {
  /** The rows. */
  readonly rows: readonly R[];
  /** PostgreSQL's version. */
  readonly version: string;
  /** The machine it was measured on. */
  readonly machine: Machine;
  /** Load averages during the run. */
  readonly loads: readonly number[];
  /** Date of the run. */
  readonly date: string;
  /** Duration of the run, seconds. */
  readonly seconds: number;
}

const LETTERS: Readonly<Record<Way, string>> = {
  ours: "**ours**",
  received: "A",
  last_replay: "B",
  replay_lag: "C",
};

const HEADS = WAYS.map((way) => [way, LETTERS[way]] as const);

/** Whether ours meets the goal in a row. */
export function meetsGoal({ scores: { ours } }: Row): boolean {
  return ours.answered > 0 && (ours.worstError ?? Infinity) <= GOAL_SECONDS && ours.falseZeros === 0 &&
    ours.falseAlarms === 0;
}

/** When, on which version and machine. */
export function measuredOn({ version, machine, loads, date }: PageInput<unknown>): string {
  const load = `${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`;
  return `Measured on ${date} with PostgreSQL ${version} on
${machine.processor}, ${machine.cores} cores, ${machine.memoryGibibytes} GiB, ${machine.system}, Deno ${machine.deno}, load average ${load}.`;
}

/** Renders the first part of docs/TRUTH.md. */
export function renderPage(input: PageInput): string {
  const { rows, seconds: took } = input;
  const behind = rows.filter(isBehind);
  const missed = rows.filter((row) => !meetsGoal(row)).map(({ id }) => id);
  const worst = Math.max(...rows.map(({ scores }) => scores.ours.worstError ?? 0));
  return `# Accuracy of the lag

Written by \`deno task truth\`, this part by \`--standbys\` alone. It takes about ${
    Math.ceil(took / 60)
  } minutes, needs no installed PostgreSQL, and with
\`--only E1,E3\`, \`--json\` or another \`--major\` prints the result instead of writing this page. ${
    measuredOn(input)
  }

**Goal**: the error of the published lag in seconds never exceeds one sample interval (\`--lag.sample-interval\`,
${SAMPLE_INTERVAL_SECONDS} s) plus one collection (\`--collect.max-age\`, ${COLLECTION_SECONDS} s). The lag is never 0 for a standby that is more than ${BEHIND_SECONDS} s behind, and never ${BEHIND_SECONDS} s or
more for one that is caught up. ${
    missed.length === 0
      ? `Met in all ${rows.length} scenarios; the largest error is ${seconds(worst)} s.`
      : `NOT MET in ${missed.join(", ")}.`
  }

## How the true lag is measured

Four numbered rows per second are committed on the primary, and the time of each commit is recorded with one monotonic clock, that of the
measuring process. A reader on the standby sees which rows have arrived. If row 57 is the first missing row, the true lag of the standby is
the time since row 57 was committed; if every row is visible, the true lag is 0. WAL positions, replication views and the clocks of the
servers are not used. A standby that is down or frozen cannot be read; it is stopped while it shows every row and nothing is being written, so
that the first missing row is still known.

The true lag is measured right before and right after each query of the others, which gives its minimum and maximum during the query. The
error of an answer is its distance from that range.

- ours: \`pgrepl_standby_lag_seconds\`, from the real collection service with its default settings, scraped every 1.25 s.
${
    FORMULAS.map((formula) => `- ${LETTERS[formula]}, ${FORMULA_TEXTS[formula].replace(": ", ": \`")}\``)
      .join("\n")
  }

A, B and C are queried at the same time on their own connections. Most exporters and dashboards publish one of them.

## Errors

In seconds: the largest error, and the mean in parentheses. "True lag" is the largest true lag of the scenario. "Silent" counts queries with no
answer or NULL. The time until a recovery is detected is not an error of the lag; it is listed as "recovered" below.

${
    tableOf(rows, {
      ways: HEADS,
      extra: [["true lag", (row) => seconds(row.truthSeconds)]],
      cell: errorCell,
    })
  }

## Reported as 0 while more than ${BEHIND_SECONDS} s behind

Out of all answers.

${tableOf(behind, { ways: HEADS, extra: [], cell: (score) => countCell(score, score.falseZeros) })}

## Time to detection

Seconds from the commit of the first row missing on the standby until at least half of the lag (and at least half a second) was reported.
"Recovered": seconds from the end of the fault until ours reported all standbys of the cluster as caught up, including restarts and catching up.

${
    tableOf(behind, {
      ways: HEADS,
      extra: [["recovered", (row) => seconds(row.recoverySeconds)]],
      cell: seenCell,
    })
  }

## False alarms

Reported as ${BEHIND_SECONDS} s or more behind while nothing was missing, out of all answers. For the ten idle minutes a second exporter monitors the same idle
cluster with a clock that runs twenty times as fast. B depends on the servers' own clocks, which cannot be accelerated: after ten idle minutes it
reports 600 s.

${
    tableOf(rows.filter((row) => !isBehind(row) || row.id === "E8"), {
      ways: HEADS,
      extra: [],
      cell: (score) => countCell(score, score.falseAlarms),
    })
  }

## Not in the tables

If the primary is down and every standby has all the WAL it is known to have written, it is unknown whether it wrote more: there is no sample, and
\`pgrepl_standby_lag_unknown{reason="primary_unreachable"}\` is 1. The failure suite (\`tests/chaos/\`) tests this, every scenario above twice per
second, and faults without lag: lost slots (E7), \`pg_receivewal\` (E9), two primaries (E10), waiting commits (E11), logins, exhausted connections,
and 1,000 scrapes while servers are frozen, drop packets or refuse connections.
`;
}
