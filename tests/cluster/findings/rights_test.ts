import { rightsChecks } from "../../../src/cluster/findings/rights.ts";
import type { CollectorRun } from "../../../src/domain/view.ts";
import { server } from "../fixtures.ts";
import { testChecks } from "./cases.ts";
import { viewOf } from "./views.ts";

const run = (changes: Partial<CollectorRun>): CollectorRun => ({
  collector: "senders",
  outcome: "ok",
  reason: "",
  durationSeconds: 0.001,
  ...changes,
});
const skipped = run({
  outcome: "skipped",
  reason: 'Role "plain" may not read all statistics; run: GRANT pg_monitor TO plain',
});

testChecks(rightsChecks, [
  {
    check: "missing_rights",
    when: "collectors are skipped",
    view: viewOf({ primarySnapshot: { runs: [skipped, { ...skipped, collector: "sync" }] } }),
    raises: ["warning primary"],
    says: ["not collected, or only in part: senders, sync", 'On "primary": GRANT pg_monitor TO plain;'],
    derived: true,
  },
  {
    check: "missing_rights",
    when: "a collector is denied something",
    view: viewOf({
      primarySnapshot: {
        runs: [run({ outcome: "failed", reason: "denied (SQLSTATE 42501); run: GRANT pg_monitor TO m" })],
      },
    }),
    raises: ["warning primary"],
    says: ["GRANT pg_monitor TO m"],
    derived: true,
  },
  {
    check: "missing_rights",
    when: "functions are revoked, each named once",
    view: viewOf({
      primarySnapshot: {
        runs: ["server", "senders"].map((collector) =>
          run({
            collector: collector === "server" ? "server" : "senders",
            reason: "Some values are unknown; run: GRANT EXECUTE ON FUNCTION pg_catalog.f() TO m; " +
              "GRANT SELECT ON pg_catalog.t TO m",
          })
        ),
      },
    }),
    raises: ["warning primary"],
    says: [
      'On "primary", in the database that the exporter connects to: ' +
      "GRANT EXECUTE ON FUNCTION pg_catalog.f() TO m; GRANT SELECT ON pg_catalog.t TO m",
    ],
    derived: true,
  },
  {
    check: "missing_rights",
    when: "the server's own row shows it",
    view: viewOf({ primary: { server: [server({ canReadWalDirectory: false })] } }),
    raises: ["warning primary"],
    says: ["of pg_monitor: no"],
  },
  {
    check: "missing_rights",
    when: "not for collectors that do not apply",
    view: viewOf({
      primarySnapshot: { runs: [run({ outcome: "skipped", reason: "Does not apply to a primary" })] },
    }),
    raises: [],
  },
  {
    check: "collector_failing",
    when: "a slow directory",
    view: viewOf({
      primarySnapshot: {
        runs: [run({ collector: "wal_directory", outcome: "failed", reason: "canceled (SQLSTATE 57014)" })],
      },
    }),
    raises: ["warning primary wal_directory"],
    says: ["--no-collector.wal_directory"],
  },
  {
    check: "collector_failing",
    when: "not when the whole server is down",
    view: viewOf({ primarySnapshot: { up: false, runs: [run({ outcome: "failed", reason: "x" })] } }),
    raises: [],
  },
]);
