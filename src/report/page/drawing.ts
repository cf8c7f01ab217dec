import { Markup, markup } from "../markup.ts";
import type { Status } from "../model.ts";
import { cutName, printable } from "../styled_text/display_width.ts";
import { renderMark } from "./format_html.ts";
import { deriveLayout } from "./layout.ts";

/** Sizes in units of the drawing: pixels if there is room. */
const NODE_WIDTH = 196;
const COLUMN_GAP = 164;
const MARGIN = 6;
/** More servers than this are drawn closely. */
export const FEW_SERVERS = 12;
const LONGEST_NODE_NAME = 18;
/** How far an edge against the direction of reading is from one in it. */
const BACK_SHIFT = 9;

/** One server in the drawing. */
export interface DrawnNode {
  /** Its name. */
  readonly name: string;
  /** Its status. */
  readonly status: Status;
  /** Role, or reason of a standby. */
  readonly about: string;
}

/** One edge in the drawing. */
export interface DrawnEdge {
  /** Server that sends. */
  readonly upstream: string;
  /** Server that receives. */
  readonly downstream: string;
  /** Its classes, the status first. */
  readonly kind: string;
  /** Short, to fit between two nodes. */
  readonly label: string;
  /** Lengths of its dashes and gaps; as its classes say when absent. */
  readonly dashes?: string;
}

/**
 * A drawing, and a list for screen readers and narrow screens.
 *
 * @param nodes The servers that are shown.
 * @param drawn Their tree, edges between them, and the list.
 */
export function renderDrawing(
  nodes: readonly DrawnNode[],
  { tree, edges, list }: {
    readonly tree: ReadonlyMap<string, readonly string[]>;
    readonly edges: readonly DrawnEdge[];
    readonly list: Markup | string;
  },
): Markup {
  const isTight = nodes.length > FEW_SERVERS;
  const layout = deriveLayout(tree, isTight ? "first" : "middle");
  const nodeHeight = isTight ? 26 : 46;
  const rowHeight = isTight ? 32 : 66;
  const height = 2 * MARGIN + (layout.rows - 1) * rowHeight + nodeHeight;
  const at = (name: string) => {
    const { column, row } = layout.positions.get(name) ?? { column: 0, row: 0 };
    return {
      x: MARGIN + column * (NODE_WIDTH + COLUMN_GAP),
      y: MARGIN + Math.round(row * rowHeight) + nodeHeight / 2,
    };
  };
  // An edge within a column needs the gap beside it.
  const isBeside = edges.some(({ upstream, downstream }) => at(upstream).x === at(downstream).x);
  const gaps = Math.max(0, layout.columns - (isBeside ? 0 : 1));
  const width = 2 * MARGIN + layout.columns * NODE_WIDTH + gaps * COLUMN_GAP;
  const lines = edges.map((edge) =>
    renderEdge(edge, { from: at(edge.upstream), to: at(edge.downstream), isTight })
  );
  const boxes = nodes.map((node) => renderNode(node, { ...at(node.name), height: nodeHeight }));
  return markup`<div class="topology"${
    isTight ? new Markup(' tabindex="0" role="group" aria-label="Drawing"') : ""
  }><svg class="drawing" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-hidden="true" focusable="false">${lines}${boxes}</svg><div class="tree" role="group" aria-label="Replication tree">${list}</div></div>`;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

interface EdgePlace {
  readonly from: Point;
  readonly to: Point;
  readonly isTight: boolean;
}

function renderEdge(edge: DrawnEdge, place: EdgePlace): Markup {
  const { path, head, label } = place.to.x > place.from.x ? forwards(place) : backwards(place);
  const dashes = edge.dashes === undefined ? "" : markup` stroke-dasharray="${edge.dashes}"`;
  return markup`<g class="edge ${edge.kind}" data-key="edge ${edge.upstream} ${edge.downstream}"><path d="${path}"${dashes}/><path class="head" d="${head}"/><text x="${label.x}" y="${label.y}" text-anchor="${label.anchor}">${edge.label}</text></g>`;
}

function forwards({ from, to, isTight }: EdgePlace) {
  const start = from.x + NODE_WIDTH;
  const middle = (start + to.x) / 2;
  const [x, y] = [to.x - 8, to.y];
  return {
    // Many curves would overlap, so many edges turn corners.
    path: isTight
      ? `M${start} ${from.y}H${start + 28}V${to.y}H${to.x}`
      : `M${start} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`,
    head: `M${x} ${y - 4.5}L${to.x - 1} ${y}L${x} ${y + 4.5}z`,
    // At the arrowhead, away from other edges of the same upstream, on the side opposite to the curve.
    label: { x: to.x - 14, y: to.y > from.y && !isTight ? to.y + 16 : to.y - 5, anchor: "end" },
  };
}

/** From a server to one that is drawn before it, or above or below it: below the edge in the other direction. */
function backwards({ from, to }: EdgePlace) {
  const [start, end] = [to.x < from.x ? from.x : from.x + NODE_WIDTH, to.x + NODE_WIDTH];
  const [above, below] = [from.y + BACK_SHIFT, to.y + BACK_SHIFT];
  const middle = to.x < from.x ? (start + end) / 2 : end + COLUMN_GAP / 2;
  return {
    path: `M${start} ${above}C${middle} ${above} ${middle} ${below} ${end} ${below}`,
    head: `M${end + 8} ${below - 4.5}L${end + 1} ${below}L${end + 8} ${below + 4.5}z`,
    label: { x: end + 14, y: below + 14, anchor: "start" },
  };
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
