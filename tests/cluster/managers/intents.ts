import type { Intent, IntentName } from "../../../src/cluster/managers/remedy.ts";

/** One of each intent. */
export const INTENTS: { readonly [K in IntentName]: Intent<K> } = {
  set: {
    kind: "set",
    settings: [["max_wal_senders", "20"], ["archive_command", "cp %p /a/%f"]],
    restart: true,
  },
  release_commits: { kind: "release_commits" },
  add_synchronous: { kind: "add_synchronous", required: 1, standbys: ["n2", "n-3"] },
  rebuild: { kind: "rebuild" },
  rejoin: { kind: "rejoin" },
  get_primary: { kind: "get_primary" },
  keep_one_primary: { kind: "keep_one_primary", newest: "n2", others: ["n1", "n3"] },
  reconnect: { kind: "reconnect" },
  give_slot: { kind: "give_slot", slot: "n3" },
  drop_slot: { kind: "drop_slot", slot: "n3", consumer: "standby" },
  replace_slot: { kind: "replace_slot", slot: "n3", consumer: "standby", reader: null },
  start: { kind: "start" },
  admit: { kind: "admit", line: "host postgres monitor 10.0.0.9/32 scram-sha-256" },
  enable_checksums: { kind: "enable_checksums" },
  upgrade: { kind: "upgrade", isMajor: false },
};

/** A member whose names are all known. */
export const PLACE = { cluster: "shop", member: "n3", server: "db3" } as const;
