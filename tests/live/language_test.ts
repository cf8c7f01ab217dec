import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import type { Cluster } from "../../compose/lab/topology.ts";
import type { ServerTrouble } from "../../src/domain/view.ts";
import { DEBIAN_15, isInstalled, until, untilHolds } from "./support.ts";
import { watchCluster, type Watching } from "./watching.ts";

const LANGUAGES = ["de_DE", "fr_FR", "ja_JP"];

/** Debian's PostgreSQL has the catalogues, its package `locales` the sources of the locales. */
function reasonToSkipLanguages(): string | null {
  if (!isInstalled(DEBIAN_15)) return `no PostgreSQL in ${DEBIAN_15}`;
  const needed = LANGUAGES.flatMap((name) => [
    `/usr/share/i18n/locales/${name}`,
    `/usr/share/locale/${name.slice(0, 2)}/LC_MESSAGES/postgres-15.mo`,
  ]);
  for (const file of ["/usr/bin/localedef", ...needed]) {
    try {
      Deno.statSync(file);
    } catch {
      return `no ${file}: install the package locales`;
    }
  }
  return null;
}

async function makeLocales(directory: string): Promise<void> {
  await Deno.chmod(directory, 0o755);
  for (const name of LANGUAGES) {
    const args = ["--no-archive", "-i", name, "-f", "UTF-8", `${directory}/${name}.UTF-8`];
    const { success, stderr } = await new Deno.Command("/usr/bin/localedef", { args }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  }
}

function troubleOf({ service }: Watching, server: string): ServerTrouble | null {
  return service.view()?.servers.find((each) => each.server === server)?.trouble ?? null;
}

/** A way to make a login fail: how, how to undo it, and the finding with its advice. */
interface LoginFault {
  readonly fail: () => Promise<unknown>;
  readonly mend: () => Promise<unknown>;
  readonly check: string;
  readonly advice: RegExp;
}

function loginFaults({ primary, passwords }: Cluster, hba: string): readonly LoginFault[] {
  const file = `${primary.dataDir}/pg_hba.conf`;
  return [
    {
      fail: () => Deno.writeTextFile(file, `host all monitor all reject\n${hba}`),
      mend: () => Deno.writeTextFile(file, hba),
      check: "pg_hba_refused",
      advice: /^On "primary", add to pg_hba.conf .*: host postgres monitor 127\.0\.0\.1\/32 scram/,
    },
    {
      fail: () => primary.sql("ALTER ROLE monitor NOLOGIN"),
      mend: () => primary.sql("ALTER ROLE monitor LOGIN"),
      check: "login_failed",
      advice: /^On "primary": .*ALTER ROLE monitor LOGIN;$/,
    },
    {
      fail: () => primary.sql("ALTER ROLE monitor PASSWORD 'other'"),
      mend: () => primary.sql(`ALTER ROLE monitor PASSWORD '${passwords.monitor}'`),
      check: "login_failed",
      advice: /^On "primary": ALTER ROLE monitor PASSWORD/,
    },
    {
      fail: () => primary.sql("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC"),
      mend: () => primary.sql("GRANT CONNECT ON DATABASE postgres TO PUBLIC"),
      check: "answer_unusable",
      advice: /^On "primary": GRANT CONNECT ON DATABASE postgres TO monitor;$/,
    },
  ];
}

async function failLogin(
  { primary }: Cluster,
  watching: Watching,
  { fail, mend, check, advice }: LoginFault,
): Promise<void> {
  await fail();
  await primary.sql("SELECT pg_reload_conf()");
  await untilHolds(check, async () => {
    await primary.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'monitor'");
    const findings = watching.service.view()?.findings ?? [];
    const finding = findings.find((each) => each.server === "primary" && each.check === check);
    assertMatch(finding?.advice ?? `none; there is ${troubleOf(watching, "primary")?.message}`, advice);
  });
  await mend();
  await primary.sql("SELECT pg_reload_conf()");
  await untilHolds("the server to be up again", () => assertEquals(troubleOf(watching, "primary"), null));
}

/** Shuts the primary down while its standby, frozen, confirms nothing: it waits for it, and accepts no logins. */
async function stopSlowly({ primary, standbys, faults }: Cluster, watching: Watching): Promise<void> {
  const [standby] = standbys;
  if (standby === undefined || primary.pid === null) throw new Error("no cluster");
  await faults.freeze(standby);
  await primary.sql("INSERT INTO test_data (data) VALUES ('unconfirmed')");
  Deno.kill(primary.pid, "SIGINT");
  const kinds = new Set<string>();
  let refusals = 0;
  await untilHolds("three logins to be refused", () => {
    const trouble = troubleOf(watching, "primary");
    if (trouble?.sqlstate === "57P03") {
      // Before the login it is in ASCII alone: "f?hrt herunter".
      assertNotMatch(trouble.message, /shutting/);
      refusals += 1;
    }
    if (trouble !== null) kinds.add(trouble.kind);
    assertEquals(refusals >= 3, true);
  });
  assertEquals([...kinds], ["shutting_down"]);
  await faults.thaw(standby);
  await until("the primary to end", () => primary.pid === null);
  await primary.start();
  await untilHolds("the server to be up again", () => assertEquals(troubleOf(watching, "primary"), null));
}

const skipped = reasonToSkipLanguages();

Deno.test({
  name: `nothing depends on the language of a server${skipped === null ? "" : ` (skipped: ${skipped})`}`,
  ignore: skipped !== null,
  async fn(t) {
    const directory = await Deno.makeTempDir({ prefix: "pgrepl-locales-" });
    await makeLocales(directory);
    Deno.env.set("LOCPATH", directory);
    try {
      await using cluster = await startCluster({ binaries: DEBIAN_15, standbys: 1 });
      await using watching = watchCluster(cluster, { collect: { intervalSeconds: 0.5 } });
      const { primary } = cluster;
      for (const language of LANGUAGES) {
        await t.step(language, async () => {
          for (const server of cluster.servers) await server.set("lc_messages", `${language}.UTF-8`);
          const hba = await Deno.readTextFile(`${primary.dataDir}/pg_hba.conf`);
          for (const fault of loginFaults(cluster, hba)) await failLogin(cluster, watching, fault);
          await stopSlowly(cluster, watching);
        });
      }
    } finally {
      Deno.env.delete("LOCPATH");
      await Deno.remove(directory, { recursive: true });
    }
  },
});
