/**
 * The accuracy table of subscriptions, as the second part of the page.
 *
 * @module
 */
import type { LogicalRow, LogicalWay } from "./logical_scenarios.ts";
import { LOGICAL_FORMULA_TEXTS, LOGICAL_FORMULAS } from "./logical_usual.ts";
import { GOAL_SECONDS, measuredOn, type PageInput } from "./page.ts";
import { BEHIND_SECONDS } from "./score.ts";
import { countCell, errorCell, isBehind, seconds, seenCell, tableOf } from "./tables.ts";

/** The heading of this part. */
export const LOGICAL_HEADING = "## Subscriptions";

const HEADS: readonly (readonly [LogicalWay, string])[] = [
  ["ours", "**ours**"],
  ...LOGICAL_FORMULAS.map((formula, index) => [formula, "ABC".charAt(index)] as const),
];

/** Whether ours meets the goal in a row. */
export function meetsLogicalGoal({ scores: { ours }, falseFindings }: LogicalRow): boolean {
  return ours.answered > 0 && (ours.worstError ?? Infinity) <= GOAL_SECONDS && ours.falseZeros === 0 &&
    ours.falseAlarms === 0 && falseFindings.length === 0;
}

/** Renders the second part of docs/TRUTH.md. */
export function renderLogicalPart(input: PageInput<LogicalRow>): string {
  const { rows, seconds: took } = input;
  const missed = rows.filter((row) => !meetsLogicalGoal(row)).map(({ id }) => id);
  const worst = Math.max(...rows.map(({ scores }) => scores.ours.worstError ?? 0));
  const idle = rows.filter((row) => !isBehind(row));
  return `${LOGICAL_HEADING}

Written by \`deno task truth --logical\`, which takes about ${Math.ceil(took / 60)} minutes. ${
    measuredOn(input)
  }

**Goal**: as for standbys: an error of at most ${GOAL_SECONDS} s, never 0 for a subscription that is more than ${BEHIND_SECONDS} s behind, never ${BEHIND_SECONDS} s or more
for one that has applied what is published. ${
    missed.length === 0
      ? `Met in all ${rows.length} scenarios; the largest error is ${seconds(worst)} s.`
      : `NOT MET in ${missed.join(", ")}.`
  } Where nothing reads the slot,
\`pgrepl_subscription_lag_source{source="upper_bound"}\` is 1: nobody decodes the WAL since then, and it may hold nothing that is published. Such an
answer is wrong only if it is too low; by how much it was too high is the column "bound".

The true lag is measured as above, with the rows in a published table and a reader on the subscriber. Both servers have PostgreSQL's defaults for
\`wal_receiver_status_interval\` and \`wal_retrieve_retry_interval\`.

- ours: \`pgrepl_subscription_lag_seconds\`, from the real collection service with its default settings, scraped every 1.25 s.
${
    LOGICAL_FORMULAS.map((formula, index) =>
      `- ${"ABC".charAt(index)}, ${LOGICAL_FORMULA_TEXTS[formula].replace(": ", ": `")}\``
    ).join("\n")
  }

### Errors of subscriptions

In seconds: the largest error, and the mean in parentheses. "True lag" is the largest true lag of the scenario.

${
    tableOf<LogicalWay, LogicalRow>(rows, {
      ways: HEADS,
      extra: [
        ["true lag", ({ truthSeconds }) => seconds(truthSeconds)],
        ["bound", ({ boundSeconds }) => boundSeconds === null ? "" : `+${seconds(boundSeconds)}`],
      ],
      cell: errorCell,
    })
  }

### Subscriptions reported as 0 while more than ${BEHIND_SECONDS} s behind

Out of all answers.

${
    tableOf<LogicalWay, LogicalRow>(rows.filter(isBehind), {
      ways: HEADS,
      extra: [],
      cell: (score) => countCell(score, score.falseZeros),
    })
  }

### Time to detection of a subscription's lag

As for standbys.

${
    tableOf<LogicalWay, LogicalRow>(rows.filter(isBehind), {
      ways: HEADS,
      extra: [["recovered", (row) => seconds(row.recoverySeconds)]],
      cell: seenCell,
    })
  }

### False alarms of subscriptions

Reported as ${BEHIND_SECONDS} s or more behind while everything published was applied, out of all answers; upper bounds do not count for ours. "Findings": findings of
severity warning and critical while nothing was wrong. For the ten idle minutes a second exporter has a clock that runs twenty times as fast; the
servers are not faster, so its answers are divided by twenty.

${
    tableOf<LogicalWay, LogicalRow>(idle, {
      ways: HEADS,
      extra: [["findings", ({ falseFindings }) =>
        falseFindings.length === 0 ? "none" : falseFindings.join(", ")]],
      cell: (score) =>
        countCell(score, score.falseAlarms),
    })
  }

A dropped slot is not in the tables: without it, what is left to apply is unknown, and
\`pgrepl_subscription_lag_unknown{reason="slot_missing"}\` is 1. The failure suite
([subscription_faults.ts](../tests/chaos/logical/subscription_faults.ts)) asserts lag, reason and findings once a second in these and further
faults on every major version.
`;
}
