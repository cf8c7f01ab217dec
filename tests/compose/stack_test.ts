import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "yaml";
import { startCluster } from "../../compose/lab/cluster.ts";
import { findProgram, runWithInput } from "../exposition/programs.ts";
import { DEBIAN_15, isInstalled, untilHolds } from "../live/support.ts";

const COMPOSE = new URL("../../compose/", import.meta.url).pathname;

interface Service {
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly entrypoint?: readonly string[];
}

const text = await Deno.readTextFile(`${COMPOSE}compose.yaml`);
const stack: { readonly services: Readonly<Record<string, Service>>; readonly volumes: object } = parse(
  text,
  {
    merge: true,
  },
);
const services = Object.entries(stack.services);

Deno.test("compose.yaml mounts only existing files, and declares every volume", async () => {
  const mounts = services.flatMap(([, { volumes = [] }]) =>
    volumes.map((volume) => volume.split(":")[0] ?? "")
  );
  assert(mounts.length > 5);
  for (const mount of mounts) {
    if (mount.startsWith("./")) await Deno.stat(COMPOSE + mount);
    else assert(mount in stack.volumes, `${mount} is no volume`);
  }
  assertEquals(Object.keys(stack.services).sort(), [
    "exporter",
    "grafana",
    "primary",
    "prometheus",
    "standby",
  ]);
});

Deno.test("compose.yaml listens only on loopback, on the usual ports", () => {
  assertEquals(
    services.flatMap(([, { ports = [] }]) => ports).sort(),
    [
      "127.0.0.1:3000:3000",
      "127.0.0.1:5432:5432",
      "127.0.0.1:5433:5432",
      "127.0.0.1:9090:9090",
      "127.0.0.1:9188:9188",
    ],
  );
});

