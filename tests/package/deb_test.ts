import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { compile, NoDenortError } from "../../compose/build/compile.ts";
import { buildDeb } from "../../compose/build/deb.ts";
import { runProgram } from "../../compose/build/programs.ts";
import { startCluster } from "../../compose/lab/cluster.ts";
import { findFreePort } from "../../compose/lab/ports.ts";
import { chooseServiceUser } from "../../compose/lab/service_user.ts";
import { until } from "../../compose/lab/until.ts";
import { findProgram, runWithInput } from "../exposition/programs.ts";
import {
  cleanUp,
  exists,
  filesOfSystem,
  makeServiceDirectories,
  NOTIFY_SOCKET,
  packageState,
  reasonNotToInstall,
} from "./installed.ts";
import { InstalledService, NotifyReceiver } from "./service.ts";

const PROGRAM = "pg-replication-exporter";
const CONFIG = `/etc/${PROGRAM}/config.yml`;
/** Longest wait for a `denort` that has to be downloaded. */
const DOWNLOAD_MS = 60_000;

const directory = await Deno.makeTempDir({ prefix: "pgrepl-package-" });
globalThis.addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));

/** Why there is no package to try; null when there are two, one newer than the other. */
async function build(): Promise<string | null> {
  const reason = await reasonNotToInstall();
  if (reason !== null) return reason;
  const binary = `${directory}/binary`;
  try {
    await compile({ output: binary, signal: AbortSignal.timeout(DOWNLOAD_MS) });
  } catch (error) {
    if (error instanceof NoDenortError) return error.message.replace(/ Deno said:.*$/s, "");
    throw error;
  }
  const target = Deno.build.arch === "x86_64" ? "linux-x64" : "linux-arm64";
  const options = { binary, output: directory, target, date: new Date("2026-01-02T03:04:05Z") };
  for (const revision of [1, 2]) {
    debs.push(await buildDeb({ ...options, revision, compression: "gzip" }));
  }
  await Deno.remove(binary);
  return null;
}

const debs: string[] = [];
const reason = await build();
if (reason !== null) Deno.test({ name: `deb: skipped. ${reason}`, ignore: true, fn: () => {} });
const [older = "", newer = ""] = debs;

async function text(program: string, ...args: string[]): Promise<string> {
  return new TextDecoder().decode(await runProgram(program, { args }));
}

/** Installs as apt does where nobody can be asked. */
async function install(deb: string): Promise<string> {
  return new TextDecoder().decode(
    await runProgram("dpkg", {
      args: ["--force-confold", "--force-confdef", "--install", deb],
      env: { DEBIAN_FRONTEND: "noninteractive" },
    }),
  );
}

const lintian = await findProgram("lintian");

Deno.test({ name: "deb: lintian finds no error", ignore: reason !== null || lintian === null }, async () => {
  // It leaves a file behind in the directory for temporary files.
  const { code, stdout } = await runWithInput("env", {
    args: [`TMPDIR=${directory}`, lintian ?? "", "--fail-on=error,warning", "--allow-root", older],
    input: "",
  });
  assertEquals([code, stdout], [0, ""]);
});

Deno.test({ name: "deb: made twice of the same it is the same", ignore: reason !== null }, async () => {
  const control = await text("dpkg-deb", "--info", older);
  assertMatch(control, /^ Architecture: (amd64|arm64)$/m);
  const binary = `${directory}/unpacked/usr/bin/${PROGRAM}`;
  try {
    await runProgram("dpkg-deb", { args: ["--extract", older, `${directory}/unpacked`] });
    const again = await buildDeb({
      binary,
      output: `${directory}/again`,
      target: Deno.build.arch === "x86_64" ? "linux-x64" : "linux-arm64",
      revision: 1,
      date: new Date("2026-01-02T03:04:05Z"),
      compression: "gzip",
    });
    const [one, two] = await Promise.all([older, again].map((path) => text("sha256sum", path)));
    assertEquals(one?.slice(0, 64), two?.slice(0, 64));
  } finally {
    await Deno.remove(`${directory}/unpacked`, { recursive: true });
    await Deno.remove(`${directory}/again`, { recursive: true }).catch(() => {});
  }
});

