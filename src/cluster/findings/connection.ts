/**
 * Standbys that do not receive WAL, seen from either end.
 *
 * @module
 */
import type { Severity } from "../../domain/finding.ts";
import type { StandbyView } from "../../domain/standby.ts";
import { formatBytes, formatSeconds, joinNames } from "../../domain/quantities.ts";
import { quoteName, quoteText } from "../../domain/sql_text.ts";
import type { ServerView, View } from "../../domain/view.ts";
import { type Check, joinEvidence, mayHaveStandbys, perServer, perStandby } from "./check.ts";
import { standsAtTarget } from "../topology/receiver_facts.ts";
import {
  clusterOf,
  freshRow,
  freshRows,
  livePrimaryOf,
  onPrimary,
  replicationRoleOf,
  serverNamed,
  standbyNamed,
} from "./view_queries.ts";

const STILL_RUNS =
  "Is its host up, and does it reach its upstream? If it is gone for good, take it out of its manager;";

/** Standbys that are not connected, the standby's own view first. */
export const connectionChecks: readonly Check[] = [
  {
    name: "receiver_not_running",
    title: "Every standby's WAL receiver streams",
    looksAt: "pg_stat_wal_receiver on the standby",
    reads: ["receiver"],
    severities: ["critical", "warning", "info"],
    grades:
      "Critical when no standby of its cluster is connected, info when it follows the archive or is paused at its recovery target.",
    meaning:
      "The standby receives no WAL by streaming. What is committed now is not on it, its lag grows, and its slot, if it has " +
      "one, retains WAL on the primary's disk.",
    look: [
      "On the standby: `SELECT * FROM pg_stat_wal_receiver;` has no row; its log has the reason (`could not connect to the primary server`).",
      "On the primary: `SELECT application_name, state FROM pg_stat_replication;` and `SELECT slot_name, active FROM pg_replication_slots;`",
    ],
    steps: [
      "`primary_conninfo` is empty on the standby: set it, `ALTER SYSTEM SET primary_conninfo = '…'; SELECT pg_reload_conf();`",
      "Read the standby's log for the reason.",
      "Is the primary reachable from the standby's host? Network, `pg_hba.conf` (a `replication` line, then `SELECT pg_reload_conf();` on the primary), password, `max_wal_senders`.",
      "Does `primary_conninfo` on the standby still name the current primary? After a failover it must be changed: `ALTER SYSTEM SET primary_conninfo = '…'; SELECT pg_reload_conf();`",
      "Does the slot that `primary_slot_name` names exist? See `upstream_slot_missing`.",
      "The log has `requested WAL segment … has already been removed`: see `wal_removed`.",
    ],
    find: perServer("receiver", (server, [receiver], view) => {
      if (server.role !== "standby") return null;
      if (receiver !== undefined && (receiver.status === null || receiver.status === "streaming")) {
        return null;
      }
      const standby = standbyNamed(view, server.server);
      const fromArchive = standby?.reason === "archive";
      const atTarget = standsAtTarget(server);
      const hasConninfo = freshRow(server, "recovery")?.hasPrimaryConninfo ?? null;
      return {
        severity: fromArchive || atTarget ? "info" : severityOfDisconnection(view, server.server),
        ...atTarget ? {} : { remedy: { intent: { kind: "reconnect" } } },
        summary: receiver === undefined
          ? `No WAL receiver runs on standby "${server.server}"`
          : `The WAL receiver of standby "${server.server}" does not stream`,
        evidence: joinEvidence(
          receiver === undefined ? "pg_stat_wal_receiver is empty" : `its status is ${receiver.status}`,
          fromArchive && "it follows the archive",
          atTarget && "it is paused at its recovery target",
          hasConninfo === false && "primary_conninfo is empty",
          inactiveSlot(view, server),
          disconnectedFor(view, standby),
        ),
        advice: atTarget
          ? "Nothing if it should stay at its recovery target: see replay_paused"
          : fromArchive
          ? "Nothing if it should follow the archive only; to stream again, set primary_conninfo and SELECT pg_reload_conf();"
          : hasConninfo === false
          ? `It has no upstream: on "${server.server}", ALTER SYSTEM SET primary_conninfo = 'host=... user=...'; ` +
            "SELECT pg_reload_conf();"
          : adviseReceiver(view, server),
      };
    }),
  },
  {
    name: "upstream_slot_missing",
    title: "Every standby's primary_slot_name exists on its upstream",
    looksAt: "primary_slot_name on the standby, pg_replication_slots on the upstream",
    reads: ["recovery", "receiver", "slots"],
    severities: ["critical"],
    meaning: "The standby asks for a slot that its upstream does not have, so streaming cannot start.",
    steps: ["Create the slot on the upstream: `SELECT pg_create_physical_replication_slot('NAME', true)`."],
    find: perServer("receiver", (server, rows, view) => {
      const slot = freshRow(server, "recovery")?.primarySlotName ?? "";
      if (slot === "" || rows.some(({ status }) => status !== "starting" && status !== "connecting")) {
        return null;
      }
      const upstream = upstreamOf(view, server);
      const slots = upstream === null ? null : freshRows(upstream, "slots");
      if (upstream === null || slots === null || slots.some((each) => each.slot === slot)) return null;
      const existing = slots.length === 0
        ? "no slots"
        : `the slots ${joinNames(slots.map((each) => each.slot))}`;
      return {
        severity: "critical",
        subject: slot,
        remedy: { intent: { kind: "give_slot", slot } },
        summary:
          `Standby "${server.server}" asks for slot "${slot}", which "${upstream.server}" does not have`,
        evidence: joinEvidence(
          `primary_slot_name = ${quoteText(slot)}`,
          `"${upstream.server}" has ${existing}`,
          "the standby does not stream",
        ),
        advice:
          `On "${upstream.server}": SELECT pg_create_physical_replication_slot(${quoteText(slot)}, true); ` +
          "the standby then connects by itself, unless the WAL it needs is gone",
      };
    }),
  },
  {
    name: "standby_disconnected",
    title: "Every standby that the exporter cannot query is connected to its upstream",
    looksAt: "pg_stat_replication and pg_replication_slots on the upstream",
    reads: ["senders"],
    applies: mayHaveStandbys,
    severities: ["critical", "warning"],
    grades: "Critical when no standby of its cluster is connected.",
    meaning:
      "A standby that is configured, or was seen before, has no WAL sender, and the exporter cannot query the standby " +
      "itself: it is down or cut off, and there is one copy fewer.",
    steps: [
      "Is the host up? Is PostgreSQL running there? Start it, and read the end of its log.",
      "If it stays away, its slot retains WAL on the primary: see `slot_inactive` and `slot_at_risk`. One that is gone for good is reported until it is taken out of the configuration, or, if it never was in it, until the exporter is restarted.",
    ],
    find: perStandby((standby, view) => {
      if (standby.connected !== false) return null;
      const own = serverNamed(view, standby.name);
      // What the standby itself reports is better: see receiver_not_running.
      if (own !== null && freshRows(own, "receiver") !== null) return null;
      const upstream = standby.upstream === null ? "any upstream" : `"${standby.upstream}"`;
      return {
        severity: severityOfDisconnection(view, standby.configured ? standby.name : standby.upstream ?? ""),
        remedy: { intent: { kind: "start" }, before: STILL_RUNS },
        summary: `Standby "${standby.name}" is not connected to ${upstream}`,
        evidence: joinEvidence(
          standby.upstream === null
            ? "No server has a WAL sender for it"
            : `${upstream} has no WAL sender for it`,
          own !== null && inactiveSlot(view, own),
          disconnectedFor(view, standby),
          standby.lag.bytes !== null && `backlog ${formatBytes(standby.lag.bytes)}`,
        ),
        advice: standby.configured
          ? "Look at the standby's host and log: is PostgreSQL up, does it reach its upstream?"
          : "Look at the standby's host and log: is PostgreSQL up, does it reach its upstream? If it is gone for good, its " +
            "slot retains WAL for nobody, see slot_inactive; the exporter forgets the standby when it is restarted",
      };
    }),
  },
];

