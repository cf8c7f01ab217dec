import type { ReportCluster, ReportServer, ReportStandby, Status } from "../model.ts";
import { wordOf, worstFirst } from "../status.ts";
import { compactBytes, compactSeconds } from "../styled_text/amounts.ts";
import { type Line, lineWidth, type Room, type Span, span, styleOf } from "../styled_text/line.ts";
import { cutTree, deriveTree } from "../topology_tree.ts";
import { layRest } from "./lines.ts";

/** A server or standby in the tree. */
interface TreeNode {
  readonly name: string;
  readonly server: ReportServer | null;
  readonly standby: ReportStandby | null;
  readonly status: Status;
}

/**
 * Who follows whom, as a tree: primaries first, then others without a known upstream.
 *
 * @param cluster The cluster.
 * @param room Columns available: a description without room beside a long name goes below it; unlimited by default.
 */
export function layTree(
  cluster: ReportCluster,
  { width, most = Infinity }: Room = { width: Infinity },
): readonly Line[] {
  const nodes = new Map(treeNodes(cluster).map((node) => [node.name, node]));
  const { tree, hidden } = cutTree(
    deriveTree([...nodes.keys()], cluster.edges),
    worstFirst([...nodes.values()]).map(({ name }) => name),
    most,
  );
  const drawBelow = (upstream: string, lead: string): readonly Line[] => {
    const rest = hidden.get(upstream) ?? [];
    const [more] = layRest(rest.map((name) => nodes.get(name)?.status ?? null), {
      width: Infinity,
      noun: "server",
    });
    const lines = (tree.get(upstream) ?? []).flatMap((name, index, all) => {
      const node = nodes.get(name);
      if (node === undefined) return [];
      const isLast = more === undefined && index === all.length - 1;
      const branch = upstream === "" ? "" : isLast ? "└─ " : "├─ ";
      const below = upstream === "" ? "" : lead + (isLast ? "   " : "│  ");
      const head = [span(lead + branch, "quiet"), span(name, "strong")];
      const description = describeTreeNode(node);
      const line = [...head, span("  "), description];
      const own = lineWidth(line) <= width ? [line] : [head, [span(`${below}  `, "quiet"), description]];
      return [...own, ...drawBelow(name, below)];
    });
    const branch = upstream === "" ? "" : "└─ ";
    return more === undefined ? lines : [...lines, [span(lead + branch, "quiet"), ...more]];
  };
  return drawBelow("", "");
}

function treeNodes({ servers, standbys, primaries }: ReportCluster): readonly TreeNode[] {
  const rank = ({ name }: TreeNode) => Number(!primaries.includes(name));
  const configured = new Map(standbys.filter((each) => each.configured).map((each) => [each.name, each]));
  const ofServers = servers.map((server): TreeNode => {
    const standby = configured.get(server.name) ?? null;
    return { name: server.name, server, standby, status: (standby ?? server).status };
  });
  const names = new Set(servers.map(({ name }) => name));
  const others = standbys.filter(({ name }) => !names.has(name))
    .map((standby): TreeNode => ({ name: standby.name, server: null, standby, status: standby.status }));
  return [...ofServers, ...others].toSorted((a, b) => rank(a) - rank(b));
}

function describeTreeNode({ server, standby, status }: TreeNode): Span {
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
  return span(parts.join(", "), status === "healthy" ? "plain" : styleOf(status));
}
