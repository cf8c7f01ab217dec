import { quoteForShell } from "../../domain/shell_text.ts";
import { quoteName } from "../../domain/sql_text.ts";
import { destructive } from "../findings/destructive.ts";
import { copyAgain, dropLostSlot, dropUnusedSlot, promoteAnyway, replaceLogicalSlot } from "./proofs.ts";
import type { MemberPlace, NewSetting, Speech } from "./remedy.ts";

/** `-p` options of `patronictl edit-config`, quoted for a shell where needed. */
export function patroniOptions(settings: readonly NewSetting[]): string {
  return settings.map(([name, value]) => `-p ${quoteForShell(`${name}=${value}`)}`).join(" ");
}

function where({ cluster, member }: MemberPlace): string {
  return `patronictl list ${cluster}` + (member === "MEMBER" ? " (it shows the name of MEMBER)" : "");
}

/** `patronictl`; it asks before it changes anything. */
export const patroniSpeech: Speech = {
  set: ({ settings, restart }, { cluster }) =>
    `patronictl edit-config ${cluster} ${patroniOptions(settings)}; it holds for all members` +
    (restart
      ? `. Once patronictl list ${cluster} shows a pending restart: patronictl restart ${cluster} --role replica --pending, ` +
        `and after that patronictl restart ${cluster} --role leader --pending`
      : ""),
  release_commits: (_, { cluster }) =>
    `patronictl list ${cluster} shows which member is missing: start Patroni there; with synchronous_mode: true in ` +
    `patronictl show-config ${cluster} Patroni itself names another member that streams. To let commits through at once, ` +
    "which are then on one server only and lost if it fails: with synchronous_mode, " +
    `patronictl edit-config ${cluster} -s synchronous_mode=false; without it, ` +
    `patronictl edit-config ${cluster} -p synchronous_standby_names=null`,
  add_synchronous: ({ required, standbys }, { cluster }) =>
    `look at patronictl show-config ${cluster} first. With synchronous_mode: true Patroni names another member that ` +
    "streams when one fails, and commits wait only until then; to close that gap, from Patroni 4 on: " +
    `patronictl edit-config ${cluster} -s synchronous_mode=quorum. Without synchronous_mode, name ` +
    `${required + 1} or more members: patronictl edit-config ${cluster} ${
      patroniOptions([[
        "synchronous_standby_names",
        `ANY ${required} (${
          [...standbys.map(quoteName), ...standbys.length > required ? [] : ["ANOTHER"]].join(", ")
        })`,
      ]])
    }`,
  rebuild: (_, place) =>
    copyAgain({ shows: where(place), step: `patronictl reinit ${place.cluster} ${place.member}` }),
  rejoin: (_, place) =>
    `save what only it has; Patroni rewinds or rebuilds it itself while Patroni runs on its host: look at ${
      where(place)
    } and at the log of Patroni there. If it stays as it is: ${
      copyAgain({ shows: where(place), step: `patronictl reinit ${place.cluster} ${place.member}` })
    }`,
  get_primary: (_, { cluster }) =>
    `Patroni promotes a standby itself within its ttl (30 s by default). If it does not: patronictl list ${cluster} shows ` +
    `"Maintenance mode: on" when it is paused (then patronictl resume ${cluster}); is its DCS (etcd, Consul, Kubernetes) ` +
    `reachable from the servers? ${promoteAnyway(`patronictl failover ${cluster} --candidate MEMBER`)}`,
  keep_one_primary: ({ newest, others }, { cluster }) =>
    `patronictl list ${cluster} shows its leader ("${newest}" was promoted last). Keep clients from ${
      quoteServers(others)
    } if it ` +
    "is not the leader, and save what only it has; then see that Patroni runs on its host and reaches its DCS: Patroni demotes it and rewinds it",
  reconnect: (_, place) =>
    `Patroni sets primary_conninfo and slot itself. Look at ${
      where(place)
    }, and in the logs of Patroni and PostgreSQL on ` +
    'its host for "could not connect" or "could not receive data": network, the password of the replication role, a line for it in pg_hba.conf ' +
    `(postgresql.pg_hba in patronictl show-config ${place.cluster} or in the configuration of the leader). After the cause is fixed it streams by itself`,
  give_slot: ({ slot }, { cluster }) =>
    `Patroni creates the slots of its members itself: patronictl list ${cluster} shows whether the standby is one, ` +
    `patronictl show-config ${cluster} whether use_slots is off (then patronictl edit-config ${cluster} -s postgresql.use_slots=true). ` +
    `For one that is no member: patronictl edit-config ${cluster} -s slots.${slot}.type=physical`,
  drop_slot: ({ slot, consumer }, { cluster, server }) => {
    const step = `patronictl edit-config ${cluster} -s slots.${slot}=null, and Patroni drops it`;
    return consumer === "standby"
      ? `Patroni keeps the slots of its members and drops the others itself: patronictl list ${cluster} shows whether its ` +
        "member is down (start Patroni there). Where patronictl show-config " +
        `${cluster} has it under slots: ${dropUnusedSlot({ slot, server, consumer, step })}`
      : dropUnusedSlot({ slot, server, consumer, before: takeOut(slot, cluster) });
  },
  replace_slot: ({ slot, consumer, reader }, { cluster, server }) =>
    consumer === "standby"
      ? `where patronictl show-config ${cluster} has it under slots: ${
        dropLostSlot({
          slot,
          server,
          step:
            `patronictl edit-config ${cluster} -s slots.${slot}=null, and once it is gone, add it again with the settings it had`,
        })
      }. Otherwise it belongs to a member of patronictl list ${cluster}, and new releases of Patroni replace it; if it stays ` +
        "lost, stop Patroni on that member's host until Patroni has dropped the slot (after its ttl, from 4.0 on " +
        `member_slots_ttl), then start it again. ${
          copyAgain({ shows: `patronictl list ${cluster}`, step: `patronictl reinit ${cluster} MEMBER` })
        }`
      : `${
        replaceLogicalSlot({ slot, server, consumer, reader, before: takeOut(slot, cluster) })
      }. Once the consumer has a new slot, put it under slots as before: Patroni drops others while they are inactive`,
  start: (_, place) =>
    `look at ${
      where(place)
    }; start Patroni on its host, which starts PostgreSQL, and read the ends of the logs of both ` +
    "when it does not start",
  admit: ({ line }, { cluster }) =>
    `where patronictl show-config ${cluster} has postgresql.pg_hba, add the line there with patronictl edit-config ` +
    `${cluster}; where the configuration of Patroni on the host has it, add it there, then patronictl reload ${cluster}; else to ` +
    `pg_hba.conf, then SELECT pg_reload_conf(). The line, above any that rejects it: ${line}`,
  enable_checksums: (_, { cluster }) =>
    destructive({
      because:
        "Checksums are written while the servers are stopped; Patroni's rewind does not need them, as it sets " +
        "wal_log_hints = on",
      checkFirst: `patronictl pause ${cluster} --wait, and every member is stopped cleanly, the leader first`,
      step:
        `on each: pg_checksums --enable -D DATADIR; start them, the leader first, and patronictl resume ${cluster}`,
      loses: "the cluster is down for as long as its data takes to be read and written",
    }),
  upgrade: ({ isMajor }, { cluster }) =>
    isMajor
      ? `physical replication cannot cross major versions: plan the upgrade as the documentation of Patroni says (patronictl pause ` +
        `${cluster}, pg_upgrade of the leader, patronictl reinit of the others)`
      : `update the packages of the others, then patronictl restart ${cluster} MEMBER, standbys first; before the ` +
        `leader's, patronictl switchover ${cluster}`,
};

