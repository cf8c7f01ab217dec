import { assertEquals } from "@std/assert";
import { checks } from "../../src/cluster/findings/checks.ts";
import { derivePreflight } from "../../src/cluster/preflight/derive_preflight.ts";
import { alertGroups } from "../../src/report/alerts/catalogue.ts";
import { recovery, settings, slot, sync } from "../cluster/fixtures.ts";
import { behind, GONE, ORPHANS, trio } from "../cluster/preflight/scenes.ts";
import { DESTRUCTIVE, destructiveStatements, unprovenIn } from "./destructive_statements.ts";
import { readTree } from "./source_tree.ts";

/** Lines outside `destructive()` that name such a statement, by file and a part of the line, and why they may. */
const EXCUSED: readonly (readonly [path: string, part: string, why: string])[] = [
  [
    "src/cluster/diagnosis/catch_up.ts",
    "rebuild it from a base backup",
    "a verdict; the advice is wal_removed's",
  ],
  ["src/cluster/findings/archiver.ts", "delete files in", "forbids it"],
  ["src/cluster/findings/lag.ts", "SELECT pg_terminate_backend(", "the step of half_open's destructive()"],
  [
    "src/cluster/findings/rebuild.ts",
    "pg_ctl stop -D DATADIR -m fast",
    "steps for destructive(), which alone calls it",
  ],
  ["src/cluster/findings/rebuild.ts", "pg_rewind -D ${directory}", "the same"],
  [
    "src/cluster/findings/subscription_advice.ts",
    "(slot_name = NONE); DROP SUBSCRIPTION",
    "the step of two destructive() there and in proofs.ts",
  ],
  [
    "src/cluster/preflight/candidate.ts",
    "to replace it, stop it first",
    "of a server that is unreachable: no command",
  ],
  [
    "src/cluster/preflight/candidate.ts",
    "catch up before you promote it",
    "names the promotion that preflight is about",
  ],
  [
    "src/cluster/preflight/commands.ts",
    "pg_ctl stop",
    "commands of steps with a risk, see the test of all steps",
  ],
  ["src/cluster/preflight/commands.ts", 'mv "$PGDATA"', "the same"],
  [
    "src/cluster/preflight/later_steps.ts",
    "rebuild it with pg_basebackup",
    "the title of a step with a risk",
  ],
  ["src/cluster/preflight/later_steps.ts", "pg_drop_replication_slot", "a step with a risk"],
  ["src/cluster/preflight/consumer_steps.ts", "pg_drop_replication_slot", "a step with a risk"],
  ["src/cluster/preflight/consumer_steps.ts", "TRUNCATE", "the same"],
  ["src/cluster/preflight/consumer_steps.ts", "DROP SUBSCRIPTION", "the same"],
  ["src/cluster/preflight/move_steps.ts", "pg_terminate_backend", "the same"],
  ["src/cluster/preflight/move_steps.ts", "DROP SUBSCRIPTION", "the same"],
  ["src/cluster/preflight/steps.ts", "commands: [", "steps with a risk"],
  ["src/cluster/preflight/steps.ts", "`pg_ctl stop", "a step with a risk"],
  [
    "src/cluster/preflight/settings.ts",
    "before you promote it",
    "names the promotion that preflight is about",
  ],
  ["src/cluster/preflight/slots.ts", "before you promote it", "the same"],
  ["src/cluster/preflight/managed_steps.ts", "node rejoin", "a step with a risk"],
  ["src/cluster/preflight/managed_steps.ts", "standby promote", "the same"],
  ["src/cluster/preflight/managed_steps.ts", "failkeeper", "the same"],
  [
    "src/cluster/preflight/managed_steps.ts",
    "switchOverWith(",
    "has a risk unless the manager's switchover is planned",
  ],
  [
    "src/cluster/managers/cloudnative_pg.ts",
    "psql ${cluster}",
    "the step of dropUnusedSlot() and dropLostSlot()",
  ],
  ["src/cluster/managers/proofs.ts", "return step ??", "the step of each destructive() there"],
  ["src/cluster/managers/pg_auto_failover.ts", "drop node --destroy, which", "the step of copyAgain()"],
  ["src/cluster/managers/patroni.ts", "pg_upgrade of the leader", "what the manager's documentation plans"],
  ["src/cluster/managers/services.ts", "promot", "commands of promoteAnyway(), and of steps with a risk"],
  [
    "src/cluster/preflight/managed_steps.ts",
    "is a read replica, promote it",
    "the title of a step with a risk",
  ],
  ["src/report/page/advice.ts", "/\\b(?:SELECT|", "finds code in advice"],
  ["src/web/listen.ts", "stop it or choose another port", "another process of the user's, no database"],
  ["src/web/management/socket.ts", "another exporter does; stop it", "another exporter"],
];