function severityOfDisconnection(view: View, server: string): Severity {
  return clusterOf(view, server)?.connectedStandbys === 0 ? "critical" : "warning";
}

/** The upstream it is known to have had; else the primary, when it is the only other server of the cluster. */
function upstreamOf(view: View, { server }: ServerView): ServerView | null {
  const known = standbyNamed(view, server)?.upstream ?? null;
  if (known !== null) return serverNamed(view, known);
  const others = clusterOf(view, server)?.servers.filter((each) => each !== server) ?? [];
  return others.length === 1 ? livePrimaryOf(view, server) : null;
}

function inactiveSlot(view: View, server: ServerView): string {
  const name = server.facts.recovery?.[0]?.primarySlotName ?? "";
  const upstream = upstreamOf(view, server);
  const slots = upstream === null ? null : freshRows(upstream, "slots");
  const slot = slots?.find((each) => each.slot === name);
  if (slot === undefined || slot.active) return "";
  const retains = slot.retainedBytes === null ? "" : ` and retains ${formatBytes(slot.retainedBytes)}`;
  return `slot "${name}" on "${upstream?.server}" is inactive${retains}`;
}

function disconnectedFor(view: View, standby: StandbyView | null): string {
  const since = standby?.connectedChangedAt ?? null;
  return since === null ? "" : `disconnected for ${formatSeconds(view.at - since)}`;
}

function adviseReceiver(view: View, server: ServerView): string {
  const [receiver] = freshRows(server, "receiver") ?? [];
  const upstream = upstreamOf(view, server);
  const address = receiver === undefined || receiver.senderHost === ""
    ? upstream?.address
    : { host: receiver.senderHost, port: receiver.senderPort ?? 5432 };
  const onUpstream = upstream === null ? "on its upstream" : `on "${upstream.server}"`;
  const role = replicationRoleOf(view, upstream?.server ?? server.server);
  return `Read the log of "${server.server}" for "could not connect" or "could not receive data". Does primary_conninfo ` +
    `name its upstream${
      address === undefined ? "" : `, ${address.host}:${address.port}`
    }? On "${server.server}": ` +
    "SHOW primary_conninfo; if not, ALTER SYSTEM SET primary_conninfo = 'host=... user=...'; SELECT pg_reload_conf(); " +
    `For "no pg_hba.conf entry", add host replication ${role} STANDBY_ADDRESS/32 scram-sha-256 to the upstream's ` +
    `pg_hba.conf, then ${onUpstream}: SELECT pg_reload_conf(); For "password authentication failed", set the password ` +
    `that primary_conninfo has. ${onPrimary(view, server.server)}: ALTER ROLE ${
      quoteName(role)
    } PASSWORD '...'; ` +
    "Otherwise look at the network between the two, and see upstream_slot_missing";
}
