/**
 * Timeouts without which a dead connection is never noticed.
 *
 * @module
 */
import type { Check } from "./check.ts";
import { freshRows, serversWithRows } from "./view_queries.ts";

/** Timeouts. */
export const timeoutChecks: readonly Check[] = [{
  name: "timeout_off",
  title: "Both ends notice a dead connection",
  looksAt: "wal_sender_timeout upstream; wal_receiver_timeout and wal_receiver_status_interval on standbys",
  reads: ["settings", "senders"],
  severities: ["warning"],
  meaning:
    "A timeout is 0: when the connection dies without a reset, the row stays, the standby does not connect again, and " +
    "synchronous commits wait for ever.",
  steps: [
    "Set it back: `wal_sender_timeout = '60s'`, `wal_receiver_timeout = '60s'`, `wal_receiver_status_interval = '10s'`.",
  ],
  *find(view) {
    for (const [server, [settings]] of serversWithRows(view, "settings")) {
      if (settings === undefined) continue;
      const sends = (freshRows(server, "senders") ?? []).length > 0;
      const receives = server.role === "standby";
      const { walSenderTimeoutSeconds, walReceiverTimeoutSeconds, walReceiverStatusIntervalSeconds } =
        settings;
      const off: readonly (readonly [isOff: boolean, setting: string, usual: string])[] = [
        [sends && walSenderTimeoutSeconds === null, "wal_sender_timeout", "60s"],
        [receives && walReceiverTimeoutSeconds === null, "wal_receiver_timeout", "60s"],
        [receives && walReceiverStatusIntervalSeconds === null, "wal_receiver_status_interval", "10s"],
      ];
      for (const [isOff, setting, usual] of off) {
        if (!isOff) continue;
        yield {
          severity: "warning",
          server: server.server,
          subject: setting,
          remedy: { intent: { kind: "set", settings: [[setting, usual]] } },
          summary: `${setting} is off on "${server.server}"`,
          evidence: `${setting} = 0`,
          advice: `On "${server.server}": ALTER SYSTEM SET ${setting} = '${usual}'; SELECT pg_reload_conf();`,
        };
      }
    }
  },
}];
