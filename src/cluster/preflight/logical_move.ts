/**
 * A switchover by logical replication, such as for a major upgrade: whether applications may move from a publisher to its
 * subscriber now, what would be missing there, and the steps.
 *
 * @module
 */
import { countOf, formatBytes, formatSeconds, joinNames } from "../../domain/quantities.ts";
import { consumerOf } from "../../domain/slot.ts";
import { STOPPED_REASONS, type SubscriptionView } from "../../domain/subscription.ts";
import type { ServerView, View } from "../../domain/view.ts";
import { MOST_NAMED } from "../findings/subscription_pair.ts";
import { clusterOf, serverNamed } from "../findings/view_queries.ts";
import { catalogueOf, type SubscriptionGaps, subscriptionGapsOf } from "../logical/subscription_gaps.ts";
import { serverFact } from "../topology/identity.ts";
import { deriveMoveSteps } from "./move_steps.ts";
import type { Preflight, PreflightPoint, PreflightWeight, WalLoss } from "./preflight.ts";
import { lastRow } from "./preflight_context.ts";
import { NOTHING_KNOWN, sorted, undecided, verdictOf } from "./verdict.ts";

/** What moves: subscriptions of one server. */
export interface MoveInput {
  /** The name that was asked for. */
  readonly name: string;
  /** The subscriptions. */
  readonly movers: readonly SubscriptionView[];
}

/** A move between two servers that are known. */
export interface Move {
  /** Everything known. */
  readonly view: View;
  /** The server that takes over. */
  readonly subscriber: ServerView;
  /** The server that applications leave. */
  readonly publisher: ServerView;
  /** The subscriptions. */
  readonly movers: readonly SubscriptionView[];
}

/**
 * The subscriptions that a name means: that of a server all of its own, else that of a subscription, also as `SERVER/NAME`.
 *
 * @param view Everything known.
 * @param name The name.
 */
export function moversNamed(view: View, name: string): readonly SubscriptionView[] {
  const named = serverNamed(view, name);
  const own = named?.aliasOf ?? name;
  const ofServer = view.subscriptions.filter(({ server }) => server === own);
  if (named !== null) return ofServer;
  return view.subscriptions.filter(({ server, fact }) =>
    fact.subscription === name || fact.name === name || `${server}/${fact.name}` === name
  );
}

/**
 * Whether applications may move to a subscriber now.
 *
 * @param view Everything known.
 * @param input What moves.
 */
export function deriveMove(view: View, { name, movers }: MoveInput): Preflight {
  const say = (text: string, advice: string) =>
    undecided(name, { part: "candidate", weight: "unknown", text, advice });
  const subscribers = [...new Set(movers.map(({ server }) => server))];
  const subscriber = serverNamed(view, subscribers[0] ?? null);
  if (subscriber === null || subscribers.length > 1) {
    return say(
      `Several servers have a subscription "${name}"`,
      `Name one: ${joinNames(movers.map(({ server, fact }) => `${server}/${fact.name}`), MOST_NAMED)}`,
    );
  }
  const publishers = [...new Set(movers.map(({ publisher }) => publisher?.server ?? null))];
  const publisher = serverNamed(view, publishers[0] ?? null);
  if (publishers.length > 1) {
    return say(
      `The subscriptions of "${subscriber.server}" read from several publishers`,
      `Name one: ${joinNames(movers.map(({ server, fact }) => `${server}/${fact.name}`), MOST_NAMED)}`,
    );
  }
  if (publisher === null) {
    return say(
      `The publisher of "${name}" is not watched: ${movers[0]?.publisherUnknown ?? ""}`,
      "Watch it as well: --server=NAME=...",
    );
  }
  if (!publisher.up || !subscriber.up) {
    const down = publisher.up ? subscriber : publisher;
    return say(
      `"${down.server}" is unreachable, so what would be missing is unknown: ${down.trouble?.message ?? ""}`,
      "Fix that first",
    );
  }
  const move: Move = { view, subscriber, publisher, movers };
  const loss = lossOf(move);
  const points = [
    ...movers.flatMap(statePoints),
    ...movers.flatMap((each) => tablePoints(view, each)),
    ...movers.map((each) => sequencePoint(view, each)),
    ...restPoints(move),
  ];
  const verdict = verdictOf(points, loss);
  const decisive = points.find(({ weight }) => weight === "no_go") ??
    points.find(({ weight }) => weight === "unknown") ?? points.find(({ weight }) => weight === "warning");
  return {
    candidate: subscriber.server,
    primary: publisher.server,
    kind: "logical_switchover",
    verdict,
    headline:
      `${MOVE_OPENINGS[verdict] ?? "Unknown"}: applications ${
        verdict === "no_go" ? "should not" : "may"
      } move from "${publisher.server}" to "${subscriber.server}"${verdict === "no_go" ? " now" : ""}` +
      (decisive === undefined ? "" : `. ${decisive.text}`),
    better: null,
    loss,
    points: sorted(points),
    followers: [],
    slots: [],
    consumers: [],
    manager: null,
    steps: deriveMoveSteps(move),
  };
}

