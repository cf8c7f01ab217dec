import { quoteServers, yaml } from "./patroni.ts";
import { copyAgain, dropLostSlot, dropUnusedSlot, promoteAnyway, replaceLogicalSlot } from "./proofs.ts";
import type { MemberPlace, Speech } from "./remedy.ts";

function status({ cluster }: MemberPlace): string {
  return `kubectl cnpg status ${cluster}`;
}

function dropping(slot: string, { cluster }: MemberPlace): string {
  return `kubectl cnpg psql ${cluster} -- -c "SELECT pg_drop_replication_slot('${slot}');"`;
}

function destroy(place: MemberPlace): string {
  return copyAgain({
    shows: status(place),
    step:
      `kubectl cnpg destroy ${place.cluster} ${place.member}, which deletes its volume: the operator makes a new instance`,
  });
}

/** `kubectl cnpg`, and the manifest, which its operator carries out. */
export const cloudNativePgSpeech: Speech = {
  set: ({ settings }, { cluster }) =>
    `kubectl edit clusters.postgresql.cnpg.io ${cluster}, under spec.postgresql.parameters: ${
      yaml(settings)
    }; the operator ` +
    "applies it and restarts what needs it, standbys first",
  release_commits: (_, place) =>
    `${
      status(place)
    } shows which instance is missing; the operator brings it back. To let commits through at once, which are then on ` +
    `one server only and lost if it fails: kubectl edit clusters.postgresql.cnpg.io ${place.cluster}, spec.postgresql.synchronous.` +
    "dataDurability: preferred",
  add_synchronous: ({ required }, { cluster }) =>
    `kubectl edit clusters.postgresql.cnpg.io ${cluster}: at least spec.instances: ${required + 2} with ` +
    `spec.postgresql.synchronous: {method: any, number: ${required}}`,
  rebuild: (_, place) => destroy(place),
  rejoin: (_, place) =>
    `save what only it has; the operator rewinds it itself: ${
      status(place)
    } and the log of its pod. If it stays as it is: ${destroy(place)}`,
  get_primary: (_, place) =>
    `the operator promotes an instance itself: ${
      status(place)
    }, and the log of the operator. If it does not: ${
      promoteAnyway(`kubectl cnpg promote ${place.cluster} INSTANCE`)
    }`,
  keep_one_primary: ({ newest, others }, place) =>
    `${status(place)} shows its primary ("${newest}" was promoted last). Fence ${
      quoteServers(others)
    } if it is not that one: kubectl cnpg fencing on ${place.cluster} INSTANCE. ${
      destroy({ ...place, member: "INSTANCE" })
    }`,
  reconnect: (_, place) =>
    `the operator sets primary_conninfo and slot itself: ${
      status(place)
    }; read the log of its pod for "could not connect" or ` +
    `"could not receive data"; then kubectl cnpg restart ${place.cluster} ${place.member}`,
  give_slot: (_, { cluster }) =>
    `kubectl edit clusters.postgresql.cnpg.io ${cluster}: spec.replicationSlots.highAvailability.enabled: true; the operator creates them`,
  drop_slot: ({ slot, consumer }, place) => {
    const drop = dropUnusedSlot({ slot, consumer, server: place.server, step: dropping(slot, place) });
    return consumer === "standby"
      ? `slots named _cnpg_* are the operator's: ${
        status(place)
      }, and bring the instance back. Another one: ${drop}`
      : drop;
  },
  replace_slot: ({ slot, consumer, reader }, place) => {
    const lost = { slot, consumer, reader, server: place.server, step: dropping(slot, place) };
    return consumer === "standby"
      ? `${dropLostSlot(lost)}. The operator creates its own again: ${
        destroy({ ...place, member: "INSTANCE" })
      }`
      : replaceLogicalSlot(lost);
  },
  start: (_, place) => `${status(place)}, and the log and the events of its pod: the operator starts it`,
  admit: ({ line }, { cluster }) =>
    `kubectl edit clusters.postgresql.cnpg.io ${cluster}, under spec.postgresql.pg_hba: ${line}`,
  enable_checksums: () =>
    "nothing at runtime: create a new cluster with spec.bootstrap.initdb.dataChecksums: true and move to it",
  upgrade: (_, { cluster }) =>
    `set spec.imageName in clusters.postgresql.cnpg.io ${cluster}: the operator updates the instances, standbys first`,
};
