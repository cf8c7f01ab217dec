import { quoteServers } from "./patroni.ts";
import { copyAgain, dropLostSlot, dropUnusedSlot, promoteAnyway, replaceLogicalSlot } from "./proofs.ts";
import type { Speech } from "./remedy.ts";
import { inConfigurationFile } from "./repmgr.ts";

const SHOW_STATE = "pg_autoctl show state";

const RECREATE =
  "on its host: pg_autoctl drop node --destroy, which removes its data, and pg_autoctl create postgres with the options it had";

/** `pg_autoctl`, whose monitor decides roles, slots and synchronous standbys. */
export const pgAutoFailoverSpeech: Speech = {
  set: ({ settings, restart }, { server }) =>
    restart
      ? `${inConfigurationFile(settings, { server, isReloaded: false })} and of the other nodes, on ` +
        "standbys first; each takes it at its next restart: on a standby pg_autoctl enable maintenance, then pg_autoctl disable " +
        "maintenance; the primary after pg_autoctl perform switchover"
      : inConfigurationFile(settings, { server }),
  release_commits: () =>
    `${SHOW_STATE} shows which node is missing: start pg_autoctl there; while no secondary is left, the monitor lets commits ` +
    "through itself (state wait_primary). To let it do that with fewer: pg_autoctl set formation number-sync-standbys 0; " +
    "what is committed then is on one server only and lost if it fails",
  add_synchronous: () =>
    `${SHOW_STATE} shows the nodes: with one secondary the monitor lets commits through when it fails (state wait_primary), with ` +
    "more it names them all. Add a node: pg_autoctl create postgres --monitor URI",
  rebuild: () => copyAgain({ shows: SHOW_STATE, step: RECREATE }),
  rejoin: () =>
    `save what only it has, which is lost otherwise; the monitor brings it back as a secondary, rewound, while pg_autoctl runs on its ` +
    `host: ${SHOW_STATE}, and the log of pg_autoctl there`,
  get_primary: () =>
    `the monitor promotes a secondary itself: ${SHOW_STATE} shows its state, and pg_autoctl must run on the nodes and reach the monitor. ` +
    `If it does not: ${promoteAnyway("pg_autoctl perform promotion --name NODE")}`,
  keep_one_primary: ({ newest, others }) =>
    `${SHOW_STATE} shows its primary ("${newest}" was promoted last). Keep clients from ${
      quoteServers(others)
    } if it is not that one, and save what only it has; then see that pg_autoctl runs on its host and reaches the monitor, which demotes it`,
  reconnect: () =>
    `pg_autoctl sets primary_conninfo and slot itself: ${SHOW_STATE}; read the logs of pg_autoctl and PostgreSQL on its host for ` +
    '"could not connect" or "could not receive data": network, the password of pgautofailover_replicator, its line in pg_hba.conf',
  give_slot: () =>
    `pg_autoctl creates the slots of its nodes itself: ${SHOW_STATE} shows whether the standby is one; add another one with pg_autoctl ` +
    "create postgres",
  drop_slot: ({ slot, consumer }, { server }) =>
    (consumer === "standby"
      ? `pg_autoctl keeps the slots of its nodes: ${SHOW_STATE}; start pg_autoctl on the missing one. If it is gone for good: ` +
        "pg_autoctl drop node --name NODE. Only for a slot that is not named pgautofailover_standby_N: "
      : "") + dropUnusedSlot({ slot, server, consumer }),
  replace_slot: ({ slot, consumer, reader }, { server }) =>
    consumer === "standby"
      ? `${dropLostSlot({ slot, server })}. pg_autoctl creates it again: ${
        copyAgain({ shows: SHOW_STATE, step: RECREATE })
      }`
      : replaceLogicalSlot({ slot, server, consumer, reader }),
  start: () =>
    `${SHOW_STATE}; start pg_autoctl on its host, which starts PostgreSQL in the role that the monitor gives it`,
  admit: ({ line }) =>
    `add to pg_hba.conf (SHOW hba_file), above any line that rejects it: ${line}; then: SELECT pg_reload_conf()`,
  enable_checksums: () =>
    "they need every server stopped, which the monitor would take for a failure: move to new nodes made with --data-checksums " +
    "(pg_autoctl create postgres, then pg_autoctl perform switchover)",
  upgrade: ({ isMajor }) =>
    isMajor
      ? "physical replication cannot cross major versions: make a new formation from pg_upgrade of the primary"
      : "update the others, standbys first, each between pg_autoctl enable maintenance and pg_autoctl disable maintenance; then " +
        "pg_autoctl perform switchover and the old primary",
};
