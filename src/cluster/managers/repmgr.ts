import { quoteName, quoteText } from "../../domain/sql_text.ts";
import { destructive } from "../findings/destructive.ts";
import { quoteServers } from "./patroni.ts";
import { copyAgain, dropLostSlot, dropUnusedSlot, promoteAnyway, replaceLogicalSlot } from "./proofs.ts";
import type { NewSetting, Speech } from "./remedy.ts";

/** Settings in a file: a manager that does not manage them leaves them alone there. */
export function inConfigurationFile(
  settings: readonly NewSetting[],
  { server, isReloaded = true }: { readonly server: string; readonly isReloaded?: boolean },
): string {
  const lines = settings.map(([name, value]) =>
    `${name} = ${/^[\w.-]+$/.test(value) ? value : quoteText(value)}`
  );
  const names = settings.map(([name]) => name).join(", ");
  return `in postgresql.conf of "${server}" set ${
    lines.join(", ")
  } (postgresql.auto.conf wins where it has ${names}, too)` +
    (isReloaded ? ", then SELECT pg_reload_conf()" : "");
}

const SHOW_CLUSTER = "repmgr cluster show";

/** Without the checkpoint pg_rewind takes the two for equal just after a promotion, and does nothing (seen on 15). */
const REJOIN = destructive({
  because: "A rewind makes a server that left its cluster its standby again",
  checkFirst: `${SHOW_CLUSTER} shows it as no primary, and what only it has is saved`,
  step:
    "CHECKPOINT on the primary, and on its host, with the server stopped (repmgr node service --action=stop): repmgr node " +
    "rejoin -d 'host=PRIMARY user=repmgr dbname=repmgr' --force-rewind --dry-run, and the same without --dry-run",
  loses: "what only it has is gone",
});

/** A new copy of the primary; it creates the slot where repmgr uses slots. */
const CLONE = copyAgain({
  shows: SHOW_CLUSTER,
  step:
    "on its host: repmgr node service --action=stop, then repmgr -h PRIMARY -U repmgr -d repmgr standby clone --force, " +
    "start it with repmgr node service --action=start, and repmgr standby register --force",
});

/** `repmgr`, which leaves settings to the administrator and does the rest. */
export const repmgrSpeech: Speech = {
  set: ({ settings, restart }, { server }) =>
    restart
      ? `${inConfigurationFile(settings, { server, isReloaded: false })}, on standbys first; then restart ` +
        "each, standbys first: repmgr service pause, so that repmgrd does not fail over, repmgr node service --action=restart " +
        "--checkpoint on the server, and repmgr service unpause"
      : inConfigurationFile(settings, { server }),
  release_commits: (_, { server }) =>
    `${SHOW_CLUSTER} shows which standby is missing: bring it back. To let commits through at once, which are then on one server ` +
    `only and lost if it fails: ${inConfigurationFile([["synchronous_standby_names", ""]], { server })}`,
  add_synchronous: ({ required, standbys }, { server }) =>
    `add a standby (repmgr standby clone, repmgr standby register), then name it: ${
      inConfigurationFile(
        [[
          "synchronous_standby_names",
          `ANY ${required} (${[...standbys.map(quoteName), "another"].join(", ")})`,
        ]],
        { server },
      )
    }`,
  rebuild: () => CLONE,
  rejoin: () =>
    `save what only it has. ${REJOIN}. Afterwards ${SHOW_CLUSTER} must show it as a running standby; if it cannot be rewound: ${CLONE}`,
  get_primary: () =>
    `repmgrd promotes a standby itself if failover = automatic: repmgr service status shows whether it runs and is not ` +
    `paused (then repmgr service unpause). If it does not: ${
      promoteAnyway(
        "on the host of that standby repmgr standby promote, and on the hosts of the others repmgr standby follow",
      )
    }`,
  keep_one_primary: ({ newest, others }) =>
    `${SHOW_CLUSTER} shows which one its records name ("${newest}" was promoted last). Keep clients from ${
      quoteServers(others)
    } if it is not that one. ${REJOIN}`,
  reconnect: () =>
    `${SHOW_CLUSTER} shows its upstream; read its log for "could not connect" or "could not receive data": network, password and ` +
    "pg_hba.conf line of the replication role; then, on its host, repmgr standby follow, which sets primary_conninfo and slot",
  give_slot: () =>
    "set use_replication_slots=true in repmgr.conf of its host, then there: repmgr standby follow, which creates the slot on the " +
    "upstream and sets primary_slot_name",
  drop_slot: ({ slot, consumer }, { server }) =>
    (consumer === "standby"
      ? `bring its standby back (${SHOW_CLUSTER}). If that is gone for good: repmgr standby unregister --node-id=N. `
      : "") + dropUnusedSlot({ slot, server, consumer, return: "be cloned again" }),
  replace_slot: ({ slot, consumer, reader }, { server }) =>
    consumer === "standby"
      ? `${dropLostSlot({ slot, server })}. Its standby: ${CLONE}`
      : replaceLogicalSlot({ slot, server, consumer, reader }),
  start: () =>
    `${SHOW_CLUSTER} on another host first: if another server was promoted meanwhile, it must not start as a primary, see stranded. ` +
    "Otherwise on its host: repmgr node service --action=start, and the end of its log when it does not start",
  admit: ({ line }) =>
    `add to pg_hba.conf (SHOW hba_file), above any line that rejects it: ${line}; then: SELECT pg_reload_conf()`,
  enable_checksums: () =>
    destructive({
      because: "Checksums are written while the servers are stopped, and must be on or off on all of them",
      checkFirst:
        "repmgr service pause, and every server is stopped cleanly with repmgr node service --action=stop, the primary first",
      step:
        "on each: pg_checksums --enable -D DATADIR; start them, the primary first, and repmgr service unpause",
      loses: "the cluster is down for as long as its data takes to be read and written",
    }),
  upgrade: ({ isMajor }) =>
    isMajor
      ? "physical replication cannot cross major versions: repmgr service pause, pg_upgrade of the primary, and repmgr standby " +
        "clone of the others"
      : "update the packages of the others and restart them with repmgr service pause and repmgr node service --action=restart, standbys " +
        "first; before the primary's, repmgr standby switchover on a standby",
};
