/**
 * Standbys that do not receive WAL, seen from either end.
 *
 * @module
 */
import type { StandbyView } from "../../domain/standby.ts";
import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import type { ServerSnapshot, View } from "../../domain/view.ts";
import type { Check, Diagnosis } from "./check.ts";
import {
  clusterOf,
  freshRow,
  freshRows,
  placeOfStandby,
  primaryOf,
  serverNamed,
  standbyNamed,
} from "./view_queries.ts";
import { quoteText } from "../../domain/sql_text.ts";

const receiverNotRunning: Check = {
  name: "receiver_not_running",
  title: "Every standby's WAL receiver streams",
  looksAt: "pg_stat_wal_receiver on the standby",
  reads: ["receiver"],
  severities: ["critical", "warning", "info"],
  meaning:
    "The standby runs but receives no WAL by streaming; critical when it is the last one of its cluster.",
  remedy:
    "Read the standby's log for the reason; check primary_conninfo, the replication line in pg_hba.conf and the slot.",
  *find(view) {
    for (const server of view.servers) {
      const rows = freshRows(server, "receiver");
      if (server.role !== "standby" || rows === null) continue;
      const [receiver] = rows;
      if (receiver !== undefined && (receiver.status === null || receiver.status === "streaming")) continue;
      const fromArchive = standbyNamed(view, server.server)?.reason === "archive";
      yield {
        severity: fromArchive ? "info" : severityOf(view, server.server),
        server: server.server,
        subject: "",
        summary: receiver === undefined
          ? `No WAL receiver runs on standby "${server.server}"`
          : `The WAL receiver of standby "${server.server}" does not stream`,
        evidence: [
          receiver === undefined ? "pg_stat_wal_receiver is empty" : `its status is ${receiver.status}`,
          ...fromArchive ? ["it is fed from the archive"] : [],
          ...tellSlot(view, server),
          ...tellSince(view, standbyNamed(view, server.server)),
        ].join("; "),
        advice: fromArchive
          ? "Nothing when it is meant to follow the archive only; to stream again, set primary_conninfo and SELECT pg_reload_conf()"
          : adviseReceiver(receiver?.senderHost ?? "", receiver?.senderPort ?? null),
      };
    }
  },
};

const standbyDisconnected: Check = {
  name: "standby_disconnected",
  title: "Every standby that cannot be asked itself is seen by its upstream",
  looksAt: "pg_stat_replication and pg_replication_slots on the upstream",
  reads: ["senders"],
  severities: ["critical", "warning"],
  meaning:
    "A standby that was configured, or once seen, has no WAL sender, and cannot be asked itself why; critical when it " +
    "is the last one of its cluster.",
  remedy: "Look at the standby: is it up, and what does its log say?",
  *find(view) {
    for (const standby of view.standbys) {
      if (standby.connected !== false) continue;
      const own = serverNamed(view, standby.name);
      // Its own word is the better one, see receiver_not_running.
      if (own !== null && freshRows(own, "receiver") !== null) continue;
      const place = placeOfStandby(standby);
      yield {
        severity: severityOf(view, standby.configured ? standby.name : standby.upstream ?? ""),
        ...place,
        summary: `Standby "${standby.name}" is not connected to ${nameUpstream(standby)}`,
        evidence: [
          standby.upstream === null
            ? "No server has a WAL sender for it"
            : `"${standby.upstream}" has no WAL sender for it`,
          ...own === null ? [] : tellSlot(view, own),
          ...tellSince(view, standby),
          ...standby.lag.bytes === null ? [] : [`it lacks ${formatBytes(standby.lag.bytes)}`],
        ].join("; "),
        advice: standby.configured
          ? "Look at the standby's host and log: is PostgreSQL up, does it reach its upstream?"
          : `If it is gone for good, drop its slot on ${
            nameUpstream(standby)
          } so that no WAL is kept for it: ` +
            "SELECT pg_drop_replication_slot('...'); else look at the standby's host and log",
      };
    }
  },
};