const MOVE_OPENINGS: Partial<Readonly<Record<Preflight["verdict"], string>>> = {
  go: "Go",
  go_with_warnings: "Go, with warnings",
  no_go: "No go",
};

function pointIn(part: PreflightPoint["part"]) {
  return (weight: PreflightWeight, text: string, advice = ""): PreflightPoint => ({
    part,
    weight,
    text,
    advice,
  });
}

/** What would be missing if applications moved at this moment, without any other step. */
function lossOf({ view, movers, publisher }: Move): WalLoss {
  const largest = movers.toSorted((a, b) => (b.lag.bytes ?? Infinity) - (a.lag.bytes ?? Infinity))[0];
  if (largest === undefined) return NOTHING_KNOWN;
  const { seconds, source, appliedPosition } = largest.lag;
  const bytes = appliedPosition === null || largest.lag.bytes === null
    ? null
    : Math.max(0, largest.lag.bytes);
  return {
    ...NOTHING_KNOWN,
    bytes,
    atLeastBytes: bytes,
    seconds: bytes === null ? null : seconds,
    isAtMost: source === "upper_bound",
    basis: "primary_now",
    basisPosition: serverFact(publisher)?.writePosition ?? null,
    basisAgeSeconds: publisher.readAt === null ? null : view.at - publisher.readAt,
    receivedPosition: appliedPosition,
    replayedPosition: appliedPosition,
  };
}

function statePoints(subscription: SubscriptionView): readonly PreflightPoint[] {
  const { fact, lag, reason, reasonText, publisher } = subscription;
  const say = pointIn("subscriptions");
  const which = `Subscription "${fact.name}"`;
  if (reason !== null && (STOPPED_REASONS.has(reason) || reason === "copy_error")) {
    return [say("no_go", `${which} applies nothing: ${reasonText}`, "Correct that first, see its finding")];
  }
  if (lag.seconds === null || lag.bytes === null) {
    return [say("unknown", `How far ${which} is behind is unknown: ${lag.unknownBecause}`)];
  }
  const conflicts = Object.values(fact.conflictsTotal).reduce((sum, each) => sum + each, 0);
  return [
    lag.seconds === 0
      ? say("fine", `${which} has applied everything that "${publisher?.server}" has written`)
      : say(
        "info",
        `${which} is ${formatSeconds(lag.seconds)} (${
          formatBytes(lag.bytes)
        } of WAL) behind: once writes have stopped it ` +
          "applies the rest",
      ),
    ...reason === "long_transaction" ? [say("warning", `${which}: ${reasonText}`)] : [],
    ...conflicts === 0 ? [] : [
      say(
        "warning",
        `${which} has met ${
          countOf(conflicts, "row")
        } that differed or were missing: something else writes to its tables`,
        "Compare the tables before you move",
      ),
    ],
  ];
}

function tablePoints(view: View, subscription: SubscriptionView): readonly PreflightPoint[] {
  const { fact } = subscription;
  const say = pointIn("tables");
  const which = `subscription "${fact.name}"`;
  const states = Object.entries(fact.tables ?? {});
  const total = states.reduce((sum, [, count]) => sum + count, 0);
  const ready = fact.tables?.["r"] ?? 0;
  const copied = fact.tables === null
    ? say("unknown", `How many tables of ${which} have been copied was not read`)
    : total === 0
    ? say("no_go", `${which.replace("s", "S")} has no tables`)
    : ready < total
    ? say("no_go", `${total - ready} of ${total} tables of ${which} are not copied yet`, "Wait until all are")
    : say("fine", `All ${total} tables of ${which} are copied and in sync`);
  const gaps = gapsOf(view, subscription)?.gaps;
  if (gaps === undefined) {
    return [
      copied,
      say(
        "warning",
        `Whether tables or columns of ${which} are missing was not checked: the catalogues of both databases were not read`,
        "Ask an exporter that has run for some minutes: --from=HOST:PORT",
      ),
    ];
  }
  const lacking = [...gaps.missingTables, ...gaps.unsubscribedTables];
  return [
    copied,
    ...gaps.missingPublications.length === 0 ? [] : [
      say(
        "no_go",
        `Publications of ${which} are missing: ${joinNames(gaps.missingPublications, MOST_NAMED)}`,
      ),
    ],
    ...lacking.length === 0 ? [] : [
      say(
        "no_go",
        `Tables that are published are not in ${which}: ${joinNames(lacking, MOST_NAMED)}`,
        "See findings table_missing and table_not_subscribed",
      ),
    ],
    ...gaps.unpublishedTables.length === 0 ? [] : [
      say(
        "warning",
        `Tables of ${which} are no longer published, so they stand still: ${
          joinNames(gaps.unpublishedTables, MOST_NAMED)
        }`,
      ),
    ],
    ...gaps.misfits.length === 0 ? [] : [
      say(
        "warning",
        `Tables of ${which} differ: ${joinNames(gaps.misfits.map(({ table }) => table), MOST_NAMED)}`,
      ),
    ],
    ...lacking.length + gaps.missingPublications.length + gaps.unpublishedTables.length +
          gaps.misfits.length > 0
      ? []
      : [say("fine", `Both sides of ${which} have the same tables and columns`)],
  ];
}

