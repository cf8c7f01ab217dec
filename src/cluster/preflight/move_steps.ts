import { quoteName, quoteText } from "../../domain/sql_text.ts";
import type { SubscriptionView } from "../../domain/subscription.ts";
import type { ServerView } from "../../domain/view.ts";
import { hostAndPort } from "../findings/view_queries.ts";
import { stepPlaceOf } from "./commands.ts";
import type { Move } from "./logical_move.ts";
import type { PreflightStep } from "./preflight.ts";
import { lastRow } from "./preflight_context.ts";

/** A step in one database of a server. */
function placeInDatabase(server: ServerView, database: string): string {
  return `${stepPlaceOf(server)}, database ${database}`;
}

/** One subscription that moves. */
interface Mover extends Move {
  readonly subscription: SubscriptionView;
  /** Its database on the publisher. */
  readonly published: string;
  /** The subscription that leads back. */
  readonly back: string;
}

/**
 * The steps of a switchover by logical replication, in order: nothing is dropped before the last one, so that the way back
 * stays open.
 *
 * @param move What moves.
 */
export function deriveMoveSteps(move: Move): readonly PreflightStep[] {
  const { publisher, subscriber } = move;
  const movers = move.movers.map((subscription): Mover => ({
    ...move,
    subscription,
    published: subscription.publisher?.slot?.database ?? subscription.fact.database,
    back: `${subscription.fact.name}_back`,
  }));
  const databases = [...new Map(movers.map((each) => [each.published, each])).values()];
  const hasWayBack = lastRow(subscriber, "wal")?.level === "logical";
  return [
    ...databases.map(lookAtRest),
    ...databases.map(stopWrites),
    ...movers.map(waitFor),
    ...movers.map(disable),
    ...databases.map(setSequences),
    ...hasWayBack ? movers.flatMap(openWayBack) : [],
    {
      title: `Point applications and poolers to "${subscriber.server}"`,
      where: "",
      commands: [],
      expect: `they write there, and nothing writes to "${publisher.server}" any more`,
    },
    ...movers.map((each) => dropLast(each, hasWayBack)),
  ];
}

function lookAtRest({ publisher, published, movers }: Mover): PreflightStep {
  const names = [...new Set(movers.flatMap(({ fact }) => fact.publications))].map(quoteText).join(", ");
  return {
    title: "Look for what is not replicated, and change no table from now on",
    where: placeInDatabase(publisher, published),
    commands: [
      "SELECT format('%I.%I', schemaname, relname) AS not_published FROM pg_stat_user_tables EXCEPT SELECT " +
      `format('%I.%I', schemaname, tablename) FROM pg_publication_tables WHERE pubname IN (${names});`,
      "SELECT count(*) AS large_objects FROM pg_largeobject_metadata;",
    ],
    expect: "only tables that may stay behind, and 0; else publish or copy them first",
  };
}

function stopWrites({ publisher, published }: Mover): PreflightStep {
  return {
    title:
      `Stop writes: stop applications and poolers of "${publisher.server}", and let new sessions only read`,
    where: placeInDatabase(publisher, published),
    risk: {
      because: "Only what is written before this reaches the subscriber for certain",
      check:
        "that the points above still hold, and that applications are stopped: a session may turn this setting off",
      loses:
        "transactions that are open are rolled back, and nothing can be written until applications are pointed elsewhere",
    },
    commands: [
      `ALTER DATABASE ${quoteName(published)} SET default_transaction_read_only = on;`,
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = " +
      "'client backend' AND pid <> pg_backend_pid();",
    ],
    expect: `to go back at this point: ALTER DATABASE ${
      quoteName(published)
    } RESET default_transaction_read_only;`,
  };
}

function waitFor({ subscription: { server, fact } }: Mover): PreflightStep {
  return {
    title: `Wait until subscription "${fact.name}" has applied everything`,
    where: "",
    commands: [`pg-replication-exporter wait ${server}/${fact.name} --caught-up`],
    expect: "exit status 0; on a timeout find out why before you go on",
  };
}

