import { formatLsn } from "../../domain/lsn.ts";
import { quoteText } from "../../domain/sql_text.ts";
import { serverFact } from "../topology/identity.ts";
import { standsAtTarget } from "../topology/receiver_facts.ts";
import { followerSlotOf, RELOAD_COMMAND, slotOfOld, stepPlaceOf, type StepsInput } from "./commands.ts";
import { leadConsumers, lookAtCopies } from "./consumer_steps.ts";
import { deriveLaterSteps } from "./later_steps.ts";
import type { PreflightStep } from "./preflight.ts";
import { lastRow } from "./preflight_context.ts";

/**
 * The steps of the manual procedure for this cluster, in order: a switchover when the primary is up, a failover when it is
 * down.
 *
 * @param input What is known.
 */
export function deriveSteps(input: StepsInput): readonly PreflightStep[] {
  const { context } = input;
  return [
    ...preparationSteps(input),
    ...lookAtCopies(input),
    ...context.isPrimaryUp ? stopPrimary(input) : fencePrimary(input),
    receivedAll(input),
    ...promote(input),
    ...leadConsumers(input),
    ...deriveLaterSteps(input),
  ];
}

function preparationSteps({ context, slots, followers, sync }: StepsInput): readonly PreflightStep[] {
  const { candidate, primary } = context;
  const existing = new Set((candidate.facts.slots ?? []).map(({ slot }) => slot));
  const wanted = [
    ...(slots ?? []).filter(({ fate }) => fate === "create").map(({ slot }) => slot),
    ...followers.filter(({ action }) => action !== "stays").map(followerSlotOf),
    ...primary === null ? [] : [slotOfOld(primary)],
  ].filter((slot) => slot !== "" && !existing.has(slot));
  const create = [...new Set(wanted)].map((slot) =>
    `SELECT pg_create_physical_replication_slot(${quoteText(slot)}, true);`
  );
  const steps: PreflightStep[] = [];
  if (create.length > 0) {
    steps.push({
      title:
        `Create the slots that "${candidate.server}" will need (a standby can have slots); they retain WAL from now on`,
      where: stepPlaceOf(candidate),
      commands: create,
      expect: "",
    });
  }
  if (sync.required > sync.present) {
    steps.push({
      title: "Turn synchronous replication off until its standbys stream",
      where: stepPlaceOf(candidate),
      risk: {
        because:
          `Only ${sync.present} of the ${sync.required} standbys that it waits for can stream once it is promoted`,
        check: "that nobody needs more than one copy of what is committed until then",
        loses: `what is committed until it is set back is lost if "${candidate.server}" fails`,
      },
      commands: ["ALTER SYSTEM SET synchronous_standby_names = '';", RELOAD_COMMAND],
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
      where: stepPlaceOf(candidate),
      risk: {
        because: "It has no recovery target, and the promotion would end the pause anyway",
        check: "who paused it, and why; a backup, or rows that were deleted on the primary since",
        loses: "what was deleted on the primary since is gone here too",
      },
      commands: ["SELECT pg_wal_replay_resume();"],
      expect: "SELECT pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn(): the second reaches the first",
    });
  }
  return steps;
}

function stopPrimary({ context }: StepsInput): readonly PreflightStep[] {
  const { primary, candidate } = context;
  if (primary === null) return [];
  return [
    {
      title:
        `Stop writes: disconnect applications and poolers from "${primary.server}", and pause everything that ` +
        "starts or promotes servers automatically; then wait until the standby has replayed everything",
      where: "",
      commands: [`pg-replication-exporter wait ${candidate.server} --caught-up`],
      expect: "exit status 0; on a timeout find out why it lags before you stop the primary",
    },
    {
      title:
        `Shut down "${primary.server}" cleanly: it sends all its WAL to the streaming standbys before it stops`,
      where: stepPlaceOf(primary),
      risk: {
        because: "Only after a clean shutdown has the candidate everything",
        check: "that the verdict above is still true, and that applications and poolers are disconnected",
        loses: "open transactions are rolled back, and nothing can be written until the promotion",
      },
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
  const where = primary === null ? "" : stepPlaceOf(primary);
  const fence: PreflightStep = {
    title:
      `Make sure that ${name} is down and stays down, even after its host restarts: two servers that have both ` +
      "accepted writes cannot be merged",
    where,
    risk: {
      because: `${
        primary === null ? "The old primary" : name
      } is unreachable, and two that accept writes cannot be merged`,
      check:
        "that it cannot be started again soon, which would lose nothing, and that clients do not still reach it",
      loses: "a primary that still worked is stopped, and what only it has is lost with the promotion",
    },
    commands: [`pg_ctl stop -D "$PGDATA" -m immediate`],
    expect: "if its host cannot be reached: cut off its power or its network",
  };
  if (loss.bytes === 0 && loss.basis === "primary_now") return [fence];
  return [fence, {
    title:
      `Save the WAL that only ${name} has, if its disk can be read: copy the newest files of its pg_wal into pg_wal of ` +
      `"${candidate.server}" while that server is stopped, then start it again`,
    where,
    commands: [`ls -t "$PGDATA/pg_wal" | head`],
    expect: "without that, the WAL reported as a loss is lost for good",
  }];
}

/**
 * The location of the shutdown checkpoint is the start of its record: a standby that has received exactly that much still
 * needs the record, and the old primary, which has it, could not follow. A last known position is an end: equal is enough.
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
      ? `Check how much "${candidate.server}" has received`
      : `Check that "${candidate.server}" has received everything` +
        (isPrimaryUp
          ? `; replace ${at}, the primary's current position, with the checkpoint location from the previous step`
          : ""),
    where: stepPlaceOf(candidate),
    commands: [
      `SELECT pg_last_wal_receive_lsn() AS received, pg_last_wal_replay_lsn() AS replayed${compare};`,
    ],
    expect: at === null
      ? "replayed reaches received"
      : isPrimaryUp
      ? "has_all is true: it is beyond the location, where the shutdown record starts; otherwise do not promote: start " +
        "the old primary again and find out why"
      : "has_all shows whether it has everything that the primary was last known to have written",
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
      where: stepPlaceOf(candidate),
      risk: {
        because: context.isPrimaryUp
          ? "The previous step shows that it has received everything"
          : "The previous step shows what it has received, and the loss above what it has not",
        check: "that the old primary is down and stays down",
        loses: "there are two primaries, and what one of them accepts is lost",
      },
      commands: ["SELECT pg_promote();"],
      expect: "t; f means that it takes longer than 60 s and continues",
    },
    {
      title: "Check that it accepts writes",
      where: stepPlaceOf(candidate),
      commands: [
        "SELECT pg_is_in_recovery() AS in_recovery, pg_current_wal_lsn(), pg_walfile_name(pg_current_wal_lsn());",
      ],
      expect: "in_recovery is false" +
        (timeline > 0 ? `; the file's name begins with a timeline above ${timeline}, in hexadecimal` : ""),
    },
    {
      title:
        `Point applications and poolers to "${candidate.server}", once the exporter sees it as the primary`,
      where: "",
      commands: [`pg-replication-exporter wait ${candidate.server} --role primary`],
      expect: "exit status 0",
    },
  ];
}
