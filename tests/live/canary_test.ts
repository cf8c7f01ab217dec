import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import bcrypt from "bcryptjs";
import { startCluster } from "../../compose/lab/cluster.ts";
import { makePassword } from "../../compose/lab/provision.ts";
import { assertNoSecret } from "../canary.ts";
import { ServeProcess } from "../serve_process.ts";
import { bareEnvironment, programFor, readEvent, runChecked } from "./canary_runs.ts";
import { Certificates, hasOpenssl } from "./certificates.ts";
import { ExporterFiles } from "./exporter_files.ts";
import { reasonToSkip, until } from "./support.ts";

const ignore = reasonToSkip() !== null || !(await hasOpenssl());

/** One way to give a password: arguments and variables, from a server's address and the secret. */
type Way = (
  given: {
    readonly port: number;
    readonly standbyPort: number;
    readonly password: string;
    readonly files: ExporterFiles;
  },
) => Promise<{ readonly args: readonly string[]; readonly env?: Readonly<Record<string, string>> }>;

/** Writes a file that only its owner may read. */
async function writePrivate(files: ExporterFiles, name: string, text: string): Promise<string> {
  const path = await files.write(name, text);
  await Deno.chmod(path, 0o600);
  return path;
}

const server = (port: number, more = "") =>
  `--server=a=host=127.0.0.1 port=${port} user=monitor dbname=postgres${more}`;
const at = async (
  path: Promise<string>,
  make: (path: string) => string,
) => [`--config.file=${make(await path)}`];

const WAYS: Readonly<Record<string, Way>> = {
  "a URI": ({ port, password }) =>
    Promise.resolve({ args: [`--server=a=postgresql://monitor:${password}@127.0.0.1:${port}/postgres`] }),
  "keywords": ({ port, password }) => Promise.resolve({ args: [server(port, ` password='${password}'`)] }),
  "PGREPL_SERVER": ({ port, password }) =>
    Promise.resolve({
      args: [],
      env: { PGREPL_SERVER: `a=postgresql://monitor@127.0.0.1:${port}/postgres?password=${password}` },
    }),
  "PGPASSWORD": ({ port, password }) =>
    Promise.resolve({ args: [server(port)], env: { PGPASSWORD: password } }),
  "POSTGRES_PASSWORD": ({ port, standbyPort, password }) =>
    Promise.resolve({
      args: [],
      env: {
        PRIMARY_HOST: "127.0.0.1",
        PRIMARY_PORT: String(port),
        STANDBY_HOST: "127.0.0.1",
        STANDBY_PORT: String(standbyPort),
        POSTGRES_USER: "monitor",
        POSTGRES_DB: "postgres",
        POSTGRES_PASSWORD: password,
      },
    }),
  "POSTGRES_PASSWORD_FILE": async ({ port, password, files }) => ({
    args: [server(port)],
    env: { POSTGRES_PASSWORD_FILE: await writePrivate(files, "classic", `${password}\n`) },
  }),
  "a password file": async ({ port, password, files }) => ({
    args: [server(port, ` passfile=${await writePrivate(files, "pgpass", `*:*:*:monitor:${password}\n`)}`)],
  }),
  "a service": async ({ port, password, files }) => ({
    args: ["--server=a=service=lab"],
    env: {
      PGSERVICEFILE: await writePrivate(
        files,
        "services",
        `[lab]\nhost=127.0.0.1\nport=${port}\nuser=monitor\ndbname=postgres\npassword=${password}\n`,
      ),
    },
  }),
  "a credential": async ({ port, password, files }) => {
    await writePrivate(files, "a.password", password);
    return { args: [server(port)], env: { CREDENTIALS_DIRECTORY: files.directory } };
  },
  "password of the file": async ({ port, password, files }) => ({
    args: await at(
      writePrivate(
        files,
        "password.yml",
        `servers:\n  - name: a\n    host: 127.0.0.1\n    port: ${port}\n    user: monitor\n    dbname: postgres\n` +
          `    password: ${password}\n`,
      ),
      (path) => path,
    ),
  }),
  "password_file of the file": async ({ port, password, files }) => ({
    args: await at(
      writePrivate(
        files,
        "password_file.yml",
        `connection:\n  user: monitor\n  dbname: postgres\n  password_file: ${await writePrivate(
          files,
          "pw",
          password,
        )}\n` +
          `servers:\n  - name: a\n    dsn: host=127.0.0.1 port=${port}\n`,
      ),
      (path) => path,
    ),
  }),
};

