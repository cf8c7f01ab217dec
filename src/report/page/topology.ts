import { type Markup, markup } from "../markup.ts";
import type { ReportCluster, ReportEdge } from "../model.ts";
import { type DrawnEdge, type DrawnNode, FEW_SERVERS, renderDrawing } from "./drawing.ts";
import { cutTree, deriveTree } from "../topology_tree.ts";
import { type PageRoom, renderRest } from "./table.ts";
import { wordOf, worstFirst } from "../status.ts";
import { formatBytesOrUnknown, formatSecondsOrUnknown, renderStatusLabel } from "./format_html.ts";

/**
 * The topology: a drawing, and a list for screen readers and narrow screens.
 *
 * @param cluster The cluster.
 * @param room How many servers the page holds: the worst, and those above them.
 */
export function renderTopology(cluster: ReportCluster, { most = Infinity }: PageRoom = {}): Markup {
  const all = drawnNodes(cluster);
  const byName = new Map(all.map((node) => [node.name, node]));
  const { tree, hidden } = cutTree(deriveTree([...byName.keys()], cluster.edges), [...byName.keys()], most);
  const left = new Set([...hidden.values()].flat());
  const nodes = all.filter(({ name }) => !left.has(name));
  const edges = new Map(cluster.edges.toReversed().map((edge) => [edge.downstream, edge]));
  const list = renderBranches("", { tree, byName, edges });
  const shown = cluster.edges.filter(({ upstream, downstream }) =>
    !left.has(upstream) && !left.has(downstream)
  );
  const rest = [...left].map((name) => byName.get(name)?.status ?? null);
  return markup`${renderDrawing(nodes, { tree, edges: shown.map(drawnEdge), list })}${
    renderRest(rest, "server")
  }`;
}

function drawnNodes(cluster: ReportCluster): readonly DrawnNode[] {
  const nodes = new Map<string, DrawnNode>();
  const isSplit = cluster.primaries.length > 1;
  for (const { name, up, role, status: own, alias_of: aliasOf } of cluster.servers) {
    if (aliasOf !== null) continue;
    const status = isSplit && cluster.primaries.includes(name) ? "critical" : own;
    nodes.set(name, { name, status, about: `${role ?? "role unknown"}${up ? "" : ", unreachable"}` });
  }
  for (const { name, status, reason, sync_state } of cluster.standbys) {
    const sync = sync_state === "sync" || sync_state === "quorum" ? ` (${sync_state})` : "";
    nodes.set(name, { name, status, about: `${reason === null ? "standby" : wordOf(reason)}${sync}` });
  }
  for (const { upstream, downstream } of cluster.edges) {
    for (const name of [upstream, downstream]) {
      if (!nodes.has(name)) nodes.set(name, { name, status: "unknown", about: "not watched" });
    }
  }
  const primaries = new Set(cluster.primaries);
  const all = [...nodes.values()];
  // Of many, the worst come first, where they are visible.
  const ordered = all.length > FEW_SERVERS ? worstFirst(all) : all;
  return ordered.toSorted((a, b) => Number(primaries.has(b.name)) - Number(primaries.has(a.name)));
}

function drawnEdge(edge: ReportEdge): DrawnEdge {
  const { upstream, downstream, status, connected } = edge;
  return {
    upstream,
    downstream,
    kind: `${status}${connected === true ? "" : " cut-off"}`,
    label: labelOf(edge),
  };
}

/** Short, to fit between two nodes: the node itself says why, and the line is dashed. */
function labelOf(edge: ReportEdge): string {
  return edge.connected === false ? `no link, ${lagOfEdge(edge)}` : lagOfEdge(edge);
}

function lagOfEdge({ lag_seconds, lag_bytes }: ReportEdge): string {
  if (lag_seconds !== null) return formatSecondsOrUnknown(lag_seconds);
  return lag_bytes !== null ? formatBytesOrUnknown(lag_bytes) : "lag unknown";
}

/** An edge for a screen reader, which sees neither the dashes nor the arrow. */
function describeEdge(edge: ReportEdge): string {
  const link = edge.connected === null ? "connection unknown" : edge.connected ? "connected" : "disconnected";
  return `${link}, ${edge.lag_seconds === null && edge.lag_bytes === null ? "" : "lag "}${lagOfEdge(edge)}`;
}

function renderBranches(
  name: string,
  context: {
    readonly tree: ReadonlyMap<string, readonly string[]>;
    readonly byName: ReadonlyMap<string, DrawnNode>;
    readonly edges: ReadonlyMap<string, ReportEdge>;
  },
): Markup | string {
  const below = context.tree.get(name) ?? [];
  if (below.length === 0) return "";
  return markup`<ul>${
    below.map((child) => {
      const node = context.byName.get(child);
      const edge = context.edges.get(child);
      const link = edge === undefined
        ? ""
        : markup` <span class="link">follows <bdi>${edge.upstream}</bdi>, ${describeEdge(edge)}</span>`;
      return markup`<li data-key="${child}"><strong><bdi>${child}</bdi></strong> ${
        renderStatusLabel(node?.status ?? "unknown", node?.about ?? "not watched")
      }${link}${renderBranches(child, context)}</li>`;
    })
  }</ul>`;
}
