import { versionChecks } from "../../../src/cluster/findings/versions.ts";
import { server } from "../fixtures.ts";
import { testChecks } from "./cases.ts";
import { viewOf } from "./views.ts";

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
    when: "not without a name: they may have nothing to do with each other",
    view: viewOf({ standby: { server: [foreign] } }),
    raises: [],
  },
  {
    check: "divided_cluster",
    when: "one system under two names",
    view: viewOf({ primarySnapshot: { cluster: "shop" }, standbySnapshot: { cluster: "shop-2" } }),
    raises: ["warning cluster 7300000000000000001"],
    says: ['The clusters "shop" and "shop-2" are one', '"shop" with primary; "shop-2" with standby'],
    derived: true,
  },
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
