import { versionChecks } from "../../../src/cluster/findings/versions.ts";
import { receiver, server } from "../fixtures.ts";
import { testChecks } from "./cases.ts";
import { viewOf } from "./views.ts";

const address = { host: "db1", hostAddress: "", port: 5433 };
const foreign = server({ inRecovery: true, systemIdentifier: "42" });

testChecks(versionChecks, [
  {
    check: "mixed_versions",
    when: "minors differ",
    view: viewOf({
      standby: { server: [server({ inRecovery: true, versionNum: 150020, version: "15.20" })] },
    }),
    raises: ["info cluster 7300000000000000001"],
    says: ['"primary" runs 15.18; "standby" runs 15.20'],
  },
  {
    check: "mixed_versions",
    when: "majors differ",
    view: viewOf({
      standby: { server: [server({ inRecovery: true, versionNum: 160004, version: "16.4" })] },
      cluster: { cluster: "shop" },
    }),
    raises: ["warning cluster shop"],
    says: ["pg_upgrade"],
  },
  { check: "mixed_versions", when: "not when equal", view: viewOf(), raises: [] },
  {
    check: "foreign_server",
    when: "two systems under one name",
    view: viewOf({
      primarySnapshot: { cluster: "shop" },
      standbySnapshot: { cluster: "shop" },
      standby: { server: [foreign] },
    }),
    raises: ["critical cluster shop"],
    says: ["primary: 7300000000000000001; standby: 42"],
    derived: true,
  },
  {
    check: "foreign_server",
    when: "a subscriber under the name of its publisher is never to be a standby",
    view: viewOf({
      primarySnapshot: { cluster: "shop" },
      standbySnapshot: { cluster: "shop", role: "primary" },
      standby: {
        server: [{ ...foreign, inRecovery: false, hasSubscriptions: true }],
        receiver: [],
        recovery: [],
      },
    }),
    raises: ["info cluster shop"],
    says: ['Give "standby" another cluster name', "standby: 42"],
    derived: true,
  },
  {
    check: "foreign_server",
    when: "not without a name: they may have nothing to do with each other",
    view: viewOf({ standby: { server: [foreign] } }),
    raises: [],
  },
  {
    check: "divided_cluster",
    when: "one system under two names, and a standby across the border",
    view: viewOf({
      primarySnapshot: { cluster: "shop", address },
      standbySnapshot: { cluster: "shop-2" },
      standby: { receiver: [receiver({ senderHost: "DB1", senderPort: 5433 })] },
    }),
    raises: ["warning cluster 7300000000000000001"],
    says: [
      'The clusters "shop" and "shop-2" are one',
      '"standby" streams from "primary"',
      '"shop" with primary; "shop-2" with standby',
    ],
    derived: true,
  },
  {
    check: "divided_cluster",
    when: "one server in two clusters",
    view: viewOf({
      primarySnapshot: { cluster: "shop" },
      standbySnapshot: { cluster: "shop-2" },
      standby: { server: viewOf().servers[0]?.facts.server ?? [] },
    }),
    raises: ["warning cluster 7300000000000000001"],
    says: ['"primary" and "standby" are one server'],
    derived: true,
  },
  {
    check: "divided_cluster",
    when: "not when a port or a loopback address proves nothing",
    view: viewOf({
      primarySnapshot: { cluster: "shop", address: { ...address, host: "127.0.0.1" } },
      standbySnapshot: { cluster: "shop-2" },
      standby: { receiver: [receiver({ senderHost: "127.0.0.1", senderPort: 5433 })] },
    }),
    raises: [],
  },
  {
    check: "shared_origin",
    when: "info when names say that they are two clusters",
    view: viewOf({
      primarySnapshot: { cluster: "shop" },
      standbySnapshot: { cluster: "shop-2" },
      standby: { server: [server({ timeline: 2 })] },
    }),
    raises: ["info cluster 7300000000000000001"],
    says: [
      'The clusters "shop" and "shop-2" share their origin',
      '"shop" with primary; "shop-2" with standby',
    ],
    derived: true,
  },
  {
    check: "shared_origin",
    when: "a warning when servers without a name may be one cluster",
    view: viewOf({
      primarySnapshot: { cluster: "shop" },
      standby: { server: [server({ timeline: 2 })] },
    }),
    raises: ["warning cluster 7300000000000000001"],
    says: ['"primary" and "standby" are primaries with one system identifier', "/probe?cluster=NAME"],
    derived: true,
  },
  {
    check: "shared_origin",
    when: "info of a cluster without a primary, named or not",
    view: viewOf({ primarySnapshot: { cluster: "shop" } }),
    raises: ["info cluster 7300000000000000001"],
    says: ["share their origin"],
    derived: true,
  },
  {
    check: "shared_origin",
    when: "not when a link shows that they are one, which divided_cluster says",
    view: viewOf({
      primarySnapshot: { cluster: "shop", address },
      standbySnapshot: { cluster: "shop-2" },
      standby: { receiver: [receiver({ senderHost: "db1", senderPort: 5433 })] },
    }),
    raises: [],
    derived: true,
  },
  { check: "shared_origin", when: "not of one cluster", view: viewOf(), raises: [] },
  {
    check: "divided_cluster",
    when: "not with one name",
    view: viewOf({ primarySnapshot: { cluster: "shop" }, standbySnapshot: { cluster: "shop" } }),
    raises: [],
  },
  {
    check: "divided_cluster",
    when: "not when only one of them has a name",
    view: viewOf({ primarySnapshot: { cluster: "shop" } }),
    raises: [],
  },
  {
    check: "divided_cluster",
    when: "not when two names are two systems",
    view: viewOf({
      primarySnapshot: { cluster: "shop" },
      standbySnapshot: { cluster: "shop-2" },
      standby: { server: [foreign] },
    }),
    raises: [],
  },
]);
