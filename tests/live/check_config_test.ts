import { assertEquals, assertFalse, assertMatch } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { FROM_SOURCE } from "../serve_process.ts";
import { Certificates, hasOpenssl } from "./certificates.ts";
import { DEBIAN_15, isInstalled, reasonToSkip, type Server } from "./support.ts";

const ignore = reasonToSkip() !== null;

/** Runs check-config on a file, with the permissions of the binary and an empty environment. */
async function check(
  text: string,
  args: readonly string[] = [],
  variables: Readonly<Record<string, string>> = {},
) {
  const path = await Deno.makeTempFile({ prefix: "pgrepl-check-", suffix: ".yml" });
  try {
    await Deno.writeTextFile(path, text);
    const [program = "", ...first] = FROM_SOURCE;
    const output = await new Deno.Command(program, {
      args: [...first, "check-config", "--connect", `--config.file=${path}`, ...args],
      clearEnv: true,
      env: {
        ...Object.fromEntries(["PATH", "HOME", "DENO_DIR"].map((name) => [name, Deno.env.get(name) ?? ""])),
        ...variables,
      },
      stdin: "null",
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code: output.code, stdout: decode(output.stdout), stderr: decode(output.stderr) };
  } finally {
    await Deno.remove(path);
  }
}

/** Steps of the servers: server and step to outcome and text. */
function stepsOf(stdout: string): ReadonlyMap<string, string> {
  const steps = new Map<string, string>();
  let server = "";
  for (const line of (stdout.split("\nConnections\n")[1] ?? "").split("\n")) {
    server = /^ {2}(\S+)$/.exec(line)?.[1] ?? server;
    const [, step, rest] = /^ {4}(\w+) +(\S.*)$/.exec(line) ?? [];
    if (step !== undefined) steps.set(`${server} ${step}`, rest ?? "");
  }
  return steps;
}

Deno.test({
  name: "check-config --connect reports each step of every server, with advice",
  ignore,
  async fn() {
    await using cluster = await startCluster({ standbys: 1 });
    const { primary } = cluster;
    const standby = cluster.server("standby");
    const { monitor, plain } = cluster.passwords;
    const nobody = 1; // nothing can listen there
    const server = (name: string, { port, user = "monitor", password = monitor }: {
      readonly port: number;
      readonly user?: string;
      readonly password?: string;
    }) => `{ name: ${name}, host: 127.0.0.1, port: ${port}, user: ${user}, password: "${password}" }`;
    const { code, stdout, stderr } = await check(`
clusters:
  - name: main
    servers:
      - ${server("primary", { port: primary.port })}
      - ${server("standby", { port: standby.port })}
  - name: other
    servers: [${
      server("poor", { port: standby.port, user: "plain", password: plain }).replace("127.0.0.1", "localhost")
    }]
servers:
  - ${server("nothing", { port: nobody })}
  - ${server("wrong", { port: primary.port, password: "S3cret-canary" }).replace(" }", ", dbname: other }")}
`);
    assertEquals([code, stderr], [1, ""]);
    const steps = stepsOf(stdout);
    assertMatch(
      steps.get("primary login") ?? "",
      new RegExp(`^ok +as monitor at 127\\.0\\.0\\.1:${primary.port}, database postgres, in \\d+ ms$`),
    );
    assertEquals(steps.get("primary TLS"), "ok    unencrypted, on this host");
    assertMatch(steps.get("primary version") ?? "", /^ok +PostgreSQL 18/);
    assertEquals(steps.get("primary role"), "ok    primary");
    assertEquals(steps.get("primary rights"), "ok    pg_monitor");
    assertEquals(steps.get("standby role"), "ok    standby");
    assertMatch(
      steps.get("poor rights") ?? "",
      /^fail +pg_monitor is missing.*: on the primary run: GRANT pg_monitor TO plain;$/,
    );
    assertMatch(steps.get("nothing login") ?? "", /^fail .*nothing listens there/);
    assertEquals(steps.has("nothing rights"), false);
    assertMatch(steps.get("wrong login") ?? "", /^fail .*password authentication failed for user "monitor"/);
    assertMatch(
      stdout,
      /Clusters "main" and "other" share system identifier \d+ \(servers "primary", "standby", "poor"\)/,
    );
    assertMatch(stdout, /\n\n3 of 5 servers failed: poor, nothing, wrong\nClusters "main"/);
    for (const secret of [monitor, plain, "canary"]) {
      assertFalse(stdout.includes(secret), "a password is shown");
    }

    const good = await check(`servers: [${server("p", { port: primary.port })}]`, ["--json"]);
    assertEquals([good.code, good.stderr], [0, ""]);
    const parsed = JSON.parse(good.stdout);
    assertEquals(parsed.problems, []);
    assertEquals(
      parsed.connections[0].steps.map((step: { name: string; outcome: string }) =>
        `${step.name} ${step.outcome}`
      ),
      ["login ok", "TLS ok", "version ok", "role ok", "rights ok", "pooler ok"],
    );
    assertFalse(good.stdout.includes(monitor), "a password is shown");
  },
});

Deno.test({
  name:
    "check-config shows the source of each connection parameter: service, password file, environment, file",
  ignore,
  async fn() {
    await using cluster = await startCluster({ standbys: 0 });
    const { primary, passwords } = cluster;
    const directory = await Deno.makeTempDir({ prefix: "pgrepl-check-" });
    try {
      const [services, passFile] = [`${directory}/services`, `${directory}/pgpass`];
      await Deno.writeTextFile(
        services,
        `[lab]\nhost=127.0.0.1\nport=${primary.port}\nuser=nobody\nsslmode=disable\n`,
      );
      await Deno.writeTextFile(
        passFile,
        `# of the lab\n127.0.0.1:1:*:*:S3cret-canary\n*:${primary.port}:*:monitor:${passwords.monitor}\n`,
        { mode: 0o600 },
      );
      // The overridden values would not work: another address, role, sslmode and password.
      const { code, stdout, stderr } = await check(
        "servers: [{ name: p, service: lab, user: monitor }]\n",
        ["--json"],
        {
          PGSERVICEFILE: services,
          PGPASSFILE: passFile,
          PGHOST: "no-such-host.invalid",
          PGPORT: "1",
          PGUSER: "nobody",
          PGSSLMODE: "verify-full",
          PGDATABASE: "postgres",
          PGTARGETSESSIONATTRS: "primary",
        },
      );
      assertEquals([code, stderr], [0, ""], stdout);
      const parameters: readonly { name: string; value: string | null; source: string }[] =
        JSON.parse(stdout).servers[0].parameters;
      const shown = Object.fromEntries(
        parameters.map(({ name, value, source }) => [
          name,
          `${value} | ${source.replace(/^\S+\.yml/, "x.yml").replaceAll(directory, "DIR")}`,
        ]),
      );
      const service = "service file DIR/services [lab]";
      assertEquals([shown.service, shown.host, shown.port, shown.user, shown.password, shown.sslmode], [
        "lab | x.yml:1:31",
        `127.0.0.1 | ${service}`,
        `${primary.port} | ${service}`,
        "monitor | x.yml:1:42",
        "*** | password file DIR/pgpass line 3",
        `disable | ${service}`,
      ]);
      assertEquals([shown.dbname, shown.target_session_attrs, shown.channel_binding], [
        "postgres | PGDATABASE",
        "primary | PGTARGETSESSIONATTRS",
        "prefer | default",
      ]);
      assertFalse(stdout.includes("canary") || stdout.includes(passwords.monitor), "a password is shown");
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

/** Gives a server a certificate. */
async function useCertificate(server: Server, from: Certificates): Promise<void> {
  for (const kind of ["crt", "key"]) {
    const to = `${server.dataDir}/server.${kind}`;
    await Deno.writeTextFile(to, await Deno.readTextFile(from.path(`good.${kind}`)), { mode: 0o600 });
    const { uid, gid } = await Deno.stat(server.dataDir);
    if (Deno.uid() === 0 && uid !== null && gid !== null) await Deno.chown(to, uid, gid);
  }
  await server.sql("ALTER SYSTEM SET ssl = on");
  await server.restart();
}

Deno.test({
  name: "check-config --connect reports TLS, and whether the certificate was verified",
  ignore: ignore || !isInstalled(DEBIAN_15) || !(await hasOpenssl()),
  async fn() {
    await using certificates = await Certificates.make();
    await certificates.add("good", { name: "server", names: "DNS:localhost,IP:127.0.0.1" });
    await using cluster = await startCluster({ standbys: 0, binaries: DEBIAN_15 });
    await useCertificate(cluster.primary, certificates);
    const file = (sslmode: string) => `
connection: { user: monitor, password: "${cluster.passwords.monitor}", sslrootcert: ${
      certificates.path("root.crt")
    } }
servers: [{ name: p, host: 127.0.0.1, port: ${cluster.primary.port}, sslmode: ${sslmode} }]
`;
    const full = await check(file("verify-full"));
    assertEquals([full.code, full.stderr], [0, ""]);
    assertMatch(
      stepsOf(full.stdout).get("p TLS") ?? "",
      /^ok +TLSv1\.3, TLS_\w+, certificate and host name verified$/,
    );
    const plain = await check(file("disable"));
    assertEquals(stepsOf(plain.stdout).get("p TLS"), "ok    unencrypted, on this host");
    const other = await check(file("verify-full").replace("root.crt", "other.crt"));
    assertEquals(other.code, 1);
    assertMatch(stepsOf(other.stdout).get("p login") ?? "", /^fail .*certificate/);
  },
});
