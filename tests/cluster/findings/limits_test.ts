import { limitChecks } from "../../../src/cluster/findings/limits.ts";
import { sender, slot, wal } from "../fixtures.ts";
import { testChecks } from "./cases.ts";
import { viewOf } from "./views.ts";

const senders = (count: number) =>
  Array.from({ length: count }, (_, index) => sender({ applicationName: `s${index}`, pid: index }));
const slots = (count: number) =>
  Array.from({ length: count }, (_, index) => slot({ slot: `s${index}`, active: index > 0 }));

testChecks(limitChecks, [
  {
    check: "senders_limit",
    when: "none is left",
    view: viewOf({ primary: { senders: senders(10) } }),
    raises: ["critical primary"],
    says: ["10 of max_wal_senders = 10 in use", "max_wal_senders = 20"],
  },
  {
    check: "senders_limit",
    when: "few are left",
    view: viewOf({ primary: { senders: senders(28), wal: [wal({ maxSenders: 30 })] } }),
    raises: ["warning primary"],
  },
  {
    check: "senders_limit",
    when: "not with one in ten free",
    view: viewOf({ primary: { senders: senders(9) } }),
    raises: [],
  },
  {
    check: "senders_limit",
    when: "not on a standby that sends nothing and may not",
    view: viewOf({ standby: { wal: [wal({ maxSenders: 0 })] } }),
    raises: [],
  },
  {
    check: "slots_limit",
    when: "none is left",
    view: viewOf({ primary: { slots: slots(10) } }),
    raises: ["warning primary"],
    says: ["10 of max_replication_slots = 10 in use; inactive: s0"],
  },
  { check: "slots_limit", when: "not with room", view: viewOf({ primary: { slots: slots(8) } }), raises: [] },
]);
