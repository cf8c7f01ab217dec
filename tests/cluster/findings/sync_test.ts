import { syncChecks } from "../../../src/cluster/findings/sync.ts";
import { sender, sync } from "../fixtures.ts";
import { testChecks } from "./cases.ts";
import { viewOf } from "./views.ts";

testChecks(syncChecks, [
  {
    check: "sync_short",
    when: "one of two is missing and commits wait",
    view: viewOf({
      primary: {
        sync: [sync({ standbyNames: "ANY 2 (standby, other)", waitingCommits: 3, oldestWaitSeconds: 12 })],
      },
    }),
    raises: ["critical primary"],
    says: [
      "synchronous_standby_names = 'ANY 2 (standby, other)'",
      "1 of 2 required are there",
      "streaming: standby",
      "3 commits wait, the oldest for 12.0 s",
      "ALTER SYSTEM SET synchronous_standby_names",
    ],
  },
  {
    check: "sync_short",
    when: "a warning while no commit waits",
    view: viewOf({ primary: { sync: [sync({ standbyNames: "standby" })], senders: [] } }),
    raises: ["warning primary"],
    says: [
      "none streams",
      `on "primary": ALTER SYSTEM SET synchronous_standby_names = ''; SELECT pg_reload_conf(); and as soon as one streams`,
    ],
  },
  {
    check: "sync_short",
    when: "the only one can never confirm",
    view: viewOf({
      primary: {
        sync: [sync({ standbyNames: "*", synchronousCommit: "remote_apply" })],
        senders: [sender({ applicationName: "pg_receivewal", kind: "receivewal", replayPosition: null })],
      },
    }),
    raises: ["warning primary"],
    says: [
      "0 of 1 required",
      "pg_receivewal never reports a replay position",
      "SET synchronous_commit = 'on'",
    ],
  },
  {
    check: "sync_short",
    when: "not when all are there",
    view: viewOf({ primary: { sync: [sync({ standbyNames: "standby" })] } }),
    raises: [],
  },
  {
    check: "sync_short",
    when: "not when states are hidden for lack of a right",
    view: viewOf({
      primary: {
        sync: [sync({ standbyNames: "standby" })],
        senders: [sender({ applicationName: "standby", state: null })],
      },
    }),
    raises: [],
  },
  {
    check: "sync_no_spare",
    when: "the only one is needed",
    view: viewOf({ primary: { sync: [sync({ standbyNames: "standby" })] } }),
    raises: ["info primary"],
    says: ["1 required, 0 spare"],
  },
  { check: "sync_no_spare", when: "not without synchronous standbys", view: viewOf(), raises: [] },
  {
    check: "commits_wait",
    when: "a paused standby holds remote_apply up",
    view: viewOf({
      primary: {
        sync: [
          sync({
            standbyNames: "standby",
            waitingCommits: 2,
            oldestWaitSeconds: 31,
            synchronousCommit: "remote_apply",
          }),
        ],
      },
    }),
    raises: ["critical primary"],
    says: ["wait 31.0 s for synchronous standbys that are there", "remote_apply waits for replay"],
  },
  {
    check: "commits_wait",
    when: "the standby's disk is slow",
    view: viewOf({
      primary: { sync: [sync({ standbyNames: "standby", waitingCommits: 2, oldestWaitSeconds: 6 })] },
    }),
    raises: ["warning primary"],
    says: ["write and flush lag"],
  },
  {
    check: "commits_wait",
    when: "not for a moment",
    view: viewOf({
      primary: { sync: [sync({ standbyNames: "standby", waitingCommits: 2, oldestWaitSeconds: 0.2 })] },
    }),
    raises: [],
  },
]);
