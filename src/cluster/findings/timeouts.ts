/**
 * Timeouts without which a dead link is never noticed.
 *
 * @module
 */
import type { SettingsFact } from "../../domain/facts.ts";
import type { Check, Diagnosis } from "./check.ts";
import { freshRow, freshRows } from "./view_queries.ts";

const timeoutOff: Check = {
  name: "timeout_off",
  title: "Both ends notice a dead link",
  looksAt: "wal_sender_timeout upstream; wal_receiver_timeout and wal_receiver_status_interval on standbys",
  reads: ["settings", "senders"],
  severities: ["warning"],
  meaning:
    "A timeout is 0: when the link dies without a reset, the row stays, the standby does not connect again, and " +
    "synchronous commits wait for ever.",
  remedy:
    "Set it back: wal_sender_timeout = '60s', wal_receiver_timeout = '60s', wal_receiver_status_interval = '10s'.",
  *find(view): Generator<Diagnosis> {
    for (const server of view.servers) {
      const settings = freshRow(server, "settings");
      if (settings === null) continue;
      const sends = (freshRows(server, "senders") ?? []).length > 0;
      for (const { setting, usual } of offOf(settings, { sends, receives: server.role === "standby" })) {
        yield {
          severity: "warning",
          server: server.server,
          subject: setting,
          summary: `${setting} is off on "${server.server}"`,
          evidence: `${setting} = 0`,
          advice: `On "${server.server}": ALTER SYSTEM SET ${setting} = '${usual}'; SELECT pg_reload_conf()`,
        };
      }
    }
  },
};

/** Timeouts. */
export const timeoutChecks: readonly Check[] = [timeoutOff];

function offOf(
  settings: SettingsFact,
  { sends, receives }: { readonly sends: boolean; readonly receives: boolean },
): readonly { readonly setting: string; readonly usual: string }[] {
  return [
    { matters: sends, value: settings.walSenderTimeoutSeconds, setting: "wal_sender_timeout", usual: "60s" },
    {
      matters: receives,
      value: settings.walReceiverTimeoutSeconds,
      setting: "wal_receiver_timeout",
      usual: "60s",
    },
    {
      matters: receives,
      value: settings.walReceiverStatusIntervalSeconds,
      setting: "wal_receiver_status_interval",
      usual: "10s",
    },
  ].filter(({ matters, value }) => matters && value === null);
}
