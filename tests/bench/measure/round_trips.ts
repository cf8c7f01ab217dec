/** Network cost of one collection. */
import type { Proxy } from "../../../compose/lab/proxy.ts";
import type { ChildServer } from "../child_server.ts";
import { HttpClient } from "../http_client.ts";
import { type Benchmark, judge, type Row, skippedRow } from "../row.ts";
import { ON_DEMAND, RIVAL, type Stage } from "../stage.ts";
import { formatNumber } from "../statistics.ts";

/** Longer than sending a burst of statements, so that answers do not overtake requests. */
const DELAY_SECONDS = 0.02;

/** Network traffic per scrape. */
export interface WireCost {
  /** Round trips of each server. */
  readonly roundTrips: readonly number[];
  /** Connections opened to all servers. */
  readonly connections: number;
}

/**
 * Counts round trips and connections of scrapes.
 *
 * @param exporter Connected through the proxies.
 * @param options The proxies, the number of counted scrapes, and of scrapes before them.
 */
export async function countWire(
  exporter: ChildServer,
  { proxies, scrapes, warmUp = 3 }: {
    readonly proxies: readonly Proxy[];
    readonly scrapes: number;
    readonly warmUp?: number;
  },
): Promise<WireCost> {
  using client = await HttpClient.connect(exporter.port);
  for (const proxy of proxies) proxy.delay(DELAY_SECONDS);
  try {
    for (let index = 0; index < warmUp; index++) await client.get();
    const before = proxies.map(read);
    for (let index = 0; index < scrapes; index++) await client.get();
    const after = proxies.map(read);
    return {
      roundTrips: after.map(({ roundTrips }, index) =>
        (roundTrips - (before[index]?.roundTrips ?? 0)) / scrapes
      ),
      connections: after.reduce((sum, { opened }, index) => sum + opened - (before[index]?.opened ?? 0), 0) /
        scrapes,
    };
  } finally {
    for (const proxy of proxies) proxy.delay(0);
  }
}

function read({ connections }: Proxy): { readonly roundTrips: number; readonly opened: number } {
  return {
    roundTrips: connections.reduce((sum, connection) => sum + connection.roundTrips, 0),
    opened: connections.length,
  };
}

async function measureRival(stage: Stage): Promise<Row> {
  const what = `The same of a scrape of ${RIVAL}, on the primary alone`;
  if (stage.withoutRival !== null) return skippedRow(what, { goal: "", reason: stage.withoutRival });
  const proxy = stage.cluster.proxyTo(stage.cluster.primary);
  await using rival = await stage.startRival(proxy);
  const { roundTrips: [roundTrips = NaN], connections } = await countWire(rival, {
    proxies: [proxy],
    scrapes: 5,
  });
  return {
    what,
    goal: "",
    figure: `${formatNumber(roundTrips)} round trips, ${formatNumber(connections)} connections`,
    verdict: "known",
    values: { roundTrips, connections },
  };
}

/** Counts through proxies. */
export const roundTrips: Benchmark = {
  name: "round-trips",
  help: "Round trips and connections of one collection, counted on the wire",
  run: async (stage) => {
    const proxies = stage.cluster.servers.map((server) => stage.cluster.proxyTo(server));
    await using exporter = await stage.startExporter({ flags: ON_DEMAND, proxies });
    const cost = await countWire(exporter, { proxies, scrapes: stage.isQuick ? 5 : 20 });
    return [{
      what: "Round trips of one collection, by server",
      goal: "1 each",
      figure: cost.roundTrips.map(formatNumber).join(", "),
      verdict: judge(cost.roundTrips.every((count) => count === 1)),
      details: [`servers: ${stage.cluster.servers.map(({ name }) => name).join(", ")}`],
      values: { roundTripsMax: Math.max(...cost.roundTrips) },
    }, {
      what: "Connections opened by one collection",
      goal: "0",
      figure: formatNumber(cost.connections),
      verdict: judge(cost.connections === 0),
      values: { connections: cost.connections },
    }, await measureRival(stage)];
  },
};