Deno.test("compose/.env has exactly the variables of compose.yaml", async () => {
  const asked = [...text.matchAll(/\$\{(\w+)/g), ...text.matchAll(/^\s+environment: (\w+)$/gm)]
    .map(([, name = ""]) => name);
  const given = [...(await Deno.readTextFile(`${COMPOSE}.env`)).matchAll(/^(\w+)=\S+$/gm)].map((
    [, name = ""],
  ) => name);
  assertEquals([...new Set(asked)].sort(), given.sort());
});

const docker = await findProgram("docker", ["compose", "version"]);

Deno.test({
  name: `docker compose accepts compose.yaml${docker === null ? " (skipped: no docker compose)" : ""}`,
  ignore: docker === null,
  async fn() {
    const args = ["compose", "--project-directory", COMPOSE, "config", "--quiet"];
    const { code, stderr } = await runWithInput("docker", { args, input: "" });
    assertEquals(code, 0, stderr);
  },
});

const promtool = await findProgram("promtool");

Deno.test({
  name: `promtool accepts Prometheus's files${
    promtool === null ? " (skipped: promtool is not installed)" : ""
  }`,
  ignore: promtool === null,
  async fn() {
    const args = ["check", "config", `${COMPOSE}prometheus/prometheus.yml`];
    const { code, stdout, stderr } = await runWithInput("promtool", { args, input: "" });
    assertEquals(code, 0, stdout + stderr);
  },
});

const ignore = !isInstalled(DEBIAN_15);

Deno.test({
  name: `the scripts prepare, show and test a real pair of servers${ignore ? " (skipped: no psql 15)" : ""}`,
  ignore,
  async fn(t) {
    await using cluster = await startCluster({ binaries: DEBIAN_15 });
    const { primary, passwords } = cluster;
    const standby = cluster.server("standby");
    const path = `${DEBIAN_15}:${Deno.env.get("PATH")}`;
    const env = {
      PATH: path,
      PRIMARY_PORT: String(primary.port),
      STANDBY_PORT: String(standby.port),
      PGPASSWORD: passwords.postgres,
      REPLICATOR_PASSWORD: passwords.replicator,
      MONITOR_PASSWORD: passwords.monitor,
    };
    const run = async (script: string, args: readonly string[] = [], more: Record<string, string> = {}) => {
      const output = await new Deno.Command(COMPOSE + script, {
        args: [...args],
        clearEnv: true,
        env: { ...env, ...more },
        stdin: "null",
      }).output();
      const said = new TextDecoder().decode(output.stdout) + new TextDecoder().decode(output.stderr);
      for (const password of Object.values(passwords)) assert(!said.includes(password), "a password is told");
      return { code: output.code, said };
    };

    await t.step("setup-replication.sh may be run again", async () => {
      for (let time = 0; time < 2; time++) {
        const { code, said } = await run("scripts/setup-replication.sh");
        assertEquals(code, 0, said);
        assertStringIncludes(said, "slot standby_slot, table test_data");
      }
      const slots = "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'standby_slot'";
      assertEquals(await primary.text(slots), "1");
      const onStandby = await run("scripts/setup-replication.sh", [], { PRIMARY_PORT: env.STANDBY_PORT });
      assertEquals([onStandby.code, onStandby.said.includes("is a standby, not a primary")], [1, true]);
    });

    await t.step("primary.sh prepares the first start of the container", async () => {
      const directory = await Deno.makeTempDir({ prefix: "pgrepl-compose-" });
      try {
        const { code, said } = await run("postgres/primary.sh", [], {
          PGHOST: "127.0.0.1",
          PGPORT: String(primary.port),
          PGDATA: directory,
          SLOT_NAME: "other_slot",
          REPLICATION_SQL: `${COMPOSE}scripts/replication.sql`,
        });
        assertEquals(code, 0, said);
        assertEquals(
          await Deno.readTextFile(`${directory}/pg_hba.conf`),
          "host replication replicator all scram-sha-256\n",
        );
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    });

    await t.step("standby.sh copies the primary once, and only runs the server afterwards", async () => {
      const directory = await Deno.makeTempDir({ prefix: "pgrepl-compose-" });
      const more = {
        PRIMARY_HOST: "127.0.0.1",
        PGDATA: `${directory}/data`,
        SLOT_NAME: "standby_slot",
      };
      try {
        const { code, said } = await run("postgres/standby.sh", ["echo", "server runs"], more);
        assertEquals(code, 0, said);
        assertStringIncludes(said, "server runs");
        await Deno.stat(`${directory}/data/standby.signal`);
        const settings = await Deno.readTextFile(`${directory}/data/postgresql.auto.conf`);
        assertStringIncludes(settings, "primary_slot_name = 'standby_slot'");
        assertStringIncludes(settings, "cluster_name = 'standby'");
        const again = await run("postgres/standby.sh", ["echo", "server runs"], more);
        assertEquals(again.said, "server runs\n");
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    });

    await t.step("test-replication.sh passes, and fails when the standby receives nothing", async () => {
      const { code, said } = await run("scripts/test-replication.sh", [], { PATIENCE_SECONDS: "60" });
      assertEquals(code, 0, said);
      assertStringIncludes(said, "ok: the standby refuses writes\nReplication works.");
      assertEquals(await primary.text("SELECT count(*) FROM test_data"), "0", "the table is left as it was");
      await cluster.faults.cutLink(standby);
      const cut = await run("scripts/test-replication.sh", [], { PATIENCE_SECONDS: "1" });
      assertEquals([cut.code, cut.said.includes("is not on the standby after 1 s")], [1, true], cut.said);
    });

    await t.step("monitor.sh shows both servers", async () => {
      await untilHolds("the receiver that was cut off to have ended", async () => {
        const { code, said } = await run("scripts/monitor.sh", ["--once"]);
        assertEquals(code, 0, said);
        assertStringIncludes(said, "slot standby_slot: NOT ACTIVE");
        assertStringIncludes(said, "receiver NONE");
      });
      assertEquals((await run("scripts/monitor.sh", ["--twice"])).code, 1);
    });
  },
});
