/**
 * How a server becomes a standby again: by pg_rewind, or from a base backup. Nothing is deleted before the new copy is there.
 *
 * @module
 */
import type { View } from "../../domain/view.ts";
import { hostAndPort, hostOf, replicationRoleOf, serverNamed } from "./view_queries.ts";

/** A server that is to follow another. */
export interface Return {
  /** Its name. */
  readonly name: string;
  /** The server to follow; null when it is unknown. */
  readonly source: string | null;
  /** The slot it will use; one that is named after it when absent. */
  readonly slot?: string;
}

/** Rebuilds a server from a base backup; its old data directory remains. */
export function rebuildFromBackup(view: View, { name, source, slot = slotNameOf(name) }: Return): string {
  const create = hasSlot(view, source, slot) ? "" : "-C ";
  return `stop "${name}" (pg_ctl stop -D DATADIR -m fast), run mv DATADIR DATADIR.old && pg_basebackup -h ${
    hostOf(view, source ?? "PRIMARY")
  } -U ${
    replicationRoleOf(view, source)
  } -D DATADIR -R -X stream ${create}-S ${slot}; copy its own postgresql.conf and ` +
    "pg_hba.conf back from DATADIR.old if they were there, and start it";
}

/** Rewinds a server: what only it has is overwritten, and so are its configuration files. */
export function rewindTo(view: View, { name, source, slot = slotNameOf(name) }: Return): string {
  const server = serverNamed(view, source);
  const from = server === null ? "host=PRIMARY" : hostAndPort(server);
  const create = hasSlot(view, source, slot)
    ? ""
    : `on ${
      source === null ? "the primary" : `"${source}"`
    }: SELECT pg_create_physical_replication_slot('${slot}', true); then `;
  return `${create}stop "${name}" (pg_ctl stop -D DATADIR -m fast), copy its postgresql.conf and pg_hba.conf away if they ` +
    `are in DATADIR, run ${rewindCommand(from, "DATADIR")} && touch ` +
    `DATADIR/standby.signal && echo "primary_conninfo = '${from} user=${replicationRoleOf(view, source)} ` +
    `application_name=${name}'" >> DATADIR/postgresql.auto.conf && echo "primary_slot_name = '${slot}'" >> ` +
    "DATADIR/postgresql.auto.conf; copy the two files back, give primary_conninfo its password or use a .pgpass, and " +
    "start it";
}

/**
 * `pg_rewind` with the checkpoint that it needs: before 16 it reads the timeline of a server that was just promoted from
 * its last checkpoint, takes it for the old one, and does nothing.
 *
 * @param source Host and port, as in a connection string.
 * @param directory The data directory.
 */
export function rewindCommand(source: string, directory: string): string {
  const login = `"${source} user=SUPERUSER dbname=postgres"`;
  return `psql ${login} -c CHECKPOINT && pg_rewind -D ${directory} --source-server=${login}`;
}

/** A server's name as that of its slot: lower case letters, digits and underscores. */
export function slotNameOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9_]/g, "_").slice(0, 63);
}

function hasSlot(view: View, server: string | null, slot: string): boolean {
  return serverNamed(view, server)?.facts.slots?.some((each) => each.slot === slot) === true;
}