Deno.test({ name: "no password is in any output", ignore }, async (t) => {
  await using cluster = await startCluster({ standbys: 1, load: 5 });
  await using files = await ExporterFiles.open();
  await using certificates = await Certificates.make();
  const program = programFor(files.directory);
  const { primary } = cluster;
  const standby = cluster.server("standby");
  const ports = { port: primary.port, standbyPort: standby.port };
  const secret = cluster.passwords.monitor;
  // Two servers at one address need two databases.
  const dsn = (database: string) => primary.dsn().replace("/postgres", `/${database}`);

  await t.step("the canary is found where it is expected", async () => {
    assertStringIncludes(await standby.text("SHOW primary_conninfo") ?? "", cluster.passwords.replicator);
    assertMatch(
      await primary.text("SELECT rolpassword FROM pg_authid WHERE rolname = 'monitor'") ?? "",
      /^SCRAM-SHA-256\$/,
    );
  });

  for (const [name, way] of Object.entries(WAYS)) {
    await t.step(`given as ${name}: right, then wrong`, async () => {
      const right = await way({ ...ports, password: secret, files });
      const good = await runChecked(program, ["check-config", "--connect", ...right.args], right.env);
      assertEquals(good.code, 0, good.stdout + good.stderr);
      const wrong = await way({ ...ports, password: makePassword(), files });
      const bad = await runChecked(
        program,
        ["check-config", "--connect", "--json", ...wrong.args],
        wrong.env,
      );
      assertEquals(bad.code, 1, bad.stdout + bad.stderr);
      assertMatch(bad.stdout, /password/);
    });
  }

  await t.step("given where a password does not belong", async () => {
    const uri = primary.dsn();
    const broken = await files.write(
      "broken.yml",
      `servers:\n  - name: a\n    dsn: "${uri}\n   password: ${secret}\n`,
    );
    const odd = await files.write(
      "odd.yml",
      `servers:\n  - name: a\n    pasword: ${secret}\n    port: ${secret}\n`,
    );
    const web = await files.write("odd_web.yml", `basic_auth_users:\n  alice: ${secret}\n  bob ${secret}\n`);
    for (
      const args of [
        [`--sever=a=${uri}`],
        [`--server=${uri}`],
        ["--server", uri.replace("@", "@@"), "serve"],
        ["serve", uri],
        [uri],
        ["report", `--from=http://u:${secret}@127.0.0.1:1`],
        ["report", "--server", `a=${uri}?sslmod=${secret}`],
        ["doctor", "--server", `a=host=b password=${secret} passwrd=${secret}`],
        ["ctl", "status", `--url=https://u:${secret}@127.0.0.1:1`],
        ["preflight", uri, uri],
        [`--web.listen-address=${uri}`],
        [`--log.level=${uri}`, "check-config"],
        [`--config.file=${broken}`],
        [`--config.file=${odd}`],
        [`--web.config.file=${web}`, "--server=a=host=127.0.0.1 port=1 user=u"],
      ]
    ) {
      const { code, stderr } = await runChecked(program, args);
      assert(code !== 0 && stderr !== "", args[0]);
    }
    const { code } = await runChecked(program, ["check-config"], {
      PGREPL_SERVER: uri,
      PGREPL_PASSWORD: secret,
    });
    assertEquals(code, 2);
  });

  await t.step("commands that run once", async () => {
    const args = cluster.servers.map((each) => `--server=${each.name}=${each.dsn()}`);
    const wrong =
      `--server=wrong=host=127.0.0.1 port=${primary.port} user=monitor dbname=template1 password=${makePassword()}`;
    const report = await runChecked(program, ["report", "--format=json", ...args, wrong]);
    assertEquals(JSON.parse(report.stdout).clusters[0].servers.length >= 2, true, report.stderr);
    assertStringIncludes((await runChecked(program, ["report", ...args, wrong])).stdout, "wrong");
    await runChecked(program, ["doctor", "--explain", ...args, wrong]);
    await runChecked(program, ["doctor", "--format=json", ...args]);
    const preflight = await runChecked(program, ["preflight", "standby", ...args]);
    assertStringIncludes(preflight.stdout, "primary_conninfo");
    await runChecked(program, ["preflight", "standby", "--format=json", ...args]);
    const watch = await runChecked(program, ["watch", "--plain", "--count=1", ...args, wrong]);
    assertStringIncludes(watch.stdout, "standby");
  });

  await t.step("a running exporter with any error, at level debug", async (t) => {
    const [login, phrase] = [makePassword(), makePassword()];
    await certificates.add("client", { name: "monitor" });
    await certificates.encryptKey({ from: "client.key", to: "locked.key", passphrase: phrase });
    const web = await files.write(
      "web.yml",
      `basic_auth_users:\n  alice: ${await bcrypt.hash(login, 4)}\n`,
    );
    const locked = `sslcert: ${certificates.path("client.crt")}\n    sslkey: ${
      certificates.path("locked.key")
    }`;
    const config = [
      "servers:",
      `  - name: primary\n    dsn: ${primary.dsn()}`,
      `  - name: standby\n    dsn: host=127.0.0.1 port=${standby.port} user=monitor dbname=postgres`,
      `    password_file: ${await writePrivate(files, "standby.pw", secret)}`,
      `  - name: wrong\n    dsn: host=127.0.0.1 port=${primary.port} user=monitor dbname=template1 password=${makePassword()}`,
      `  - name: nobody\n    dsn: ${primary.dsn({ port: 1 })}`,
      `  - name: no-tls\n    dsn: ${dsn("a")}?sslmode=require`,
      `  - name: unlocked\n    dsn: ${
        dsn("b")
      }\n    sslmode: require\n    ${locked}\n    sslpassword: ${phrase}`,
      `  - name: locked\n    dsn: ${
        dsn("c")
      }\n    sslmode: require\n    ${locked}\n    sslpassword: ${makePassword()}`,
      `  - name: no-database\n    dsn: host=127.0.0.1 port=${primary.port} user=monitor dbname=none password=${secret}`,
      "probe:",
      "  modules:",
      `    default:\n      user: monitor\n      dbname: postgres\n      password: ${secret}`,
      `    wrong:\n      user: monitor\n      password: ${makePassword()}\n      sslpassword: ${phrase}`,
      "  allowed_targets: [127.0.0.0/8]",
      "log:\n  level: debug\n",
    ].join("\n");
    const path = await writePrivate(files, "exporter.yml", config);
    const [socket, state] = [files.path("ctl.sock"), files.path("state.json")];
    await using exporter = await ServeProcess.start(program, {
      args: [
        `--config.file=${path}`,
        `--web.config.file=${web}`,
        `--management.socket=${socket}`,
        `--state.file=${state}`,
        ...["--web.enable-management", "--web.allow-plain-management", "--collect.deadline=30s"],
      ],
      env: bareEnvironment({}),
      answers: 401,
    });
    const headers = { authorization: `Basic ${btoa(`alice:${login}`)}` };
    const get = async (where: string, more: Readonly<Record<string, string>> = {}) =>
      await exporter.fetch(where, { headers: { ...headers, ...more } });
    await until("both ends to be known", async () => {
      const text = await (await get("/metrics")).text();
      return /^pgrepl_up\{instance="standby"\} 1$/m.test(text) &&
        /^pgrepl_up\{instance="primary"\} 1$/m.test(text);
    });

    assertEquals((await (await get("/v1/status")).json()).log_level, "debug");
    for (const accept of ["text/plain", "application/openmetrics-text; version=1.0.0"]) {
      const text = await (await get("/metrics", { accept })).text();
      assertStringIncludes(text, 'pgrepl_up{instance="wrong"} 0');
    }
    for (
      const [where, status] of [
        ["/", 200],
        ["/api/v1/report", 200],
        ["/sd", 200],
        ["/-/healthy", 200],
        ["/-/ready", 200],
        ["/servers/primary/primary", 200],
        ["/servers/wrong/read", 503],
        ["/v1/ping", 200],
        ["/v1/status", 200],
        ["/v1/config", 200],
        ["/probe?target=primary", 200],
        ["/probe?target=wrong", 200],
        [`/probe?target=127.0.0.1:${standby.port}`, 200],
        [`/probe?target=127.0.0.2:${standby.port}&auth_module=wrong`, 200],
        ["/probe?target=128.0.0.1", 403],
        [`/probe?target=${encodeURIComponent(primary.dsn())}`, 400],
        [`/probe?target=primary&auth_module=${secret}`, 400],
        [`/servers/${secret}/primary`, 404],
        [`/servers/primary/primary?${secret}=1`, 400],
        [`/servers/primary/replica?max_lag=${secret}`, 400],
      ] as const
    ) {
      const response = await get(where);
      assertEquals(response.status, status, `${where.slice(0, 30)}: ${await response.text()}`);
    }
    for (const wrong of ["", "Basic x", `Basic ${btoa(`alice:${makePassword()}`)}`, `Bearer ${secret}`]) {
      assertEquals((await exporter.fetch("/metrics", { headers: { authorization: wrong } })).status, 401);
    }
    assertStringIncludes(await readEvent(`${exporter.url}/api/v1/events`, "report", { headers }), "wrong");
    assertStringIncludes(
      await readEvent(`${exporter.url}/api/v1/events?as=page`, "page", { headers }),
      "wrong",
    );

    await t.step("queried by its own commands", async () => {
      const from = [`--from=${exporter.url}`];
      const env = { PGREPL_FROM_USER: "alice", PGREPL_FROM_PASSWORD: login };
      const wrong = { ...env, PGREPL_FROM_PASSWORD: makePassword() };
      assertStringIncludes((await runChecked(program, ["report", ...from], env)).stdout, "wrong");
      assertEquals((await runChecked(program, ["report", ...from], wrong)).code, 3);
      await runChecked(program, ["report", "--format=json", ...from], env);
      await runChecked(program, ["doctor", ...from], env);
      await runChecked(program, ["watch", "--plain", "--count=1", ...from], env);
      const ctl = (...args: string[]) => runChecked(program, ["ctl", ...args, `--socket=${socket}`]);
      for (const what of ["ping", "status", "config"]) assertEquals((await ctl(what)).code, 0, what);
      assertStringIncludes((await ctl("config", "--json")).stdout, "***");
      assertEquals((await ctl("log-level", secret)).code, 2);
      const remote = (password: string) =>
        runChecked(program, ["ctl", "config", `--url=${exporter.url}`, "--user=alice"], {
          PGREPL_CTL_PASSWORD: password,
        });
      assertEquals((await remote(login)).code, 0);
      assertEquals((await remote(makePassword())).code, 1);
    });

    await t.step("after a reload of an invalid configuration", async () => {
      const failed = async (many: number) =>
        await until("the reload to have failed", async () => {
          const { last_reload } = await (await get("/v1/status")).json();
          return last_reload?.successful === false && last_reload.problems.length >= many;
        });
      await writePrivate(files, "exporter.yml", config.replace("- name: wrong", `- nam ${secret}: [`));
      exporter.signal("SIGHUP");
      await failed(1);
      await writePrivate(
        files,
        "exporter.yml",
        `${config}\n${secret}: 1\nweb: ${secret}\nservers: []\nexpected_standbys: ${secret}\n`,
      );
      assertEquals((await exporter.fetch("/-/reload", { method: "POST", headers })).status, 422);
      const told = await runChecked(program, ["ctl", "reload", `--socket=${socket}`]);
      assertEquals(told.code, 1);
      await get("/v1/status");
      await get("/metrics");
      await writePrivate(files, "exporter.yml", config.replace("password=", `passwrod=`));
      assertEquals((await exporter.fetch("/-/reload", { method: "POST", headers })).status, 422);
      await writePrivate(files, "exporter.yml", `${config}# the same again\n`);
      assertEquals((await exporter.fetch("/-/reload", { method: "POST", headers })).status, 200);
    });

    await t.step("after changes on the servers", async () => {
      await cluster.faults.changeMonitorPassword();
      await cluster.primary.restart();
      await until("the login to fail", async () => {
        const text = await (await get("/metrics")).text();
        return /^pgrepl_up\{instance="primary"\} 0$/m.test(text);
      });
      await get("/api/v1/report");
      await get("/");
      await cluster.primary.stop();
      await until("it to be gone", async () => {
        const text = await (await get("/api/v1/report")).text();
        return /refuse|closed|shutting/i.test(text);
      });
    });

    assertEquals((await exporter.stop()).code, 0);
    const log = await exporter.log();
    for (
      const words of ["password authentication failed", "decrypted", "requires TLS", '"none"']
    ) {
      assertStringIncludes(log, words.replaceAll('"', '\\"').replace('\\"none\\"', "none"), log);
    }
    assertNoSecret(await Deno.readTextFile(state), { what: "the state file" });
  });
});
