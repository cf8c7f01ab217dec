import { timeoutChecks } from "../../../src/cluster/findings/timeouts.ts";
import { testChecks } from "./cases.ts";
import { settings } from "../fixtures.ts";
import { viewOf } from "./views.ts";

const off = [
  settings({
    walSenderTimeoutSeconds: null,
    walReceiverTimeoutSeconds: null,
    walReceiverStatusIntervalSeconds: null,
  }),
];

testChecks(timeoutChecks, [
  {
    check: "timeout_off",
    when: "each where it matters",
    view: viewOf({ primary: { settings: off }, standby: { settings: off } }),
    raises: [
      "warning primary wal_sender_timeout",
      "warning standby wal_receiver_status_interval",
      "warning standby wal_receiver_timeout",
    ],
    says: ["ALTER SYSTEM SET wal_sender_timeout = '60s'; SELECT pg_reload_conf()"],
  },
  {
    check: "timeout_off",
    when: "not for a sender's timeout without senders",
    view: viewOf({ primary: { settings: off, senders: [] } }),
    raises: [],
  },
]);