const upstreamSlotMissing: Check = {
  name: "upstream_slot_missing",
  title: "The slot that each standby names exists on its upstream",
  looksAt: "primary_slot_name on the standby, pg_replication_slots on the upstream",
  reads: ["recovery", "receiver", "slots"],
  severities: ["critical"],
  meaning: "The standby asks for a slot that its upstream does not have, so streaming cannot start.",
  remedy: "Create the slot on the upstream: SELECT pg_create_physical_replication_slot('NAME', true).",
  *find(view) {
    for (const server of view.servers) {
      const slot = freshRow(server, "recovery")?.primarySlotName ?? "";
      const rows = freshRows(server, "receiver");
      if (slot === "" || rows === null || rows.some(({ status }) => status !== "starting")) continue;
      const upstream = upstreamOf(view, server);
      if (upstream === null) continue;
      const slots = freshRows(upstream, "slots");
      if (slots === null || slots.some((each) => each.slot === slot)) continue;
      yield {
        severity: "critical",
        server: server.server,
        subject: slot,
        summary: `Standby "${server.server}" wants slot "${slot}", which "${upstream.server}" does not have`,
        evidence: `primary_slot_name = ${quoteText(slot)}; "${upstream.server}" has ` +
          (slots.length === 0 ? "no slots" : `the slots ${slots.map((each) => each.slot).join(", ")}`) +
          "; the standby does not stream",
        advice:
          `On "${upstream.server}": SELECT pg_create_physical_replication_slot(${quoteText(slot)}, true); ` +
          "the standby connects by itself, unless the WAL it needs is gone",
      };
    }
  },
};

/** Standbys that are not connected, the standby's own view first. */
export const connectionChecks: readonly Check[] = [
  receiverNotRunning,
  upstreamSlotMissing,
  standbyDisconnected,
];

function severityOf(view: View, server: string): Diagnosis["severity"] {
  return clusterOf(view, server)?.connectedStandbys === 0 ? "critical" : "warning";
}

function nameUpstream({ upstream }: StandbyView): string {
  return upstream === null ? "any upstream" : `"${upstream}"`;
}

/** The upstream it is known to have had; else the primary, when the cluster has nobody else whom it might follow. */
function upstreamOf(view: View, { server }: ServerSnapshot): ServerSnapshot | null {
  const known = standbyNamed(view, server)?.upstream ?? null;
  if (known !== null) return serverNamed(view, known);
  const others = clusterOf(view, server)?.servers.filter((each) => each !== server) ?? [];
  return others.length === 1 ? primaryOf(view, server) : null;
}

function tellSlot(view: View, server: ServerSnapshot): readonly string[] {
  const name = server.facts.recovery?.[0]?.primarySlotName ?? "";
  const upstream = upstreamOf(view, server);
  const slot = upstream === null
    ? undefined
    : freshRows(upstream, "slots")?.find((each) => each.slot === name);
  if (slot === undefined || upstream === null || slot.active) return [];
  const kept = slot.retainedBytes === null ? "" : ` and keeps ${formatBytes(slot.retainedBytes)}`;
  return [`slot "${name}" on "${upstream.server}" is inactive${kept}`];
}

function tellSince(view: View, standby: StandbyView | null): readonly string[] {
  const since = standby?.connectedChangedAt ?? null;
  return since === null ? [] : [`disconnected for ${formatSeconds(view.at - since)}`];
}

function adviseReceiver(host: string, port: number | null): string {
  const target = host === "" ? "primary_conninfo" : `${host}:${port ?? 5432}`;
  return `Read the standby's log for "could not connect" or "could not receive data"; check that it reaches ${target} ` +
    "(SHOW primary_conninfo), the line host replication ROLE STANDBY_ADDRESS/32 scram-sha-256 in the upstream's " +
    "pg_hba.conf, the replication role's password, and that the upstream has the slot; after a change of primary_conninfo: SELECT pg_reload_conf()";
}
