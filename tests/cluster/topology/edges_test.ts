import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { joinSenders } from "../../../src/cluster/topology/join_senders.ts";
import { deriveEdges } from "../../../src/cluster/topology/edges.ts";
import type { SenderFact } from "../../../src/domain/facts.ts";
import type { ServerSnapshot } from "../../../src/domain/view.ts";
import { lost, reached, receiver, recovery, sender, server } from "../fixtures.ts";

/** One server of a generated cluster; the first is the primary, each other follows one before it. */
interface Node {
  /** Index of its upstream, modulo its own. */
  readonly upstream: number;
  readonly isConfigured: boolean;
  readonly isUp: boolean;
  readonly isConnected: boolean;
  /** The application name it sends: its own, the default, that of every twin, or (not configured) another's. */
  readonly naming: "own" | "default" | "twin" | "borrowed";
  readonly hasSlot: boolean;
  /** Whether its `primary_conninfo` spells its upstream as the exporter's configuration does. */
  readonly isSameAddress: boolean;
}

const mostly = fc.nat(3).map((number) => number > 0);

const nodeArbitrary: fc.Arbitrary<Node> = fc.record({
  upstream: fc.nat(20),
  isConfigured: mostly,
  isUp: mostly,
  isConnected: mostly,
  naming: fc.constantFrom("own", "default", "twin", "borrowed"),
  hasSlot: fc.boolean(),
  isSameAddress: fc.boolean(),
});

/**
 * The name a node sends. A name is borrowed only from a server that contradicts it: one that is up and reports its
 * upstream. An unreachable one cannot be distinguished from a stranger with its name.
 */
function nameSent(nodes: readonly Node[], index: number): string {
  const node = nodes[index];
  if (node?.naming === "own") return `node-${index}`;
  if (node?.naming === "twin") return "twin";
  if (node?.naming === "default" || node?.isConfigured !== false) return "walreceiver";
  const lender = nodes.findIndex((each, other) =>
    other > 0 && each.isConfigured && each.isUp && each.isConnected && each.isSameAddress &&
    (each.hasSlot || each.naming === "own") && nodes[each.upstream % other]?.isConfigured === true
  );
  return lender < 0 ? "walreceiver" : `node-${lender}`;
}

/** What the exporter sees of a cluster, and who follows whom in truth. */
function observe(nodes: readonly Node[]): { group: ServerSnapshot[]; truth: Map<string, string> } {
  const names = nodes.map((_, index) => `node-${index}`);
  const upstreamOf = (index: number) => index === 0 ? null : (nodes[index]?.upstream ?? 0) % index;
  const group: ServerSnapshot[] = [];
  const truth = new Map<string, string>();
  nodes.forEach((node, index) => {
    const upstream = upstreamOf(index);
    const follows = upstream !== null && node.isConnected;
    const name = names[index] ?? "";
    if (follows) truth.set(name, names[upstream] ?? "");
    if (!node.isConfigured) return;
    const senders = nodes.flatMap((other, below): SenderFact[] =>
      upstreamOf(below) !== index || !other.isConnected ? [] : [sender({
        applicationName: nameSent(nodes, below),
        slot: other.hasSlot ? `slot_${below}` : "",
        pid: 100 + below,
        clientAddress: `10.0.0.${below}`,
        replayPosition: BigInt(1000 - below),
      })]
    );
    const slot = node.hasSlot ? `slot_${index}` : "";
    const host = node.isSameAddress ? `10.0.0.${upstream}` : `host-${upstream}.internal`;
    const snapshot = reached(name, {
      readAt: 0,
      facts: {
        server: [server({ inRecovery: index > 0, replayPosition: index > 0 ? BigInt(1000 - index) : null })],
        senders,
        ...index === 0 ? {} : {
          receiver: node.isConnected ? [receiver({ slot, senderHost: host, senderPort: 5432 })] : [],
          recovery: [recovery({ primarySlotName: slot })],
        },
      },
    });
    const known = { ...snapshot, address: { host: `10.0.0.${index}`, hostAddress: "", port: 5432 } };
    group.push(node.isUp ? known : lost(known));
  });
  return { group, truth };
}

/** Edges that follow from what is seen, whatever else there is: both ends are configured, and evidence is there. */
function mustBeSeen(nodes: readonly Node[], truth: ReadonlyMap<string, string>): readonly string[] {
  return nodes.flatMap((node, index) => {
    const name = `node-${index}`;
    const upstreamName = truth.get(name);
    const upstream = nodes[(node.upstream % index) || 0];
    if (upstreamName === undefined || !node.isConfigured || upstream?.isConfigured !== true) return [];
    const byRow = upstream.isUp && (node.hasSlot || node.naming === "own");
    const byReceiver = node.isUp && node.isSameAddress;
    return byRow || byReceiver ? [`${upstreamName} > ${name}`] : [];
  });
}

Deno.test("deriveEdges() of any cluster: no false edge, none missed that can be known, one upstream each", () => {
  let edgesSeen = 0;
  fc.assert(
    fc.property(fc.array(nodeArbitrary, { minLength: 1, maxLength: 12 }), (nodes) => {
      const { group, truth } = observe(nodes);
      const edges = deriveEdges(group, joinSenders(group));
      for (const edge of edges) assertEquals(truth.get(edge.downstream), edge.upstream, JSON.stringify(edge));
      assertEquals(new Set(edges.map(({ downstream }) => downstream)).size, edges.length);
      const found = new Set(edges.map(({ upstream, downstream }) => `${upstream} > ${downstream}`));
      for (const expected of mustBeSeen(nodes, truth)) assert(found.has(expected), `${expected} is missed`);
      edgesSeen += edges.length;
    }),
    { numRuns: 3000 },
  );
  assert(edgesSeen > 3000, `only ${edgesSeen} edges in all`);
});

Deno.test("joinSenders() of any cluster: every join is true, and every row is somewhere, once", () => {
  fc.assert(
    fc.property(fc.array(nodeArbitrary, { minLength: 1, maxLength: 12 }), (nodes) => {
      const { group } = observe(nodes);
      const { joined, accounted, others } = joinSenders(group);
      for (const [name, row] of joined) assertEquals(`node-${row.sender.pid - 100}`, name);
      const rows = group.flatMap((each) => each.up ? each.facts.senders ?? [] : []);
      const all = [...joined.values(), ...accounted, ...others].map((row) => row.sender);
      assertEquals(new Set(all).size, all.length);
      assertEquals(new Set(all), new Set(rows));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("joinSenders() of a cluster that is all configured and reached leaves no stranger", () => {
  const known = nodeArbitrary.map((node): Node => ({ ...node, isConfigured: true, isUp: true }));
  fc.assert(
    fc.property(fc.array(known, { minLength: 1, maxLength: 12 }), (nodes) => {
      const { group } = observe(nodes);
      assertEquals(joinSenders(group).others, []);
    }),
    { numRuns: 2000 },
  );
});