function gapsOf(view: View, { server, fact }: SubscriptionView): SubscriptionGaps | null {
  return subscriptionGapsOf(view).find(({ subscription }) =>
    subscription.server === server && subscription.fact.subscription === fact.subscription
  ) ?? null;
}

function sequencePoint(view: View, subscription: SubscriptionView): PreflightPoint {
  const { server, fact, publisher } = subscription;
  const say = pointIn("sequences");
  const gaps = gapsOf(view, subscription);
  const sides = [
    catalogueOf(view, server, fact.database),
    publisher === null ? null : catalogueOf(view, publisher.server, publisher.slot?.database ?? ""),
  ];
  const isRead = sides.every((each) =>
    each?.content?.sequences?.every(({ isReadable }) => isReadable) === true
  );
  const step = "the step below sets them, once writes have stopped";
  if (gaps === null || !isRead) {
    return say(
      "warning",
      `Sequences of database "${fact.database}" were not compared; they are not replicated: ${step}`,
    );
  }
  const behind = gaps.gaps.sequencesBehind;
  return behind.length === 0
    ? say(
      "fine",
      `No sequence of database "${fact.database}" is behind now; they are not replicated: ${step}`,
    )
    : say(
      "info",
      `${countOf(behind.length, "sequence")} of database "${fact.database}" ${
        behind.length === 1 ? "is" : "are"
      } behind (${
        joinNames(behind.map(({ sequence }) => sequence), MOST_NAMED)
      }), as they are not replicated: ${step}`,
    );
}

function restPoints({ view, subscriber, publisher, movers }: Move): readonly PreflightPoint[] {
  const say = pointIn("rest");
  const moved = new Set(movers.map(({ fact }) => fact.slot));
  const others = (publisher.facts.slots ?? []).filter((slot) =>
    slot.type === "logical" && !slot.temporary && consumerOf(slot) !== "table_copy" && !moved.has(slot.slot)
  ).map(({ slot }) => `"${slot}"`);
  const key = clusterOf(view, subscriber.server)?.key;
  const hasStandby = view.standbys.some(({ clusterKey, connected }) =>
    clusterKey === key && connected === true
  );
  const [own, its] = [lastRow(subscriber, "settings"), lastRow(publisher, "settings")];
  return [
    say(
      "info",
      "Not replicated: changes of the schema, large objects, roles, and tables that are not published",
    ),
    ...others.length === 0 ? [] : [
      say(
        "warning",
        `${
          others.length === 1 ? "Another consumer reads" : `${others.length} other consumers read`
        } from "${publisher.server}" ` +
          `(slot ${joinNames(others, MOST_NAMED)}): what "${subscriber.server}" writes does not reach them`,
        `Let them read from "${subscriber.server}", which needs a new slot there, and for all but an empty one a new copy`,
      ),
    ],
    ...hasStandby ? [] : [say("warning", `"${subscriber.server}" has no standby`)],
    ...lastRow(subscriber, "wal")?.level === "logical" ? [] : [
      say(
        "warning",
        `wal_level of "${subscriber.server}" is ${
          lastRow(subscriber, "wal")?.level ?? "unknown"
        }: without logical there is no ` +
          "way back that keeps what is written there",
        `On "${subscriber.server}": ALTER SYSTEM SET wal_level = logical; and restart it`,
      ),
    ],
    ...own === null || its === null || own.maxConnections >= its.maxConnections ? [] : [
      say(
        "info",
        `max_connections = ${own.maxConnections} on "${subscriber.server}", ${its.maxConnections} on "${publisher.server}"`,
      ),
    ],
  ];
}
