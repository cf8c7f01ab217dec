import { assertEquals } from "@std/assert";
import { reachChecks } from "../../../src/cluster/findings/connection_errors.ts";
import type { ServerTrouble } from "../../../src/domain/view.ts";
import { receiver } from "../fixtures.ts";
import { type CheckCase, testChecks } from "./cases.ts";
import { down, viewOf } from "./views.ts";

const address = { host: "db1", hostAddress: "", port: 5432 };

/** No other server reports the primary. */
const alone = (trouble: Partial<ServerTrouble>) =>
  viewOf({ primarySnapshot: down(trouble), standby: { receiver: [] } });
const reachable = (check: string): CheckCase => ({
  check,
  when: "not when reached",
  view: viewOf(),
  raises: [],
});

const obstacles:
  readonly (readonly [check: string, trouble: Partial<ServerTrouble>, severity: string, says: string[]])[] = [
    [
      "login_failed",
      {
        kind: "auth",
        sqlstate: "28P01",
        message:
          'password authentication failed for user "monitor" (SQLSTATE 28P01); check the password of role "monitor"',
      },
      "critical",
      ["ALTER ROLE monitor PASSWORD", "last read 1.0 s ago"],
    ],
    [
      "login_failed",
      {
        kind: "auth",
        sqlstate: "28000",
        message:
          "le rôle « My Role » n'existe pas (SQLSTATE 28000); create the role: CREATE ROLE \"My Role\" LOGIN PASSWORD '…'",
      },
      "critical",
      ['CREATE ROLE "My Role" LOGIN PASSWORD'],
    ],
    [
      "login_failed",
      { kind: "auth", sqlstate: "3D000", message: 'database "x" does not exist' },
      "critical",
      [
        "Name an existing database",
      ],
    ],
    [
      "pg_hba_refused",
      {
        kind: "refused",
        sqlstate: "28000",
        message:
          'Cannot log in to server "a" at 10.0.0.1:5432: kein pg_hba.conf-Eintrag für Host »10.0.0.7«, Benutzer »monitor« ' +
          '(SQLSTATE 28000); add a line to pg_hba.conf for this host, database "postgres" and role "monitor", then reload',
      },
      "critical",
      ["host postgres monitor 10.0.0.7/32 scram-sha-256", "pg_reload_conf()"],
    ],
    [
      "pg_hba_refused",
      {
        kind: "refused",
        sqlstate: "28000",
        message:
          "pg_hba.conf rejette la connexion pour l'hôte « fe80::1 » (SQLSTATE 28000); add a line to pg_hba.conf for this " +
          'host, database "b" and role "a", then reload',
      },
      "critical",
      ["host b a fe80::1/128 scram-sha-256"],
    ],
    ["connection_refused", { kind: "refused", message: "nothing listens there (ECONNREFUSED)" }, "critical", [
      "listen_addresses",
    ]],
    ["network_unreachable", { kind: "unreachable", message: "no route to that host" }, "critical", [
      "pg_isready",
    ]],
    ["server_silent", { kind: "timeout", message: "no answer within 2 s" }, "critical", ["pg_stat_activity"]],
    ["connections_exhausted", { kind: "too_many_connections", sqlstate: "53300" }, "critical", [
      "max_connections",
    ]],
    ["server_starting", { kind: "starting", sqlstate: "57P03" }, "warning", ["hot_standby"]],
    ["server_stopping", { kind: "shutting_down", sqlstate: "57P01" }, "warning", ["log"]],
    ["answer_unusable", { kind: "protocol", message: "TLS failed: x; check sslmode" }, "critical", [
      "TLS failed",
    ]],
    [
      "answer_unusable",
      { kind: "missing_right", sqlstate: "42501", message: "denied; run: GRANT pg_monitor TO m" },
      "critical",
      ["GRANT pg_monitor TO m"],
    ],
  ];

testChecks(reachChecks, [
  ...obstacles.map(([check, trouble, severity, says]): CheckCase => ({
    check,
    when: `${trouble.kind} ${trouble.sqlstate ?? ""}`.trim(),
    view: alone(trouble),
    raises: [`${severity} primary`],
    says,
  })),
  ...reachChecks.map(({ name }) => reachable(name)),
  {
    check: "login_failed",
    when: "a warning only while a standby still streams from it",
    view: viewOf({
      primarySnapshot: { ...down({ kind: "auth", sqlstate: "28P01" }), address },
      standby: {
        receiver: [receiver({ slot: "standby", senderHost: address.host, senderPort: address.port })],
      },
    }),
    raises: ["warning primary"],
    says: ["others still replicate with it"],
  },
  {
    check: "network_unreachable",
    when: "a standby from which its upstream hears",
    view: viewOf({ standbySnapshot: down({}) }),
    raises: ["warning standby"],
    says: ["others still replicate with it"],
  },
  {
    check: "network_unreachable",
    when: "critical when the row of its upstream only looks alive",
    view: viewOf({ standbySnapshot: down({}), derived: { reason: "half_open" } }),
    raises: ["critical standby"],
  },
  {
    check: "server_silent",
    when: "critical for a primary, although its standby has not noticed yet",
    view: viewOf({ primarySnapshot: down({ kind: "timeout" }) }),
    raises: ["critical primary"],
  },
  {
    check: "network_unreachable",
    when: "never reached",
    view: viewOf({
      standbySnapshot: { ...down({}), readAt: null, facts: {} },
      derived: { connected: null, reason: null },
    }),
    raises: ["critical standby"],
    says: ["never reached so far"],
  },
  {
    check: "network_unreachable",
    when: "not before the first attempt",
    view: viewOf({ standbySnapshot: { up: false, trouble: null } }),
    raises: [],
  },
]);

Deno.test("every trouble is the matter of exactly one check", () => {
  for (const [, trouble] of obstacles) {
    const view = alone(trouble);
    assertEquals(
      reachChecks.filter((check) =>
        [...check.find(view, { lagWarningSeconds: 1, lagCriticalSeconds: 2, cancelledRecently: new Map() })]
          .length > 0
      )
        .length,
      1,
      JSON.stringify(trouble),
    );
  }
});
