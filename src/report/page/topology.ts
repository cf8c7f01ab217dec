import { Markup, markup } from "../markup.ts";
import type { ReportCluster, ReportEdge, Status } from "../model.ts";
import { deriveLayout, type Layout } from "./layout.ts";
import { cutTree, deriveTree } from "../topology_tree.ts";
import { type PageRoom, renderRest } from "./table.ts";
import { wordOf, worstFirst } from "../status.ts";
import { cutName, printable } from "../styled_text/display_width.ts";
import {
  formatBytesOrUnknown,
  formatSecondsOrUnknown,
  renderMark,
  renderStatusLabel,
} from "./format_html.ts";

/** Sizes in units of the drawing: pixels if there is room. */
const NODE_WIDTH = 196;
const COLUMN_GAP = 164;
const MARGIN = 6;
/** More servers than this are drawn closely. */
const FEW_SERVERS = 12;
const LONGEST_NODE_NAME = 18;

/** One server in the drawing. */
interface DrawnNode {
  readonly name: string;
  readonly status: Status;
  /** Role, or reason of a standby. */
  readonly about: string;
}

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
  const isTight = nodes.length > FEW_SERVERS;
  const drawing = renderDrawing(nodes, {
    edges: cluster.edges.filter(({ upstream, downstream }) => !left.has(upstream) && !left.has(downstream)),
    layout: deriveLayout(tree, isTight ? "first" : "middle"),
    isTight,
  });
  const rest = [...left].map((name) => byName.get(name)?.status ?? null);
  return markup`<div class="topology"${
    isTight ? new Markup(' tabindex="0" role="group" aria-label="Drawing"') : ""
  }>${drawing}<div class="tree" role="group" aria-label="Replication tree">${list}</div></div>${
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

function renderDrawing(
  nodes: readonly DrawnNode[],
  { edges, layout, isTight }: {
    readonly edges: readonly ReportEdge[];
    readonly layout: Layout;
    readonly isTight: boolean;
  },
): Markup {
  const nodeHeight = isTight ? 26 : 46;
  const rowHeight = isTight ? 32 : 66;
  const width = 2 * MARGIN + layout.columns * NODE_WIDTH + Math.max(0, layout.columns - 1) * COLUMN_GAP;
  const height = 2 * MARGIN + (layout.rows - 1) * rowHeight + nodeHeight;
  const at = (name: string) => {
    const { column, row } = layout.positions.get(name) ?? { column: 0, row: 0 };
    return {
      x: MARGIN + column * (NODE_WIDTH + COLUMN_GAP),
      y: MARGIN + Math.round(row * rowHeight) + nodeHeight / 2,
    };
  };
  const lines = edges.map((edge) =>
    renderEdge(edge, { from: at(edge.upstream), to: at(edge.downstream), isTight })
  );
  const boxes = nodes.map((node) => renderNode(node, { ...at(node.name), height: nodeHeight }));
  return markup`<svg class="drawing" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-hidden="true" focusable="false">${lines}${boxes}</svg>`;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function renderEdge(
  edge: ReportEdge,
  { from, to, isTight }: { readonly from: Point; readonly to: Point; readonly isTight: boolean },
): Markup {
  const start = from.x + NODE_WIDTH;
  const middle = (start + to.x) / 2;
  // Many curves would overlap, so many edges turn corners.
  const path = isTight
    ? `M${start} ${from.y}H${start + 28}V${to.y}H${to.x}`
    : `M${start} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`;
  const cut = edge.connected === true ? "" : " cut-off";
  // At the arrowhead, away from other edges of the same upstream, on the side opposite to the curve.
  const labelY = to.y > from.y && !isTight ? to.y + 16 : to.y - 5;
  const [x, y] = [to.x - 8, to.y];
  const head = `M${x} ${y - 4.5}L${to.x - 1} ${y}L${x} ${y + 4.5}z`;
  return markup`<g class="edge ${edge.status}${cut}" data-key="edge ${edge.upstream} ${edge.downstream}"><path d="${path}"/><path class="head" d="${head}"/><text x="${
    to.x - 14
  }" y="${labelY}" text-anchor="end">${labelOf(edge)}</text></g>`;
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

function renderNode(
  { name, status, about }: DrawnNode,
  { x, y, height }: Point & { readonly height: number },
): Markup {
  const short = cutName(printable(name), { width: LONGEST_NODE_NAME, mark: "…" });
  const isTight = height < 40;
  const texts = isTight
    ? markup`<text class="name" x="${x + 30}" y="${y + 4.5}">${short}</text>`
    : markup`<text class="name" x="${x + 34}" y="${y - 3}">${short}</text><text x="${x + 34}" y="${
      y + 14
    }">${about}</text>`;
  const box = markup`<rect x="${x}" y="${y - height / 2}" width="${NODE_WIDTH}" height="${height}" rx="6"/>`;
  const mark = markup`<g transform="translate(${x + (isTight ? 8 : 11)} ${y - 8})">${renderMark(status)}</g>`;
  return markup`<g class="node ${status}" data-key="node ${name}"><title>${name}: ${about}</title>${box}${mark}${texts}</g>`;
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