/** How a slot is dropped that Patroni keeps, before what is done where it ignores the slot. */
function takeOut(slot: string, cluster: string): string {
  return `where patronictl show-config ${cluster} has it under slots, patronictl edit-config ${cluster} -s ` +
    `slots.${slot}=null, and Patroni drops it; otherwise `;
}

/** Servers in a sentence. */
export function quoteServers(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(" and ");
}

/** Patroni whose configuration is written by an operator: it undoes `patronictl edit-config`. */
function underOperator(
  { set, promote }: {
    readonly set: (settings: readonly NewSetting[], place: MemberPlace) => string;
    readonly promote: string;
  },
): Speech {
  return {
    ...patroniSpeech,
    set: ({ settings }, place) => set(settings, place),
    release_commits: (_, { cluster }) =>
      `patronictl list ${cluster} in one of its pods shows which member is missing: bring its pod back; with synchronous_mode ` +
      "Patroni names another member itself. To let commits through at once, which are then on one server only: " +
      "set synchronous_mode: false in the manifest",
    add_synchronous: () =>
      "with synchronous_mode: true in the manifest Patroni names another member that streams when one fails, and commits " +
      "wait only until then; nothing needs to be done while more members stream",
    give_slot: ({ slot }) =>
      `Patroni creates the slots of its members itself; for another standby add slots: {${slot}: {type: physical}} to ` +
      "Patroni's part of the manifest",
    drop_slot: ({ slot, consumer }, { server }) =>
      consumer === "standby"
        ? `Patroni keeps the slots of its members and drops the others itself: bring the pod of its member back. Where the ` +
          `manifest has ${slot} under slots: ${
            dropUnusedSlot({ slot, server, consumer, step: "take it out of the manifest" })
          }`
        : dropUnusedSlot({
          slot,
          server,
          consumer,
          before:
            "where the manifest has it under slots, take it out there, and Patroni drops it; otherwise ",
        }),
    admit: ({ line }) => `add the line to pg_hba in Patroni's part of the manifest: ${line}`,
    enable_checksums: () => "nothing at runtime: create a new cluster with checksums and move to it",
    upgrade: () =>
      `change the version or the image in the manifest; the operator does the rest (${promote} is its switchover)`,
  };
}

/** The PostgresCluster of a cluster of Patroni: its operator names the latter `NAME-ha`. */
export function postgresClusterOf(cluster: string): string {
  return cluster.replace(/-ha$/, "");
}

/** Crunchy Postgres for Kubernetes. */
export const crunchySpeech: Speech = underOperator({
  set: (settings, { cluster }) =>
    `in the PostgresCluster ${
      postgresClusterOf(cluster)
    }, under spec.patroni.dynamicConfiguration.postgresql.parameters: ${yaml(settings)}; ` +
    "its operator applies it and restarts what needs it",
  promote: "spec.patroni.switchover",
});

/** Zalando's operator. */
export const zalandoSpeech: Speech = underOperator({
  set: (settings, { cluster }) =>
    `kubectl edit postgresql ${cluster}, under spec.postgresql.parameters: ${
      yaml(settings)
    }; its operator applies it and ` +
    "restarts what needs it",
  promote: "patronictl switchover in a pod",
});

/** Settings as lines of a manifest, in one line. */
export function yaml(settings: readonly NewSetting[]): string {
  return settings.map(([name, value]) => `${name}: "${value}"`).join(", ");
}
