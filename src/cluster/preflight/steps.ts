import { formatLsn } from "../../domain/lsn.ts";
import { quoteText } from "../../domain/sql_text.ts";
import { serverFact } from "../topology/identity.ts";
import { standsAtTarget } from "../topology/receiver_facts.ts";
import { placeOf, RELOAD, slotOf, slotOfOld, type StepsInput } from "./commands.ts";
import { deriveLaterSteps } from "./later_steps.ts";
import type { PreflightStep } from "./preflight.ts";
import { lastRow } from "./preflight_context.ts";

/**
 * The ordered steps of the manual way for this very cluster: an orderly switchover when the primary is up, a failover
 * when it is down.
 *
 * @param input What is known.
 */
export function deriveSteps(input: StepsInput): readonly PreflightStep[] {
  const { context } = input;
  return [
    ...prepare(input),
    ...context.isPrimaryUp ? stopPrimary(input) : fencePrimary(input),
    receivedAll(input),
    ...promote(input),
    ...deriveLaterSteps(input),
  ];
}

function prepare({ context, slots, followers, sync }: StepsInput): readonly PreflightStep[] {
  const { candidate, primary } = context;
  const existing = new Set((candidate.facts.slots ?? []).map(({ slot }) => slot));
  const wanted = [
    ...(slots ?? []).filter(({ fate }) => fate === "create").map(({ slot }) => slot),
    ...followers.filter(({ action }) => action !== "stays").map(slotOf),
    ...primary === null ? [] : [slotOfOld(primary)],
  ].filter((slot) => slot !== "" && !existing.has(slot));
  const create = [...new Set(wanted)].map((slot) =>
    `SELECT pg_create_physical_replication_slot(${quoteText(slot)}, true);`
  );
  const steps: PreflightStep[] = [];
  if (create.length > 0) {
    steps.push({
      title:
        `Make the slots that "${candidate.server}" will need (a standby may have slots); they keep WAL from now on`,
      where: placeOf(candidate),
      commands: create,
      expect: "",
    });
  }
  if (sync.required > sync.present) {
    steps.push({
      title: "Let commits wait for nobody, until its standbys stream",
      where: placeOf(candidate),
      commands: ["ALTER SYSTEM SET synchronous_standby_names = '';", RELOAD],
      expect: "",
    });
  }
  // At a recovery target that would end recovery.
  if (
    (lastRow(candidate, "recovery")?.pauseState ?? "not paused") !== "not paused" &&
    !standsAtTarget(candidate)
  ) {
    steps.push({
      title: "Resume replay",
      where: placeOf(candidate),
      commands: ["SELECT pg_wal_replay_resume();"],
      expect: "SELECT pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn(): the second reaches the first",
    });
  }
  return steps;
}

function stopPrimary({ context }: StepsInput): readonly PreflightStep[] {
  const { primary } = context;
  if (primary === null) return [];
  return [
    {
      title:
        `Stop writes: point applications and poolers away from "${primary.server}", and hold back whatever would ` +
        "start or promote servers by itself",
      where: "",
      commands: [],
      expect: "",
    },
    {
      title:
        `Stop "${primary.server}" in order: it sends all its WAL to the standbys that stream before it ends`,
      where: placeOf(primary),
      commands: [
        `psql -c 'CHECKPOINT'`,
        `pg_ctl stop -D "$PGDATA" -m fast`,
        `pg_controldata "$PGDATA" | grep -E 'cluster state|Latest checkpoint location'`,
      ],
      expect: 'Database cluster state: "shut down"; note the checkpoint location for the next step',
    },
  ];
}

function fencePrimary({ context, loss }: StepsInput): readonly PreflightStep[] {
  const { primary, candidate } = context;
  const name = primary === null ? "the old primary" : `"${primary.server}"`;
  const where = primary === null ? "" : placeOf(primary);
  const fence: PreflightStep = {
    title:
      `Make sure that ${name} is down and stays down, also after its host starts again: two servers that write ` +
      "cannot be joined any more",
    where,
    commands: [`pg_ctl stop -D "$PGDATA" -m immediate`],
    expect: "When its host cannot be reached: cut its power or its network",
  };
  if (loss.bytes === 0 && loss.basis === "primary_now") return [fence];
  return [fence, {
    title:
      `Save what only ${name} has, if its disk can be read: copy the newest files of its pg_wal into pg_wal of ` +
      `"${candidate.server}" while that is stopped, then start that again`,
    where,
    commands: [`ls -t "$PGDATA/pg_wal" | head`],
    expect: "Without that, what is told under losses is lost",
  }];
}

/**
 * The location of the shutdown checkpoint is where its record starts: who has received exactly that lacks the record,
 * and the old primary, which has it, could not follow. A position that was last known is an end: equal is all of it.
 */
function receivedAll({ context, loss }: StepsInput): PreflightStep {
  const { candidate, isPrimaryUp } = context;
  const at = loss.basisPosition === null ? null : formatLsn(loss.basisPosition);
  const compare = at === null
    ? ""
    : `, GREATEST(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) ${
      isPrimaryUp ? ">" : ">="
    } '${at}' AS has_all`;
  return {
    title: at === null
      ? `Look how far "${candidate.server}" has got`
      : `Check that "${candidate.server}" has received everything` +
        (isPrimaryUp
          ? `; put the checkpoint location of the step before in place of ${at}, where the primary is now`
          : ""),
    where: placeOf(candidate),
    commands: [
      `SELECT pg_last_wal_receive_lsn() AS received, pg_last_wal_replay_lsn() AS replayed${compare};`,
    ],
    expect: at === null
      ? "replayed reaches received"
      : isPrimaryUp
      ? "has_all is true: beyond the location, where the shutdown record only starts; else do not promote: start " +
        "the old primary again, and look why"
      : "has_all tells whether it has what the primary was last known to have",
  };
}

function promote({ context }: StepsInput): readonly PreflightStep[] {
  const { candidate, primary } = context;
  const timeline = Math.max(
    serverFact(candidate)?.timeline ?? 0,
    primary === null ? 0 : serverFact(primary)?.timeline ?? 0,
  );
  return [
    {
      title: `Promote "${candidate.server}"`,
      where: placeOf(candidate),
      commands: ["SELECT pg_promote();"],
      expect: "t; f means that it takes longer than 60 s: it goes on",
    },
    {
      title: "Check that it writes",
      where: placeOf(candidate),
      commands: [
        "SELECT pg_is_in_recovery() AS in_recovery, pg_current_wal_lsn(), pg_walfile_name(pg_current_wal_lsn());",
      ],
      expect: "in_recovery is false" +
        (timeline > 0 ? `; the file's name begins with a timeline above ${timeline}, in hexadecimal` : ""),
    },
    {
      title: `Point applications and poolers to "${candidate.server}"`,
      where: "",
      commands: [],
      expect: "",
    },
  ];
}
