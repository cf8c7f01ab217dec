import { recoveryChecks } from "../../../src/cluster/findings/recovery.ts";
import { server, settings } from "../fixtures.ts";
import { testChecks } from "./cases.ts";
import { viewOf } from "./views.ts";

const healthy = viewOf();
const address = { host: "db1", hostAddress: "", port: 5433 };

testChecks(recoveryChecks, [
  {
    check: "wal_removed",
    when: "its upstream has removed what it needs",
    view: viewOf({
      primarySnapshot: { address },
      derived: {
        catchUp: "must_rebuild",
        catchUpText: "It needs 0/5, the oldest there is 0/7",
        lag: { bytes: 2048 },
      },
    }),
    raises: ["critical standby"],
    says: ["It needs 0/5", "backlog 2.0 KiB", "pg_basebackup -h db1 -p 5433", "-S standby"],
    derived: true,
  },
  {
    check: "wal_removed",
    when: "it was never seen streaming, but one server has its slot",
    view: viewOf({
      primarySnapshot: { address },
      derived: { catchUp: "must_rebuild", upstream: null },
    }),
    raises: ["critical standby"],
    says: ["pg_basebackup -h db1 -p 5433", "-S standby"],
    derived: true,
  },
  {
    check: "wal_removed",
    when: "not when it is stranded, which says more",
    view: viewOf({ derived: { catchUp: "must_rebuild" }, servers: { standby: { isStranded: true } } }),
    raises: [],
  },
  { check: "wal_removed", when: "not when it streams", view: healthy, raises: [] },
  {
    check: "needs_archive",
    when: "only the archive has what it needs",
    view: viewOf({ derived: { catchUp: "needs_archive", catchUpText: "The WAL is in the archive" } }),
    raises: ["warning standby"],
    says: ["restore_command"],
    derived: true,
  },
  {
    check: "needs_archive",
    when: "not when unknown",
    view: viewOf({ derived: { catchUp: null } }),
    raises: [],
  },
  {
    check: "stranded",
    when: "the old primary came back on its own timeline",
    view: viewOf({
      standby: { server: [server({ inRecovery: true, timeline: 1 })] },
      primary: { server: [server({ timeline: 2 })] },
      servers: { standby: { isStranded: true } },
    }),
    raises: ["critical standby"],
    says: ['"standby" is on timeline 1; "primary" is on timeline 2', "pg_rewind"],
    derived: true,
  },
  {
    check: "stranded",
    when: "once, by its reason as well",
    view: viewOf({ derived: { reason: "stranded" }, servers: { standby: { isStranded: true } } }),
    raises: ["critical standby"],
    derived: true,
  },
  {
    check: "stranded",
    when: "pg_rewind is offered with the primary's address, and as possible when it is",
    view: viewOf({ primarySnapshot: { address }, servers: { standby: { isStranded: true } } }),
    raises: ["critical standby"],
    says: [
      `--source-server="host=db1 port=5433 user=SUPERUSER dbname=postgres" && touch DATADIR/standby.signal`,
      "pg_basebackup -h db1 -p 5433",
    ],
    derived: true,
  },
  {
    check: "stranded",
    when: "pg_rewind is not offered where it cannot work",
    view: viewOf({
      standby: { settings: [settings({ dataChecksums: false })] },
      servers: { standby: { isStranded: true } },
    }),
    raises: ["critical standby"],
    says: [
      "pg_rewind cannot work (no data checksums, wal_log_hints = off)",
      "mv DATADIR DATADIR.old && pg_basebackup",
    ],
    derived: true,
  },
  { check: "stranded", when: "not on the common timeline", view: healthy, raises: [] },
  {
    check: "diverged",
    when: "the standby is ahead of the primary",
    view: viewOf({
      derived: {
        lag: { seconds: null, bytes: null, unknownReason: "diverged", unknownBecause: "It has applied more" },
      },
    }),
    raises: ["critical standby"],
    says: ["It has applied more"],
    derived: true,
  },
  {
    check: "diverged",
    when: "not when its lag is unknown for another reason",
    view: viewOf({ derived: { lag: { seconds: null, unknownReason: "no_primary" } } }),
    raises: [],
  },
]);
