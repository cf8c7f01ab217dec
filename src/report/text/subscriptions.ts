import {
  deriveLogicalLinks,
  describeNames,
  describeStopped,
  isStopped,
  type LogicalLink,
} from "../logical_links.ts";
import type { ReportSubscription } from "../model.ts";
import { describeLagHour, worstFirst } from "../status.ts";
import {
  describeCatchUpOf,
  describeErrors,
  describeHindrances,
  describeSlotOf,
  describeSource,
  describeTables,
  reasonsOfSubscription,
  stateOfSubscription,
} from "../subscription_words.ts";
import { compactBytes, compactRate, compactSeconds, NOT_KNOWN } from "../styled_text/amounts.ts";
import { type Line, type Room, span, styleOf } from "../styled_text/line.ts";
import { takeSome } from "../take_some.ts";
import { indent, layRest, laySection, layTable, layText, numbers, words } from "./lines.ts";

/**
 * Subscriptions, the worst first, each with its problems and figures below, and who subscribes to whom.
 *
 * @param subscriptions Every subscription of a report.
 * @param room Columns available.
 */
export function laySubscriptions(
  subscriptions: readonly ReportSubscription[],
  room: Room,
): readonly Line[] {
  const { shown, rest } = takeSome(worstFirst(subscriptions), room.most);
  const [head, ...rows] = layTable(
    [
      ...words("SUBSCRIPTION", "STATUS"),
      ...numbers("LAG"),
      ...words("STATE", "FROM", "ON"),
    ],
    shown.map((each) => [
      span(each.name, "strong"),
      span(each.status, styleOf(each.status)),
      span(compactSeconds(each.lag_seconds)),
      span(stateOfSubscription(each) ?? NOT_KNOWN),
      span(each.publisher?.server ?? NOT_KNOWN),
      span(each.server),
    ]),
    room,
  );
  if (head === undefined) return [];
  return [
    head,
    ...rows.flatMap((row, index) => {
      const each = shown[index];
      return each === undefined
        ? [row]
        : [row, ...indent(laySubscriptionDetails(each, { width: room.width - 2 }))];
    }),
    ...layRest(rest.map(({ status }) => status), { ...room, noun: "subscription" }),
    ...laySection("Logical replication", layLinks(deriveLogicalLinks(subscriptions), room)),
  ];
}

function laySubscriptionDetails(subscription: ReportSubscription, room: Room): readonly Line[] {
  return [
    ...reasonsOfSubscription(subscription).flatMap((reason) =>
      layText(reason, {
        ...room,
        style: subscription.status === "healthy" ? "plain" : styleOf(subscription.status),
      })
    ),
    ...layText(figuresOfSubscription(subscription).join(", "), { ...room, style: "quiet" }),
  ];
}

function figuresOfSubscription(subscription: ReportSubscription): readonly string[] {
  const { lag_bytes, lag_source, apply_bytes_per_second: rate, lag_last_hour: hour } = subscription;
  const tables = describeTables(subscription);
  return [
    describeSource(subscription),
    tables === null ? "tables unknown" : `${tables} tables ready`,
    describeErrors(subscription) ?? "errors unknown",
    lag_bytes === null ? "" : `${compactBytes(lag_bytes)} behind`,
    lag_source === "upper_bound" ? "the lag is an upper bound" : "",
    describeSlotOf(subscription) ?? "",
    rate === null || isStopped(subscription) ? "" : `applies ${compactRate(rate)}`,
    describeCatchUpOf(subscription),
    ...describeHindrances(subscription),
    hour === null ? "" : `last hour ${describeLagHour(hour)}`,
  ].filter((each) => each !== "");
}

function layLinks(links: readonly LogicalLink[], room: Room): readonly Line[] {
  const { shown, rest } = takeSome(links, room.most);
  return [
    ...shown.flatMap(({ publisher, subscriber, status, lagSeconds, ...link }) =>
      layText(
        [
          `(${describeNames(link)})`,
          ...link.stopped === 0 ? [] : [`${describeStopped(link)},`],
          lagSeconds === null ? "lag unknown" : `${compactSeconds(lagSeconds)} behind`,
        ].join(" "),
        {
          ...room,
          style: status === "healthy" ? "plain" : styleOf(status),
          lead: [
            span(publisher ?? "not watched", publisher === null ? "unknown" : "strong"),
            span(" =logical=> ", "quiet"),
            span(subscriber, "strong"),
            span(" "),
          ],
        },
      )
    ),
    ...layRest(rest.map(({ status }) => status), { ...room, noun: "link" }),
  ];
}
