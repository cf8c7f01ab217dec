import type { ReportCluster, ReportServer, ReportStandby } from "../model.ts";
import { wordOf } from "../status.ts";
import { compactBytes, compactSeconds } from "../styled_text/amounts.ts";
import { type Line, lineWidth, type Span, span, styleOf } from "../styled_text/line.ts";

/** One server or standby in the tree. */
interface Node {
  readonly name: string;
  readonly server: ReportServer | null;
  readonly standby: ReportStandby | null;
}

/**
 * Who follows whom, as a tree: primaries first, then who follows nobody that is known.
 *
 * @param cluster The cluster.
 * @param room Columns there are: without room beside a long name what is said of it stands below; no limit when absent.
 */
export function layTree(
  cluster: ReportCluster,
  { width }: { readonly width: number } = { width: Infinity },
): readonly Line[] {
  const nodes = nodesOf(cluster);
  const upstreams = new Map(cluster.edges.map(({ upstream, downstream }) => [downstream, upstream]));
  const seen = new Set<string>();
  const draw = (node: Node, lead: string, own: string): readonly Line[] => {
    // Two servers that follow each other are an error of theirs, and no reason to go round for ever.
    if (seen.has(node.name)) return [];
    seen.add(node.name);
    const followers = nodes.filter(({ name }) => upstreams.get(name) === node.name && !seen.has(name));
    const below = own === "" ? lead : lead + (own.startsWith("└") ? "   " : "│  ");
    const name = [span(lead + own, "quiet"), span(node.name, "strong")];
    const words = describe(node);
    const line = [...name, span("  "), words];
    return [
      ...lineWidth(line) <= width ? [line] : [name, [span(`${below}  `, "quiet"), words]],
      ...followers.flatMap((each, index) => {
        const isLast = index === followers.length - 1;
        return draw(each, below, isLast ? "└─ " : "├─ ");
      }),
    ];
  };
  const roots = nodes.filter(({ name }) => !nodes.some((each) => each.name === upstreams.get(name)));
  return [...roots, ...nodes].flatMap((node) => draw(node, "", ""));
}

function nodesOf({ servers, standbys, primaries }: ReportCluster): readonly Node[] {
  const isFirst = (name: string) => Number(!primaries.includes(name));
  const ofServers = servers.map((server): Node => ({
    name: server.name,
    server,
    standby: standbys.find(({ configured, name }) => configured && name === server.name) ?? null,
  }));
  const others = standbys.filter(({ name }) => !servers.some((server) => server.name === name))
    .map((standby): Node => ({ name: standby.name, server: null, standby }));
  return [...ofServers, ...others].toSorted((a, b) => isFirst(a.name) - isFirst(b.name));
}

function describe({ server, standby }: Node): Span {
  const words = [
    ...standby === null ? [server?.role ?? "never reached"] : [
      standby.connected === false
        ? "not connected"
        : standby.reason === null
        ? "state not known"
        : wordOf(standby.reason),
      standby.lag_seconds === null ? "lag unknown" : `${compactSeconds(standby.lag_seconds)} behind`,
      ...standby.lag_bytes === null ? [] : [compactBytes(standby.lag_bytes)],
      ...standby.configured ? [] : ["not configured"],
    ],
    ...server === null || server.timeline === null ? [] : [`timeline ${server.timeline}`],
    ...server === null || server.up ? [] : ["down"],
  ];
  const status = standby?.status ?? server?.status ?? "healthy";
  return span(words.join(", "), status === "healthy" ? "plain" : styleOf(status));
}
