import {
  deriveLogicalLinks,
  describeNames,
  describeStopped,
  isStopped,
  type LogicalLink,
} from "../logical_links.ts";
import { type Markup, markup } from "../markup.ts";
import type { Report, ReportSubscription } from "../model.ts";
import { describeLagHour, worstFirst, worstStatus } from "../status.ts";
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
import { cutTree, deriveTree } from "../topology_tree.ts";
import { type DrawnEdge, type DrawnNode, FEW_SERVERS, renderDrawing } from "./drawing.ts";
import { type PageRoom, renderLongTable, renderRest, type TableRow } from "./table.ts";
import {
  formatBytesOrUnknown,
  formatSecondsOrUnknown,
  renderReasons,
  renderStatusLabel,
  UNKNOWN,
} from "./format_html.ts";

/** Lines of logical replication are dashed, those of a stopped one dotted. */
const DASHES = { running: "10 4", stopped: "2 5" };

/** What is shown of logical replication. */
export type LogicalPart = Pick<Report, "subscriptions" | "clusters" | "unassigned_servers">;

/**
 * Subscriptions: who subscribes to whom, and each of them; nothing without any.
 *
 * @param report The subscriptions, and the servers of the report.
 * @param room How many subscriptions, and servers in the drawing, the page holds.
 */
export function renderSubscriptions(report: LogicalPart, room: PageRoom = {}): Markup | string {
  const { subscriptions } = report;
  if (subscriptions.length === 0) return "";
  const status = worstStatus(subscriptions.map((each) => each.status));
  const table = renderLongTable(worstFirst(subscriptions), {
    ...room,
    caption: "Subscriptions",
    columns: ["Subscription", "State", "Lag", "Tables", "Errors", "Slot"],
    noun: "subscription",
    rowOf: subscriptionRow,
  });
  return markup`<section class="cluster" aria-labelledby="logical" data-key="logical">
<h2 id="logical">Logical replication ${renderStatusLabel(status)}</h2>
${renderLinks(report, room)}
${table}
</section>`;
}

function subscriptionRow(subscription: ReportSubscription): TableRow {
  const { id, name, server, publisher, status } = subscription;
  const from = publisher === null ? "publisher unknown" : markup`from <bdi>${publisher.server}</bdi>`;
  const state = stateOfSubscription(subscription);
  const details = [...describeHindrances(subscription)];
  return {
    key: id,
    status,
    cells: [
      markup`<bdi>${name}</bdi><span class="about">on <bdi>${server}</bdi>, ${from}</span><span class="about"><bdi>${
        describeSource(subscription)
      }</bdi></span>`,
      markup`${renderStatusLabel(status, state === null ? status : `${status}: ${state}`)}${
        renderReasons(reasonsOfSubscription(subscription))
      }`,
      renderSubscriptionLag(subscription),
      markup`${describeTables(subscription) ?? UNKNOWN}${
        details.map((each) => markup`<span class="about"><bdi>${each}</bdi></span>`)
      }`,
      describeErrors(subscription) ?? UNKNOWN,
      describeSlotOf(subscription) ?? UNKNOWN,
    ],
  };
}

function renderSubscriptionLag(subscription: ReportSubscription): Markup {
  const { lag_seconds: seconds, lag_bytes: bytes, lag_source, lag_unknown_because: because, status_reasons } =
    subscription;
  const { apply_bytes_per_second: rate, lag_last_hour: hour } = subscription;
  // A reason that is shown beside it is not repeated.
  const why = seconds !== null || status_reasons.includes(because)
    ? ""
    : markup`<span class="reason">${because}</span>`;
  const notes = [
    lag_source === "upper_bound" ? "at most: the WAL since then may hold nothing that is published" : "",
    bytes === null ? "" : formatBytesOrUnknown(bytes),
    rate === null || isStopped(subscription) ? "" : `applies ${formatBytesOrUnknown(rate)}/s`,
    describeCatchUpOf(subscription),
    hour === null ? "" : `last hour ${describeLagHour(hour)}`,
  ].filter((each) => each !== "");
  return markup`<span class="figure">${formatSecondsOrUnknown(seconds)}</span>${why}<span class="about">${
    notes.join(", ")
  }</span>`;
}

function renderLinks(report: LogicalPart, { most = Infinity }: PageRoom): Markup {
  const links = deriveLogicalLinks(report.subscriptions);
  const all = linkedNodes(links, report);
  const byName = new Map(all.map((node) => [node.name, node]));
  const edges = links.flatMap(({ publisher, subscriber }) =>
    publisher === null ? [] : [{ upstream: publisher, downstream: subscriber }]
  );
  const { tree, hidden } = cutTree(deriveTree([...byName.keys()], edges), [...byName.keys()], most);
  const left = new Set([...hidden.values()].flat());
  const isShown = ({ publisher, subscriber }: LogicalLink) =>
    !left.has(publisher ?? "") && !left.has(subscriber);
  return markup`${
    renderDrawing(all.filter(({ name }) => !left.has(name)), {
      tree,
      edges: links.filter(isShown).flatMap(drawLink),
      list: markup`<ul>${links.filter(isShown).map(renderLink)}</ul>`,
    })
  }${renderRest([...left].map((name) => byName.get(name)?.status ?? null), "server")}`;
}

/** Publishers and subscribers, with the status of the server, and, of a subscriber, of its subscriptions. */
function linkedNodes(links: readonly LogicalLink[], report: LogicalPart): readonly DrawnNode[] {
  const servers = new Map(
    [...report.clusters.flatMap((each) => each.servers), ...report.unassigned_servers]
      .map((server) => [server.name, server]),
  );
  const names = new Set(links.flatMap(({ publisher, subscriber }) => [publisher ?? subscriber, subscriber]));
  const nodes = [...names].map((name) => {
    const server = servers.get(name);
    const own = links.filter(({ subscriber }) => subscriber === name);
    const isPublisher = links.some(({ publisher }) => publisher === name);
    const role = own.length === 0 ? "publisher" : isPublisher ? "publishes, subscribes" : "subscriber";
    const status = worstStatus([server?.status ?? "unknown", ...own.map((each) => each.status)]);
    return { name, status, about: server?.up === false ? "unreachable" : role };
  });
  return nodes.length > FEW_SERVERS ? worstFirst(nodes) : nodes;
}

function drawLink(link: LogicalLink): readonly DrawnEdge[] {
  const { publisher, subscriber, names, status } = link;
  if (publisher === null) return [];
  const lag = formatSecondsOrUnknown(link.lagSeconds);
  return [{
    upstream: publisher,
    downstream: subscriber,
    kind: `logical ${status}`,
    label: `${describeStopped(link) || (names.length === 1 ? "logical" : `logical, ${names.length}`)}, ${
      link.lagSeconds === null ? "lag unknown" : lag
    }`,
    dashes: link.stopped > 0 ? DASHES.stopped : DASHES.running,
  }];
}

/** A link for a screen reader, which sees neither the dashes nor the arrow. */
function renderLink(link: LogicalLink): Markup {
  const { publisher, subscriber, status, lagSeconds } = link;
  return markup`<li data-key="${publisher ?? ""} ${subscriber}"><strong><bdi>${subscriber}</bdi></strong> ${
    renderStatusLabel(status, link.stopped > 0 ? `${status}: ${describeStopped(link)}` : status)
  } <span class="link">subscribes to <bdi>${publisher ?? "a server that is not watched"}</bdi> (<bdi>${
    describeNames(link)
  }</bdi>), ${lagSeconds === null ? "lag unknown" : `lag ${formatSecondsOrUnknown(lagSeconds)}`}</span></li>`;
}
