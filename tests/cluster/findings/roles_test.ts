import { roleChecks } from "../../../src/cluster/findings/roles.ts";
import { receiver, server } from "../fixtures.ts";
import { testChecks } from "./cases.ts";
import { down, viewOf } from "./views.ts";

const CLUSTER = "cluster 7300000000000000001";
const cut = { connected: false } as const;

testChecks(roleChecks, [
  {
    check: "split_brain",
    when: "the standby was promoted, the old primary still runs",
    view: viewOf({
      standby: { server: [server({ timeline: 2 })] },
      cluster: { primaries: ["primary", "standby"] },
    }),
    raises: [`critical ${CLUSTER}`],
    says: ['"standby" on timeline 2; "primary" on timeline 1', '"standby" was promoted last', "pg_rewind"],
    derived: true,
  },
  { check: "split_brain", when: "not with one primary", view: viewOf(), raises: [] },
  {
    check: "no_primary",
    when: "it is down and the standby receives nothing",
    view: viewOf({
      primarySnapshot: down({}),
      standby: { receiver: [] },
      derived: cut,
      cluster: { primaries: [] },
    }),
    raises: [`critical ${CLUSTER}`],
    says: [
      '"primary" is unreachable, it was a primary; "standby" is a standby',
      "pg-replication-exporter preflight NAME",
    ],
  },
  {
    check: "no_primary",
    when: "not when the standby streams from one that we do not reach",
    view: viewOf({ primarySnapshot: down({}), cluster: { primaries: [] } }),
    raises: [],
  },
  {
    check: "no_primary",
    when: "although it streams, when its upstream is a standby itself",
    view: viewOf({
      primary: { server: [server({ inRecovery: true })], receiver: [] },
      primarySnapshot: { role: "standby" },
      cluster: { primaries: [] },
    }),
    raises: [`critical ${CLUSTER}`],
  },
  {
    check: "no_primary",
    when: "not when the standby's receiver is hidden for lack of a right",
    view: viewOf({
      primarySnapshot: down({}),
      standby: { receiver: [receiver({ status: null })] },
      cluster: { primaries: [] },
    }),
    raises: [],
  },
  {
    check: "few_standbys",
    when: "none is connected",
    view: viewOf({ primary: { senders: [] }, standby: { receiver: [] } }),
    raises: [`critical ${CLUSTER}`],
    says: ["1 expected, 0 connected; not connected: standby"],
    derived: true,
  },
  {
    check: "few_standbys",
    when: "one of two",
    view: viewOf({ cluster: { expectedStandbys: 2 } }),
    raises: [`warning ${CLUSTER}`],
    derived: true,
  },
  {
    check: "few_standbys",
    when: "not when unknown",
    view: viewOf({ derived: { connected: null }, cluster: { connectedStandbys: null } }),
    raises: [],
  },
]);
