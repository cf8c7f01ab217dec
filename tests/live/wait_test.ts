import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { runCommand } from "./command.ts";
import { DEBIAN_15, isInstalled, reasonToSkip } from "./support.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15);

Deno.test(
  { name: "wait ends when the condition holds, from the servers and from an exporter", ignore },
  async (t) => {
    await using cluster = await startCluster({ binaries: DEBIAN_15, standbys: 2 });
    const { primary, faults } = cluster;
    const standby = cluster.server("standby");
    await using exporter = await ServeProcess.start(FROM_SOURCE, {
      args: [
        ...cluster.servers.map((server) => `--server=${server.name}=${server.dsn()}`),
        "--management.socket=none",
        "--collect.deadline=30s",
      ],
    });
    const sources = {
      servers: { flags: [], only: undefined },
      exporter: { flags: [`--from=${exporter.url}`], only: [] },
    };

    for (const [source, { flags, only }] of Object.entries(sources)) {
      const wait = (...args: readonly string[]) =>
        runCommand(cluster, ["wait", "standby", ...flags, ...args], only === undefined ? {} : { only });

      await t.step(`${source}: caught up means all that was written before the wait`, async () => {
        for (let round = 0; round < 3; round++) {
          await faults.pauseReplay("standby");
          await primary.sql(
            "INSERT INTO test_data (data) SELECT repeat('x', 500) FROM generate_series(1, 5000)",
          );
          const written = await primary.text("SELECT pg_current_wal_lsn()");
          const late = await wait("--caught-up", "--timeout=3s");
          assertEquals([late.code, late.stdout], [1, ""]);
          assertStringIncludes(late.stderr, "Not reached within 3s: ");
          const waiting = wait("--caught-up", "--timeout=60s");
          await faults.resumeReplay("standby");
          assertEquals(await waiting, { code: 0, stdout: '"standby" has caught up\n', stderr: "" });
          assertEquals(await standby.text(`SELECT pg_last_wal_replay_lsn() >= '${written}'`), "true");
        }
      });

      await t.step(`${source}: a position, a lag, a role`, async () => {
        const written = await primary.text("SELECT pg_current_wal_lsn()") ?? "";
        const reached = await wait(`--lsn=${written}`, "--lag=5s", "--role=standby");
        assertEquals([reached.code, reached.stderr], [0, ""]);
        const beyond = await wait("--lsn=7F/0", "--timeout=2s");
        assertEquals(beyond.code, 1);
        assertStringIncludes(beyond.stderr, "of 7F/0");
        assertEquals((await wait("--role=primary", "--timeout=2s")).code, 1);
      });

      await t.step(`${source}: an unknown or unreachable server is unknown`, async () => {
        const nobody = await runCommand(
          cluster,
          ["wait", "nobody", "--role=primary", "--timeout=2s", ...flags],
          only === undefined ? {} : { only },
        );
        assertEquals(nobody.code, 3);
        assertStringIncludes(nobody.stderr, 'There is no server "nobody"');
      });
    }

    await t.step("a promotion ends it", async () => {
      const waits = Object.values(sources).map(({ flags, only }) =>
        runCommand(
          cluster,
          ["wait", "standby", "--role=primary", "--timeout=60s", ...flags],
          only === undefined ? {} : { only },
        )
      );
      await faults.promote("standby");
      for (const { code, stdout } of await Promise.all(waits)) {
        assertEquals([code, stdout], [0, '"standby" is a primary\n']);
      }
    });

    await t.step("a server that is down is unknown", async () => {
      await faults.kill("standby");
      const down = await runCommand(
        cluster,
        ["wait", "standby", "--role=primary", "--timeout=3s", `--from=${exporter.url}`],
        { only: [] },
      );
      assertEquals([down.code, down.stdout], [3, ""]);
      assert(down.stderr.includes('"standby" is unreachable: '), down.stderr);
    });
  },
);
