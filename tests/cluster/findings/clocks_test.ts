import { clockChecks } from "../../../src/cluster/findings/clocks.ts";
import { testChecks } from "./cases.ts";
import { viewOf } from "./views.ts";

const slow = { collector: "server", outcome: "ok", reason: "", durationSeconds: 4 } as const;

testChecks(clockChecks, [
  {
    check: "clock_off",
    when: "one is ahead",
    view: viewOf({ standbySnapshot: { clockOffsetSeconds: 90.5 } }),
    raises: ["warning standby"],
    says: ["90.5 s ahead of the exporter's clock", 'the host of "standby"', "chronyc"],
    derived: true,
  },
  {
    check: "clock_off",
    when: "all agree against us",
    view: viewOf({
      primarySnapshot: { clockOffsetSeconds: -60 },
      standbySnapshot: { clockOffsetSeconds: -60.1 },
    }),
    raises: ["warning primary", "warning standby"],
    says: ["60.0 s behind the exporter's clock", "the exporter's own clock", "the exporter's host"],
    derived: true,
  },
  {
    check: "clock_off",
    when: "not within what the slow answer leaves open",
    view: viewOf({ standbySnapshot: { clockOffsetSeconds: 3.9, runs: [slow] } }),
    raises: [],
  },
  {
    check: "clock_off",
    when: "not of a server that is down",
    view: viewOf({ standbySnapshot: { clockOffsetSeconds: 90, up: false } }),
    raises: [],
  },
]);
