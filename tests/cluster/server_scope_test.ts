import { assert, assertEquals } from "@std/assert";
import { scopeOfServer } from "../../src/cluster/server_scope.ts";
import { viewOf } from "./findings/views.ts";

const finding = (server: string) => ({
  check: "x",
  severity: "warning" as const,
  server,
  subject: "",
  summary: "",
  evidence: "",
  advice: "",
  since: 0,
});

const base = viewOf();
const [standby] = base.standbys;
const stranger = standby && { ...standby, name: "stranger", configured: false };
const view = {
  ...base,
  standbys: [...base.standbys, ...(stranger ? [stranger] : [])],
  findings: ["primary", "standby", "cluster"].map(finding),
  slotForecasts: [{ server: "primary", slot: "s", lostInSeconds: 1 }],
};

Deno.test("scopeOfServer() of a primary has its cluster and the standbys that nobody watches", () => {
  const scope = scopeOfServer(view, "primary");
  const included = ["primary", "standby", "stranger", "cluster", undefined].map((name) =>
    scope.includes(name)
  );
  assertEquals(included, [true, false, true, true, false]);
  assertEquals(scope.view.servers.map(({ server }) => server), ["primary"]);
  assertEquals(scope.view.standbys.map(({ name }) => name), ["stranger"]);
  assertEquals(scope.view.findings.map(({ server }) => server), ["primary", "cluster"]);
  assertEquals(scope.view.slotForecasts.length, 1);
});

Deno.test("scopeOfServer() of a standby has itself alone", () => {
  const scope = scopeOfServer(view, "standby");
  const included = ["primary", "standby", "stranger", "cluster"].map((name) => scope.includes(name));
  assertEquals(included, [false, true, false, false]);
  assertEquals(scope.view.standbys.map(({ name }) => name), ["standby"]);
  assertEquals(scope.view.findings.map(({ server }) => server), ["standby"]);
  assertEquals(scope.view.slotForecasts, []);
});

Deno.test("scopeOfServer() of a primary has no finding of another cluster, also where both share an identifier", () => {
  const [own] = base.clusters;
  assert(own !== undefined);
  const prod = { ...own, cluster: "prod", key: "prod" };
  const staging = { ...own, cluster: "staging", key: "staging", primaries: [], servers: [] };
  const other = { ...staging, cluster: "other", key: "other", systemIdentifier: "9" };
  const subjects = ["prod", "staging", "other", own.systemIdentifier, "9"];
  const shared = {
    ...base,
    servers: base.servers.map((server) => ({ ...server, clusterKey: "prod" })),
    clusters: [prod, staging, other],
    findings: subjects.map((subject) => ({ ...finding("cluster"), subject })),
  };
  const included = scopeOfServer(shared, "primary").view.findings.map(({ subject }) => subject);
  assertEquals(included, ["prod", own.systemIdentifier]);
});