Deno.test({
  name: "deb: installed, started, scraped, upgraded over a changed configuration, removed",
  ignore: reason !== null,
  fn: async (t) => {
    const before = await filesOfSystem();
    assertEquals([...before], []);
    await using cluster = await startCluster({ standbys: 1 });
    const user = await chooseServiceUser();
    if (user === null) throw new Error("unreachable: the test runs as root");
    try {
      const said = await install(older);
      await t.step("installed: every file is as it was packed, the manual page can be read", async () => {
        assertStringIncludes(said, "systemctl start pg-replication-exporter");
        assertEquals(await packageState(), "install ok installed");
        assertEquals(await text("dpkg", "--verify", PROGRAM), "");
        const { version } = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
        assertStringIncludes(
          await text("env", `TMPDIR=${directory}`, PROGRAM, "--version"),
          `version ${version} `,
        );
        assertStringIncludes(await text("gzip", "-dc", `/usr/share/man/man1/${PROGRAM}.1.gz`), ".SH OPTIONS");
        const bash = await runWithInput("bash", {
          args: ["--norc"],
          input: `. /usr/share/bash-completion/completions/${PROGRAM} && complete -p ${PROGRAM}\n`,
        });
        assertStringIncludes(bash.stdout, "-F _pg_replication_exporter");
        assertEquals(
          await exists(`/etc/systemd/system/multi-user.target.wants/${PROGRAM}.service`),
          await exists("/usr/bin/deb-systemd-helper"),
        );
      });

      await makeServiceDirectories(user);
      const credentials = `${directory}/credentials`;
      await Deno.chmod(directory, 0o711);
      await Deno.mkdir(credentials);
      await Deno.writeTextFile(`${credentials}/postgres_password`, `${cluster.passwords.monitor}\n`, {
        mode: 0o400,
      });
      for (const path of [credentials, `${credentials}/postgres_password`]) {
        await Deno.chown(path, user.uid, user.gid);
      }
      const start = () =>
        InstalledService.start({ user, credentials, address: `127.0.0.1:${findFreePort()}` });

      await t.step("as it comes it names no server, and says what to do", async () => {
        const { code, stderr } = await InstalledService.tryStart({ user, credentials });
        assertEquals(code, 2, "the unit is not started again after this status");
        assertStringIncludes(stderr, "No server to watch is configured");
      });

      const servers = cluster.servers.map(({ name, port }) =>
        `  - name: ${name}\n    dsn: postgresql://monitor@127.0.0.1:${port}/postgres\n`
      ).join("");
      const changed = `${await Deno.readTextFile(CONFIG)}servers:\n${servers}`;
      await Deno.writeTextFile(CONFIG, changed);

      const scrape = async (service: InstalledService) => {
        const page = await service.scrape();
        return cluster.servers.map(({ name }) => page.includes(`pgrepl_up{instance="${name}"} 1\n`));
      };
      const allUp = cluster.servers.map(() => true);
      await t.step("started as the unit does it: reported to systemd, scraped, reloaded by ctl", async () => {
        await using receiver = await NotifyReceiver.open(NOTIFY_SOCKET);
        await using service = await start();
        await until("every server to be up", async () => (await scrape(service)).every((up) => up));
        await until("systemd to be told", () => receiver.messages.some((each) => each.startsWith("READY=1")));
        await until("the watchdog to be told", () => receiver.messages.includes("WATCHDOG=1"));
        assertEquals((await service.ctl("ping")).code, 0);
        const asRoot = await runWithInput(PROGRAM, { args: ["report"], input: "" });
        assertStringIncludes(asRoot.stdout, cluster.standbys[0]?.name ?? "?");
        assertStringIncludes(asRoot.stderr, "asking the exporter at /run/pg-replication-exporter/ctl.sock");
        const reload = await service.ctl("reload");
        assertEquals(reload.code, 0, reload.stderr);
        await Deno.writeTextFile(CONFIG, `${changed}serverz: []\n`);
        assertEquals((await service.ctl("reload")).code, 1, "systemctl reload fails too");
        await Deno.writeTextFile(CONFIG, changed);
        assertEquals(await scrape(service), allUp);
        assertEquals(await service.stop(), 0);
        assert(receiver.messages.some((each) => each.startsWith("STOPPING=1")));
        assertEquals(await exists("/var/lib/pg-replication-exporter/state.json"), true);
        assertEquals((await service.log()).includes(cluster.passwords.monitor), false);
      });

      await t.step("upgraded: the newer one runs with the configuration as it was changed", async () => {
        await install(newer);
        assertMatch(await text("dpkg-query", "--show", "--showformat=${Version}", PROGRAM), /-2$/);
        assertEquals(await Deno.readTextFile(CONFIG), changed);
        assertEquals(await exists("/var/lib/pg-replication-exporter/state.json"), true);
        await using service = await start();
        await until("every server to be up", async () => (await scrape(service)).every((up) => up));
        assertEquals(await service.stop(), 0);
      });

      const packed = (await text("dpkg", "--listfiles", PROGRAM)).split("\n").filter((path) =>
        path.includes(PROGRAM)
      );
      assert(packed.length > 10, packed.join("\n"));
      await t.step("removed: the configuration stays", async () => {
        await runProgram("dpkg", { args: ["--remove", PROGRAM] });
        assertEquals(await exists(`/usr/bin/${PROGRAM}`), false);
        assertEquals(await Deno.readTextFile(CONFIG), changed);
      });

      await t.step("purged: nothing is left", async () => {
        await runProgram("dpkg", { args: ["--purge", PROGRAM] });
        for (const path of [...packed, "/var/lib/pg-replication-exporter"]) {
          assertEquals(await exists(path), false, path);
        }
        assertEquals([...await filesOfSystem()], []);
        assertEquals(await packageState(), "");
      });
    } finally {
      await cleanUp();
    }
  },
});