Deno.test("destructiveStatements() finds one outside destructive(), not one inside, nor in a comment", () => {
  const text = [
    "/** SELECT pg_promote() */",
    'const bad = "SELECT pg_promote();";',
    "const good = destructive({",
    '  step: `on "${a}": SELECT pg_promote();`,',
    "});",
  ].join("\n");
  assertEquals(
    destructiveStatements({ path: "a.ts", text }).map(({ line, isProven }) => [line, isProven]),
    [
      ['const bad = "SELECT pg_promote();";', false],
      ['step: `on "${a}": SELECT pg_promote();`,', true],
    ],
  );
});

Deno.test("unprovenIn() finds a statement without its proof, not one that is forbidden", () => {
  const proven = "B. Check first: c. Then SELECT pg_promote(); If that is wrong, l";
  assertEquals(unprovenIn(proven), []);
  assertEquals(unprovenIn("Run pg_promote()"), ["pg_promote()"]);
  assertEquals(unprovenIn(`${proven}; or pg_rewind -D x`), ["pg_rewind -"]);
  assertEquals(unprovenIn("Do not drop it"), []);
});

Deno.test("every destructive statement of the program is printed with its proof", async () => {
  const sources = (await readTree("src/")).filter(({ path }) => !path.startsWith("src/std/"));
  const statements = sources.flatMap(destructiveStatements);
  const excuses = new Set<string>();
  const bare = statements.filter(({ path, line, isProven }) => {
    if (isProven) return false;
    const excuse = EXCUSED.find(([file, part]) => path.startsWith(file) && line.includes(part));
    if (excuse !== undefined) excuses.add(excuse.join());
    return excuse === undefined;
  });
  assertEquals(bare.map(({ path, line }) => `${path}: ${line}`), []);
  assertEquals(EXCUSED.filter((excuse) => !excuses.has(excuse.join())), [], "excuses for nothing");
  assertEquals(statements.filter(({ isProven }) => isProven).length > 20, true);
});

Deno.test("every step of a check or an alert that destroys something has its proof", () => {
  const steps = [...checks, ...alertGroups.flatMap(({ alerts }) => alerts)]
    .flatMap(({ name, steps }) => steps.map((step) => ({ name, step })));
  assertEquals(
    steps.flatMap(({ name, step }) => unprovenIn(step).map((found) => `${name}: ${found} in ${step}`)),
    [],
  );
});

Deno.test("every step of a preflight that destroys something has its risk", () => {
  const logical = slot({ slot: "orders", type: "logical", plugin: "pgoutput", database: "shop" });
  const scenes = [
    trio(),
    trio({ primary: { slots: [slot({ slot: "standby" }), logical] } }),
    trio({ ...ORPHANS, snapshots: { primary: GONE } }),
    trio({ ...ORPHANS, standby: { server: behind(1024 ** 2), receiver: [] }, snapshots: { primary: GONE } }),
    trio({
      ...ORPHANS,
      primary: { settings: [settings({ dataChecksums: false })] },
      snapshots: { primary: GONE },
    }),
    trio({ standbys: { standby2: { catchUp: "must_rebuild", catchUpText: "It is too late" } } }),
    trio({
      standby: {
        recovery: [recovery({ pauseState: "paused" })],
        sync: [sync({ standbyNames: "FIRST 2 (standby2, ghost)" })],
      },
    }),
  ];
  const steps = scenes.flatMap((view) => derivePreflight(view, "standby").steps);
  const destroys = (commands: readonly string[]) =>
    commands.filter((command) => DESTRUCTIVE.some((pattern) => pattern.test(command)));
  const bare = steps.filter(({ risk, commands }) => risk === undefined && destroys(commands).length > 0);
  assertEquals(bare.map(({ title, commands }) => `${title}: ${destroys(commands).join("; ")}`), []);
  const seen = DESTRUCTIVE.filter((pattern) =>
    steps.some(({ commands }) => commands.some((command) => pattern.test(command)))
  );
  assertEquals(seen.length, 9, "the scenes show every kind that preflight has");
});
