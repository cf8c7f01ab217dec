import type { ReportCluster, ReportServer, ReportStandby } from "../model.ts";
import { wordOf } from "../status.ts";
import { compactBytes, compactSeconds } from "../styled_text/amounts.ts";
import { type Line, lineWidth, type Room, type Span, span, styleOf } from "../styled_text/line.ts";
import { deriveTree } from "../topology_tree.ts";

/** A server or standby in the tree. */
interface TreeNode {
  readonly name: string;
  readonly server: ReportServer | null;
  readonly standby: ReportStandby | null;
}

/**
 * Who follows whom, as a tree: primaries first, then others without a known upstream.
 *
 * @param cluster The cluster.
 * @param room Columns available: a description without room beside a long name goes below it; unlimited by default.
 */
export function layTree(cluster: ReportCluster, { width }: Room = { width: Infinity }): readonly Line[] {
  const nodes = new Map(treeNodes(cluster).map((node) => [node.name, node]));
  const followers = deriveTree([...nodes.keys()], cluster.edges);
  const drawBelow = (upstream: string, lead: string): readonly Line[] =>
    (followers.get(upstream) ?? []).flatMap((name, index, all) => {
      const node = nodes.get(name);
      if (node === undefined) return [];
      const isLast = index === all.length - 1;
      const branch = upstream === "" ? "" : isLast ? "└─ " : "├─ ";
      const below = upstream === "" ? "" : lead + (isLast ? "   " : "│  ");
      const head = [span(lead + branch, "quiet"), span(name, "strong")];
      const description = describeTreeNode(node);
      const line = [...head, span("  "), description];
      const lines = lineWidth(line) <= width ? [line] : [head, [span(`${below}  `, "quiet"), description]];
      return [...lines, ...drawBelow(name, below)];
    });
  return drawBelow("", "");
}

function treeNodes({ servers, standbys, primaries }: ReportCluster): readonly TreeNode[] {
  const rank = ({ name }: TreeNode) => Number(!primaries.includes(name));
  const ofServers = servers.map((server): TreeNode => ({
    name: server.name,
    server,
    standby: standbys.find(({ configured, name }) => configured && name === server.name) ?? null,
  }));
  const others = standbys.filter(({ name }) => !servers.some((server) => server.name === name))
    .map((standby): TreeNode => ({ name: standby.name, server: null, standby }));
  return [...ofServers, ...others].toSorted((a, b) => rank(a) - rank(b));
}

function describeTreeNode({ server, standby }: TreeNode): Span {
  const parts = [
    ...standby === null ? [server?.role ?? "never reached"] : [
      standby.connected === false
        ? "not connected"
        : standby.reason === null
        ? "state unknown"
        : wordOf(standby.reason),
      standby.lag_seconds === null ? "lag unknown" : `${compactSeconds(standby.lag_seconds)} behind`,
      ...standby.lag_bytes === null ? [] : [compactBytes(standby.lag_bytes)],
      ...standby.configured ? [] : ["not configured"],
    ],
    ...server === null || server.timeline === null ? [] : [`timeline ${server.timeline}`],
    ...server === null || server.up ? [] : ["down"],
  ];
  const status = standby?.status ?? server?.status ?? "healthy";
  return span(parts.join(", "), status === "healthy" ? "plain" : styleOf(status));
}