function disable({ subscriber, subscription: { fact } }: Mover): PreflightStep {
  return {
    title: `Disable subscription "${fact.name}", and keep it: its slot holds what might still come`,
    where: placeInDatabase(subscriber, fact.database),
    commands: [`ALTER SUBSCRIPTION ${quoteName(fact.name)} DISABLE;`],
    expect: "",
  };
}

/** A sequence that something on the subscriber has moved further stays there. */
const SETVAL =
  "SELECT format('SELECT setval(%L, %s(%s, (SELECT last_value FROM %s)));', seq, CASE WHEN increment_by > 0 THEN 'GREATEST' " +
  "ELSE 'LEAST' END, last_value, seq) FROM (SELECT format('%I.%I', schemaname, sequencename) AS seq, last_value, increment_by " +
  "FROM pg_sequences WHERE last_value IS NOT NULL) AS s";

function setSequences({ publisher, subscriber, published, subscription: { fact } }: Mover): PreflightStep {
  return {
    title:
      `Set the sequences of "${subscriber.server}": they are not replicated, and would hand out values that exist`,
    where: "a host from which psql reaches both, as a superuser",
    commands: [
      `psql "${hostAndPort(publisher)} dbname=${published}" -XAtq -c "${SETVAL}" > sequences.sql`,
      `psql "${hostAndPort(subscriber)} dbname=${fact.database}" -XAtq -v ON_ERROR_STOP=1 -f sequences.sql`,
    ],
    expect: "no error; one number for each sequence",
  };
}

/** Nothing loops: the subscription that leads here is disabled. */
function openWayBack(
  { publisher, subscriber, published, back, subscription: { fact, publisher: end } }: Mover,
): readonly PreflightStep[] {
  const user = end?.sender?.user || "...";
  return [
    {
      title: `Open a way back: publish the same tables on "${subscriber.server}"`,
      where: placeInDatabase(subscriber, fact.database),
      commands: [
        `SELECT format('CREATE PUBLICATION ${back} FOR TABLE %s', string_agg(srrelid::regclass::text, ', ')) FROM ` +
        `pg_subscription_rel JOIN pg_subscription AS s ON s.oid = srsubid WHERE subname = ${
          quoteText(fact.name)
        } \\gexec`,
      ],
      expect: "",
    },
    {
      title: `Let "${publisher.server}" follow "${subscriber.server}" from here on`,
      where: placeInDatabase(publisher, published),
      commands: [
        "SET default_transaction_read_only = off;",
        `CREATE SUBSCRIPTION ${quoteName(back)} CONNECTION ${
          quoteText(`${hostAndPort(subscriber)} dbname=${fact.database} user=${user}`)
        } PUBLICATION ${quoteName(back)} WITH (copy_data = false); -- with its password`,
      ],
      expect: `on "${subscriber.server}": SELECT active FROM pg_replication_slots WHERE slot_name = ${
        quoteText(back)
      }; shows t. To go back later: the same steps with "${publisher.server}" and "${subscriber.server}" exchanged`,
    },
  ];
}

function dropLast(
  { publisher, subscriber, published, back, subscription: { fact } }: Mover,
  hasWayBack: boolean,
): PreflightStep {
  return {
    title:
      `Last, and only when nobody goes back to "${publisher.server}": drop subscription "${fact.name}", whose slot retains WAL there`,
    where: placeInDatabase(subscriber, fact.database),
    risk: {
      because: `Applications work on "${subscriber.server}", and "${publisher.server}" is no longer needed`,
      check: `that nothing was written to "${publisher.server}" since writes stopped`,
      loses: "what was written there is not applied any more, and there is no way back",
    },
    commands: [
      ...hasWayBack
        ? [
          `-- on ${publisher.server}, database ${published}: SET default_transaction_read_only = off; DROP SUBSCRIPTION ${
            quoteName(back)
          };`,
          `DROP PUBLICATION ${quoteName(back)};`,
        ]
        : [],
      `DROP SUBSCRIPTION ${quoteName(fact.name)};`,
    ],
    expect: `if "${publisher.server}" is gone already: ALTER SUBSCRIPTION ${
      quoteName(fact.name)
    } SET (slot_name = NONE); before the last one`,
  };
}
