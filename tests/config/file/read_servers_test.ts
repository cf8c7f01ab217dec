import { assertEquals } from "@std/assert";
import type { Config } from "../../../src/config/config.ts";
import { readCorpus, runWith } from "./corpus.ts";

async function configOf(
  name: string,
  options: Parameters<typeof runWith>[1] = {},
): Promise<Config> {
  const specimen = (await readCorpus("good")).find((each) => each.name === name);
  const { served, stderr } = await runWith(specimen ?? { name, text: "" }, options);
  if (served === null) throw new Error(`good/${name}.yml was refused: ${stderr}`);
  return served.config;
}

function loginsOf({ servers }: Config) {
  return servers.map(({ name, target: { user, host, port, database, sslMode, password, libpq } }) =>
    [name, user, `${host}:${port}/${database}`, sslMode, password?.reveal() ?? libpq?.passwordFile ?? ""]
      .join(" ")
  );
}

Deno.test("readServersAndClusters() completes a server from its cluster, then from the file, then from the environment", async () => {
  const environment = { POSTGRES_USER: "nobody", POSTGRES_DB: "env", PGCONNECT_TIMEOUT: "9" };
  const config = await configOf("clusters", { environment });
  assertEquals(loginsOf(config), [
    "o1 monitor db1:5433/orders require of-orders",
    "o2 monitor db2:5434/orders require /secrets/o2",
    "b1 own db3:5432/billing disable secrets/all",
    "lone monitor db4:5432/env require secrets/all",
  ]);
  assertEquals(config.servers.map(({ target }) => target.connectTimeoutSeconds), [9, 9, 9, 3]);
});

Deno.test("readServersAndClusters() gives servers the labels of their cluster, which their own override", async () => {
  const { servers } = await configOf("clusters");
  assertEquals(servers.map(({ cluster, labels }) => [cluster, Object.fromEntries(labels ?? [])]), [
    ["orders", { team: "shop", tier: "1" }],
    ["orders", { team: "shop", tier: "2" }],
    ["billing", {}],
    ["", {}],
  ]);
});

Deno.test("readServersAndClusters() reads expected and discovered standbys by cluster; a flag overrides them all", async () => {
  const tell = ({ clusters = [], expectedStandbys, discovery }: Config) => ({
    clusters: clusters.map((each) => [each.name, each.expectedStandbys, each.discoverStandbys]),
    others: expectedStandbys,
    discovery: discovery === null ? null : [...discovery?.clusters ?? []],
  });
  assertEquals(tell(await configOf("clusters")), {
    clusters: [["orders", 1, false], ["billing", 3, true]],
    others: 3,
    discovery: ["", "billing"],
  });
  assertEquals(tell(await configOf("clusters", { args: ["--expected-standbys=7"] })), {
    clusters: [["orders", 7, false], ["billing", 7, true]],
    others: 7,
    discovery: ["", "billing"],
  });
  assertEquals(
    tell(await configOf("clusters", { environment: { PGREPL_DISCOVER_STANDBYS: "true" } })).discovery,
    ["", "orders", "billing"],
  );
  assertEquals(tell(await configOf("aliases")), {
    clusters: [["a", null, false], ["b", null, false]],
    others: null,
    discovery: null,
  });
});

Deno.test("readServersAndClusters() resolves aliases", async () => {
  assertEquals(loginsOf(await configOf("aliases")), [
    "a u a:5432/postgres prefer p",
    "b u b:5432/postgres prefer p",
  ]);
});

Deno.test("servers of --server replace those of the file, and its clusters", async () => {
  for (
    const options of [
      { args: ["--server=x=host=x user=u"] },
      { environment: { PGREPL_SERVER: "x=host=x user=u" } },
    ]
  ) {
    const config = await configOf("clusters", options);
    assertEquals([config.servers.map(({ name }) => name), config.clusters, config.expectedStandbys], [
      ["x"],
      [],
      3,
    ]);
  }
  const classic = await configOf("clusters", {
    environment: { PRIMARY_HOST: "classic", EXPORTER_PORT: "1" },
  });
  assertEquals(classic.servers.length, 4);
  const port = await configOf("settings", { environment: { EXPORTER_PORT: "1" } });
  assertEquals(port.web.listenAddresses.map((each) => each.port), [9188, 9188]);
});
