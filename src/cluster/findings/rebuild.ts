/**
 * How a server becomes a standby again: by pg_rewind, or from a base backup. Nothing is deleted before the new copy is there.
 *
 * @module
 */
import type { View } from "../../domain/view.ts";
import { hostAndPort, hostOf, replicationRoleOf, serverNamed } from "./view_queries.ts";

const KEEP_SETTINGS =
  "copy its own postgresql.conf and pg_hba.conf back from DATADIR.old if they were there, and start it";

/**
 * Rebuilds a server from another one; its old data directory remains.
 *
 * @param view Everything known.
 * @param options `name`: the server; `source`: from which; `slot`: the slot it will use, none when null.
 */
export function rebuildFromBackup(
  view: View,
  { name, source, slot = null }: {
    readonly name: string;
    readonly source: string | null;
    readonly slot?: string | null;
  },
): string {
  const role = replicationRoleOf(serverNamed(view, source));
  return `stop "${name}" (pg_ctl stop -D DATADIR -m fast), run mv DATADIR DATADIR.old && pg_basebackup -h ${
    hostOf(view, source)
  } -U ${role} -D DATADIR -R -X stream${slot === null ? "" : ` -S ${slot}`}, ${KEEP_SETTINGS}`;
}

/** Rewinds a server to another one: what only it has is overwritten. */
export function rewindTo(
  view: View,
  { name, source }: { readonly name: string; readonly source: string | null },
): string {
  const server = serverNamed(view, source);
  const from = server === null ? "host=PRIMARY" : hostAndPort(server);
  return `stop "${name}" (pg_ctl stop -D DATADIR -m fast), run pg_rewind -D DATADIR --source-server="${from} ` +
    `user=SUPERUSER dbname=postgres" -R, and start it`;
}
