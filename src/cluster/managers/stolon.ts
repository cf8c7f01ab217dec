import { quoteForShell } from "../../domain/shell_text.ts";
import { destructive } from "../findings/destructive.ts";
import { quoteServers } from "./patroni.ts";
import { copyAgain, dropLostSlot, dropUnusedSlot, promoteAnyway, replaceLogicalSlot } from "./proofs.ts";
import type { Speech } from "./remedy.ts";

const SHOW_STATUS = "stolonctl status";

/** What Stolon lets in where `pgHBA` is not set. */
const DEFAULT_HBA = ["host all all 0.0.0.0/0 md5", "host all all ::0/0 md5"];

function update(patch: Readonly<Record<string, unknown>>): string {
  return `stolonctl update --patch ${quoteForShell(JSON.stringify(patch))}`;
}

/** `stolonctl`, whose sentinel decides roles, slots and synchronous standbys. */
export const stolonSpeech: Speech = {
  set: ({ settings, restart }) =>
    `${update({ pgParameters: Object.fromEntries(settings) })}; it holds for all keepers` +
    (restart ? "; with automaticPgRestart: true they restart PostgreSQL themselves" : ""),
  release_commits: () =>
    `${SHOW_STATUS} shows which keeper is missing: start it. To let commits through at once, which are then on one server only and lost ` +
    `if it fails: ${update({ synchronousReplication: false })}`,
  add_synchronous: () =>
    "add a keeper: while one is spare, the sentinel puts it in place of a synchronous standby that fails, and commits wait only until then",
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
      destructive({
        because: "The patch replaces the list of additional slots, and Stolon drops those that are not in it",
        checkFirst:
          "stolonctl spec shows additionalMasterReplicationSlots: put every name that is there into the patch, too",
        step: `${
          update({ additionalMasterReplicationSlots: [slot.replace(/^stolon_/, "")] })
        }, which names it with the prefix stolon_`,
        loses: "a standby that used a dropped slot must be rebuilt",
      })
    }`,
  drop_slot: ({ slot, consumer }, { server }) =>
    (consumer === "standby"
      ? `slots named stolon_* are Stolon's: ${SHOW_STATUS}; bring the keeper back. Of a keeper that is gone for good: ${
        dropUnusedSlot({
          slot,
          server,
          consumer,
          step: "stolonctl removekeeper KEEPER, which removes its slot",
        })
      }. Another one: `
      : "") + dropUnusedSlot({ slot, server, consumer }),
  replace_slot: ({ slot, consumer, reader }, { server }) =>
    consumer === "standby"
      ? `${dropLostSlot({ slot, server })}. Its keeper creates it again: ${
        copyAgain({ shows: SHOW_STATUS, step: "end that keeper, empty its data directory, and start it" })
      }`
      : replaceLogicalSlot({ slot, server, consumer, reader }),
  start: () =>
    `${SHOW_STATUS}; start its keeper, which starts PostgreSQL in the role that the sentinel gives it`,
  admit: ({ line }) =>
    `stolonctl spec shows pgHBA. The patch replaces that list: put its lines after the new one; where there is no list, those that ` +
    `apply now are in the patch: ${update({ pgHBA: [line, ...DEFAULT_HBA] })}`,
  enable_checksums: () => "nothing at runtime: create a new cluster with checksums and move to it",
  upgrade: ({ isMajor }) =>
    isMajor
      ? "physical replication cannot cross major versions: create a new cluster from pg_upgrade of the master"
      : "update the others, standbys first; for the master's keeper see preflight, which moves its role first",
};
