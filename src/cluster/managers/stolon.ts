import { quoteServers } from "./patroni.ts";
import { copyAgain, dropLostSlot, dropUnusedSlot, promoteAnyway } from "./proofs.ts";
import type { Speech } from "./remedy.ts";

const SHOW_STATUS = "stolonctl status";

function update(patch: Readonly<Record<string, unknown>>): string {
  return `stolonctl update --patch '${JSON.stringify(patch)}'`;
}

/** `stolonctl`, whose sentinel decides roles, slots and synchronous standbys. */
export const stolonSpeech: Speech = {
  set: ({ settings, restart }) =>
    `${update({ pgParameters: Object.fromEntries(settings) })}; it holds for all keepers` +
    (restart ? "; with automaticPgRestart: true they restart PostgreSQL themselves" : ""),
  release_commits: () =>
    `${SHOW_STATUS} shows which keeper is missing: start it. To let commits through at once, which are then on one server only and lost ` +
    `if it fails: ${update({ synchronousReplication: false })}`,
  add_synchronous: ({ required }) => `add a keeper, then ${update({ maxSynchronousStandbys: required + 1 })}`,
  rebuild: () =>
    copyAgain({
      shows: SHOW_STATUS,
      step: "end its keeper, empty its data directory, and start the keeper, which copies the master's data",
    }),
  rejoin: () =>
    `save what only it has, which is lost otherwise; its keeper brings it back itself, rewound if usePgrewind: true: ${SHOW_STATUS}, and the ` +
    "log of the keeper",
  get_primary: () =>
    `the sentinel elects a master itself: ${SHOW_STATUS} shows whether sentinel and keepers are healthy, and their store reachable. If it does ` +
    `not, and the old master is marked healthy: ${promoteAnyway("stolonctl failkeeper KEEPER")}`,
  keep_one_primary: ({ newest, others }) =>
    `${SHOW_STATUS} shows its master ("${newest}" was promoted last). Keep clients from ${
      quoteServers(others)
    } if it is not that one (stolon-proxy does), and save what only it has; then see that its keeper runs and reaches the store: it demotes it`,
  reconnect: () =>
    `its keeper sets primary_conninfo and slot itself: ${SHOW_STATUS}; read the logs of keeper and PostgreSQL for "could not connect" or ` +
    '"could not receive data"',
  give_slot: ({ slot }) =>
    `keepers create their slots themselves: ${SHOW_STATUS}. For another standby: ${
      update({ additionalMasterReplicationSlots: [slot.replace(/^stolon_/, "")] })
    }, which names it with the prefix stolon_`,
  drop_slot: ({ slot }, { server }) =>
    `slots named stolon_* are Stolon's: ${SHOW_STATUS}; bring the keeper back. Of a keeper that is gone for good: ${
      dropUnusedSlot({ slot, server, step: "stolonctl removekeeper KEEPER, which removes its slot" })
    }. Another one: ${dropUnusedSlot({ slot, server })}`,
  replace_slot: ({ slot, isPhysical }, { server }) =>
    `${dropLostSlot({ slot, server })}. ` +
    (isPhysical
      ? `Its keeper creates it again: ${
        copyAgain({ shows: SHOW_STATUS, step: "end that keeper, empty its data directory, and start it" })
      }`
      : "Then create the subscription's slot again and copy its tables again"),
  start: () =>
    `${SHOW_STATUS}; start its keeper, which starts PostgreSQL in the role that the sentinel gives it`,
  admit: ({ line }) => `add it to the list that stolonctl spec shows: ${update({ pgHBA: [line] })}`,
  enable_checksums: () => "nothing at runtime: create a new cluster with checksums and move to it",
  upgrade: ({ isMajor }) =>
    isMajor
      ? "physical replication cannot cross major versions: create a new cluster from pg_upgrade of the master"
      : "update the others, standbys first; for the master's keeper see preflight, which moves its role first",
};
