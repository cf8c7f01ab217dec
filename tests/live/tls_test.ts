import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { TLSSocket } from "node:tls";
import { startCluster } from "../../compose/lab/cluster.ts";
import { askOurs, askPsql, hasPsql, type Outcome, targetFor, withSession } from "./both_libpq.ts";
import { Certificates, hasOpenssl } from "./certificates.ts";
import { DEBIAN_15, isInstalled, reasonToSkip, type Server, until } from "./support.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15) || !hasPsql() || !(await hasOpenssl());

const MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;

/** Roles by their authentication in pg_hba.conf. */
const ACCESS = `
local all all scram-sha-256
host all postgres,monitor,plain 127.0.0.1/32 scram-sha-256
hostssl all onlytls 127.0.0.1/32 scram-sha-256
hostnossl all onlyplain 127.0.0.1/32 scram-sha-256
hostssl all bycert 127.0.0.1/32 cert
host all bymd5 127.0.0.1/32 md5
host all byclear 127.0.0.1/32 password
host all bytrust 127.0.0.1/32 trust
`;

const IS_TLS = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

/** Reloads the server and waits until new connections use the configuration. */
async function reload(server: Server): Promise<void> {
  const loadedAt = async () => {
    await using fresh = server.connect("postgres");
    return await fresh.text("SELECT pg_conf_load_time()::text");
  };
  const before = await loadedAt();
  await server.sql("SELECT pg_reload_conf()");
  await until("the configuration to be loaded", async () => await loadedAt() !== before);
}

/** Gives the server a certificate; null switches TLS off. */
async function useCertificate(server: Server, from: Certificates, file: string | null): Promise<void> {
  if (file !== null) {
    for (const kind of ["crt", "key"]) {
      const to = `${server.dataDir}/server.${kind}`;
      await Deno.writeTextFile(to, await Deno.readTextFile(from.path(`${file}.${kind}`)), { mode: 0o600 });
      const { uid, gid } = await Deno.stat(server.dataDir);
      if (Deno.uid() === 0 && uid !== null && gid !== null) await Deno.chown(to, uid, gid);
    }
    const ca = `${server.dataDir}/root.crt`;
    await Deno.writeTextFile(ca, await Deno.readTextFile(from.path("root.crt")));
    await Deno.chmod(ca, 0o644);
    await server.sql(`ALTER SYSTEM SET ssl_ca_file = 'root.crt'`);
  }
  await server.sql(`ALTER SYSTEM SET ssl = ${file === null ? "off" : "on"}`);
  await reload(server);
}

function verdict(outcome: Outcome): string {
  return "error" in outcome ? "fails" : outcome.answer === "t" ? "tls" : "plain";
}

Deno.test({ name: "TLS with a real server, as in the real libpq", ignore }, async (t) => {
  await using certificates = await Certificates.make();
  const local = "DNS:localhost,IP:127.0.0.1";
  await certificates.add("good", { name: "server", names: local });
  await certificates.add("wrong-host", { name: "localhost", names: "DNS:db.example,DNS:*.example.org" });
  await certificates.add("by-name", { name: "localhost" });
  await certificates.add("expired", { name: "server", names: local, days: -1 });
  await certificates.add("foreign", { name: "server", names: local, authority: "other" });
  await certificates.add("client", { name: "bycert" });
  await certificates.add("client-of-other", { name: "bycert", authority: "other" });
  await certificates.encryptKey({ from: "client.key", to: "client-locked.key", passphrase: "canary-phrase" });
  await using cluster = await startCluster({ standbys: 0, binaries: DEBIAN_15 });
  const { primary } = cluster;
  await Deno.writeTextFile(`${primary.dataDir}/pg_hba.conf`, ACCESS);
  const secret = cluster.passwords.monitor;
  for (const role of ["onlytls", "onlyplain", "bycert", "byclear", "bytrust"]) {
    await primary.sql(`CREATE ROLE ${role} LOGIN PASSWORD '${secret}'`);
  }
  await primary.sql(
    `SET password_encryption = 'md5'; CREATE ROLE bymd5 LOGIN PASSWORD '${secret}'; RESET password_encryption`,
  );
  await Deno.mkdir(certificates.path("home"));
  const variables = { HOME: certificates.path("home"), PGPASSWORD: secret };
  const dsn = (rest: string, { user = "monitor", host = "localhost" } = {}) =>
    `host=${host} port=${primary.port} user=${user} dbname=postgres ${rest}`;
  const ours = (rest: string, to: { user?: string; host?: string } = {}) =>
    askOurs(dsn(rest, to), { sql: IS_TLS, variables });
  const errorOf = async (rest: string, to: { user?: string; host?: string } = {}) => {
    const outcome = await ours(rest, to);
    assert("error" in outcome, `${rest} connects`);
    assertFalse(outcome.error.includes(secret), "the password is shown");
    return outcome.error;
  };

  for (const certificate of ["good", "wrong-host", "by-name", "expired", "foreign", null]) {
    await t.step(`every sslmode with ${certificate ?? "no TLS"}: the same as psql`, async () => {
      await useCertificate(primary, certificates, certificate);
      const differences: string[] = [];
      const seen: Record<string, string> = {};
      for (const root of ["", "root.crt", "other.crt"]) {
        for (const host of ["localhost", "127.0.0.1"]) {
          for (const mode of MODES) {
            const sslrootcert = root === "" ? "" : ` sslrootcert=${certificates.path(root)}`;
            const text = dsn(`sslmode=${mode}${sslrootcert}`, { host });
            const [theirs, own] = await Promise.all(
              [askPsql, askOurs].map((ask) => ask(text, { sql: IS_TLS, variables })),
            );
            assert(theirs !== undefined && own !== undefined);
            seen[`${root} ${host} ${mode}`] = verdict(own);
            if (verdict(theirs) !== verdict(own)) {
              differences.push(`${root} ${host} ${mode}: ${JSON.stringify({ theirs, own })}`);
            }
          }
        }
      }
      assertEquals(differences, []);
      // Both could agree by always failing.
      assertEquals(seen[" localhost require"], certificate === null ? "fails" : "tls");
      assertEquals(
        seen["root.crt localhost verify-full"],
        ["good", "by-name"].includes(certificate ?? "") ? "tls" : "fails",
      );
      assertEquals(seen["root.crt 127.0.0.1 verify-full"], certificate === "good" ? "tls" : "fails");
    });
  }

  await t.step("explains an invalid certificate", async () => {
    const full = `sslmode=verify-full sslrootcert=${certificates.path("root.crt")}`;
    for (
      const [certificate, words] of [
        ["wrong-host", 'is for db.example, *.example.org, not for "localhost"'],
        ["expired", "has expired"],
        ["foreign", "signed by none of the root certificates"],
        [null, "does not support it: set ssl = on there"],
      ] as const
    ) {
      await useCertificate(primary, certificates, certificate);
      assertStringIncludes(await errorOf(full), words);
    }
    await useCertificate(primary, certificates, "good");
    assertStringIncludes(await errorOf("sslmode=verify-full"), "needs root certificates");
    assertStringIncludes(
      await errorOf("sslmode=require sslrootcert=/nowhere.crt"),
      "/nowhere.crt cannot be read",
    );
    assertStringIncludes(await errorOf("sslrootcert=system"), "signed by none of the root certificates");
  });

  await t.step("default files in the home directory are used as in libpq", async () => {
    const directory = certificates.path("home/.postgresql");
    await Deno.mkdir(directory);
    await Deno.copyFile(certificates.path("other.crt"), `${directory}/root.crt`);
    for (const mode of ["prefer", "require", "verify-ca"]) {
      const text = dsn(`sslmode=${mode}`);
      const [theirs, own] = [
        await askPsql(text, { sql: IS_TLS, variables }),
        await askOurs(text, { sql: IS_TLS, variables }),
      ];
      assertEquals([mode, verdict(own)], [mode, verdict(theirs)]);
    }
    await Deno.remove(directory, { recursive: true });
  });

  await t.step("allow and prefer fall back when the server rejects the first way", async () => {
    for (const user of ["onlytls", "onlyplain"]) {
      for (const mode of MODES.slice(0, 4)) {
        const text = dsn(`sslmode=${mode}`, { user });
        const [theirs, own] = [
          await askPsql(text, { sql: IS_TLS, variables }),
          await askOurs(text, { sql: IS_TLS, variables }),
        ];
        assertEquals([user, mode, verdict(own)], [user, mode, verdict(theirs)]);
      }
    }
  });

  await t.step("logs in with a client certificate, also with an encrypted key", async () => {
    const by = (cert: string, key: string, rest = "") =>
      `sslmode=require sslcert=${certificates.path(cert)} sslkey=${certificates.path(key)} ${rest}`;
    const to = { user: "bycert" };
    assertEquals(await ours(by("client.crt", "client.key"), to), { answer: "t" });
    assertEquals(await ours(by("client.crt", "client-locked.key", "sslpassword=canary-phrase"), to), {
      answer: "t",
    });
    assertStringIncludes(await errorOf(by("client.crt", "client-locked.key"), to), "give its passphrase");
    const wrong = await errorOf(by("client.crt", "client-locked.key", "sslpassword=canary-wrong"), to);
    assertStringIncludes(wrong, "cannot be decrypted");
    assertFalse(wrong.includes("canary"));
    assertStringIncludes(await errorOf("sslmode=require", to), "client certificate");
    assertStringIncludes(
      await errorOf(by("client.crt", "client.key", "sslcertmode=disable"), to),
      "certificate",
    );
    assertStringIncludes(
      await errorOf(by("client-of-other.crt", "client-of-other.key"), to),
      "accept our client certificate",
    );
    // A mismatched pair ended the whole program with Deno 2.6.
    assertStringIncludes(await errorOf(by("client.crt", "client-of-other.key"), to), "is not the key");
    await Deno.chmod(certificates.path("client.key"), 0o644);
    assertStringIncludes(await errorOf(by("client.crt", "client.key"), to), "run chmod 0600");
    await Deno.chmod(certificates.path("client.key"), 0o600);
    assertStringIncludes(await errorOf(by("client.crt", "none.key"), to), "not its private key");
  });

  await t.step("binds the login to TLS when required, and refuses a weaker one", async () => {
    assertEquals(await ours("channel_binding=require sslmode=require"), { answer: "t" });
    assertEquals(await ours("channel_binding=disable sslmode=require"), { answer: "t" });
    assertStringIncludes(await errorOf("channel_binding=require sslmode=allow"), "this connection has none");
    for (const user of ["bymd5", "byclear"]) {
      assertStringIncludes(await errorOf("channel_binding=require sslmode=require", { user }), "needs SCRAM");
    }
    assertStringIncludes(
      await errorOf("channel_binding=require sslmode=require", { user: "bytrust" }),
      "accepted a login without it",
    );
    for (const mode of ["allow", "require"]) {
      for (const user of ["monitor", "bymd5", "byclear", "bytrust"]) {
        const text = dsn(`channel_binding=require sslmode=${mode}`, { user });
        const [theirs, own] = [
          await askPsql(text, { sql: IS_TLS, variables }),
          await askOurs(text, { sql: IS_TLS, variables }),
        ];
        assertEquals([user, mode, verdict(own)], [user, mode, verdict(theirs)]);
      }
    }
  });

  await t.step(
    "logs in with SCRAM, MD5, password and trust, and only as require_auth allows",
    async () => {
      const methods = { monitor: "scram-sha-256", bymd5: "md5", byclear: "password", bytrust: "none" };
      for (const [user, method] of Object.entries(methods)) {
        assertEquals(await ours("sslmode=disable", { user }), { answer: "f" }, user);
        assertEquals(await ours(`sslmode=disable require_auth=${method}`, { user }), { answer: "f" }, user);
        assertStringIncludes(await errorOf(`require_auth=!${method}`, { user }), "require_auth allows", user);
        const others = Object.values(methods).filter((other) => other !== method).join(",");
        assertStringIncludes(await errorOf(`require_auth=${others}`, { user }), "require_auth allows", user);
      }
    },
  );

  await t.step("uses the configured version of TLS", async () => {
    const version = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    const ask = (rest: string) => askOurs(dsn(`sslmode=require ${rest}`), { sql: version, variables });
    if (typeof TLSSocket.prototype.getProtocol !== "function") {
      // Deno 2.6 ignores the versions and does not report the one in use, so the exporter refuses.
      assertStringIncludes(
        await errorOf("sslmode=require ssl_max_protocol_version=TLSv1.2"),
        "needs a program built with Deno 2.9",
      );
      return;
    }
    assertEquals(await ask("ssl_max_protocol_version=TLSv1.2"), { answer: "TLSv1.2" });
    assertEquals(await ask("ssl_min_protocol_version=TLSv1.3 sslsni=0"), { answer: "TLSv1.3" });
    await primary.sql("ALTER SYSTEM SET ssl_max_protocol_version = 'TLSv1.2'");
    await reload(primary);
    assertStringIncludes(
      await errorOf("sslmode=require ssl_min_protocol_version=TLSv1.3"),
      "no version of TLS",
    );
    await primary.set("ssl_max_protocol_version", null);
  });

  await t.step("verifies the host name although hostaddr is set", async () => {
    const root = `sslmode=verify-full sslrootcert=${certificates.path("root.crt")} hostaddr=127.0.0.1`;
    assertEquals(await ours(root, { host: "localhost" }), { answer: "t" });
    assertStringIncludes(await errorOf(root, { host: "other.example" }), 'not for "other.example"');
  });

  await t.step("a session over TLS answers a pipeline and detects when the server ends it", async () => {
    await withSession(await targetFor(dsn("sslmode=require"), variables), async (session, signal) => {
      const numbers = Array.from({ length: 50 }, (_, index) => index);
      const rows = await Promise.all(
        numbers.map((number) => session.query(`SELECT repeat('x', 5000) || ${number} AS v`, { signal })),
      );
      assertEquals(rows.map(([row]) => row?.v?.slice(5000)), numbers.map(String));
      const [row] = await session.query("SELECT pg_backend_pid() AS pid", { signal });
      await primary.sql(`SELECT pg_terminate_backend(${row?.pid})`);
      await until("the session to be closed", () => Promise.resolve(session.closed));
    });
  });
});

Deno.test(
  { name: "direct TLS, as in the real libpq of that version", ignore },
  async (t) => {
    await using certificates = await Certificates.make();
    await certificates.add("good", { name: "server", names: "DNS:localhost,IP:127.0.0.1" });
    await certificates.add("client", { name: "bycert" });
    const directory = certificates.path("socket");
    await Deno.mkdir(directory);
    await Deno.chmod(certificates.directory, 0o755);
    await Deno.chmod(directory, 0o777);
    await using cluster = await startCluster({
      standbys: 0,
      major: 18,
      settings: { unix_socket_directories: directory },
    });
    const { primary, passwords, binaries } = cluster;
    await Deno.writeTextFile(`${primary.dataDir}/pg_hba.conf`, ACCESS);
    await primary.sql("CREATE ROLE bycert LOGIN");
    await useCertificate(primary, certificates, "good");
    const root = `sslrootcert=${certificates.path("root.crt")}`;
    const dsn = (rest: string, host = "localhost") =>
      `host=${host} port=${primary.port} user=monitor dbname=postgres ${rest}`;
    // psql is from Debian, its libpq from the package of the server.
    const libraries = binaries.directory.replace(/bin$/, "lib");
    const both = async (text: string, set: Readonly<Record<string, string>> = {}) => {
      const variables = { HOME: directory, PGPASSWORD: passwords.monitor, ...set };
      const theirs = await askPsql(text, {
        sql: IS_TLS,
        variables: { ...variables, LD_LIBRARY_PATH: libraries },
      });
      const own = await askOurs(text, { sql: IS_TLS, variables });
      assertEquals(verdict(own), verdict(theirs), JSON.stringify({ text, theirs, own }));
      return {
        theirs: "error" in theirs ? theirs.error : "",
        own: "error" in own ? own.error : verdict(own),
      };
    };

    await t.step("every sslmode, by name, by address and over a socket: the same as psql", async () => {
      for (const host of ["localhost", "127.0.0.1", directory]) {
        for (const mode of MODES) {
          const isWeak = ["disable", "allow", "prefer"].includes(mode);
          const { theirs, own } = await both(dsn(`sslmode=${mode} sslnegotiation=direct ${root}`, host));
          if (isWeak) {
            assertStringIncludes(theirs, "sslmode");
            assertStringIncludes(own, "must be require, verify-ca or verify-full with sslnegotiation=direct");
          } else assertEquals(own, host === directory ? "plain" : "tls", `${host} ${mode}`);
        }
      }
      assertEquals((await both(dsn("sslmode=require"), { PGSSLNEGOTIATION: "direct" })).own, "tls");
      assertStringIncludes((await both(dsn(""), { PGSSLNEGOTIATION: "direct" })).own, "must be require");
    });

    await t.step("certificates of both sides and channel binding work as without direct TLS", async () => {
      const direct = "sslnegotiation=direct";
      assertEquals((await both(dsn(`${direct} sslmode=require channel_binding=require`))).own, "tls");
      const other = `${direct} sslmode=verify-full sslrootcert=${certificates.path("other.crt")}`;
      assertStringIncludes((await both(dsn(other))).own, "signed by none of the root certificates");
      const mine = `sslcert=${certificates.path("client.crt")} sslkey=${certificates.path("client.key")}`;
      const byCertificate = dsn(`${direct} sslmode=require ${mine}`).replace("user=monitor", "user=bycert");
      assertEquals((await both(byCertificate)).own, "tls");
    });

    await t.step("a session answers a pipeline", async () => {
      const target = await targetFor(dsn("sslmode=require sslnegotiation=direct"), {
        PGPASSWORD: passwords.monitor,
      });
      await withSession(target, async (session, signal) => {
        const rows = await Promise.all(
          Array.from(
            { length: 50 },
            (_, index) => session.query(`SELECT repeat('x', 5000) || ${index} AS v`, { signal }),
          ),
        );
        assertEquals(
          rows.map(([row]) => row?.v?.length),
          rows.map((_, index) => 5000 + String(index).length),
        );
      });
    });

    await t.step(
      "a server without direct TLS, or without TLS, is distinguished from a wrong password",
      async () => {
        await primary.sql("ALTER SYSTEM SET ssl = off");
        await reload(primary);
        const without = await both(dsn("sslmode=require sslnegotiation=direct"));
        assertStringIncludes(without.own, "needs PostgreSQL 17 or later with ssl = on");
        await using older = await startCluster({ standbys: 0, binaries: DEBIAN_15 });
        await useCertificate(older.primary, certificates, "good");
        const outcome = await askOurs(
          `host=localhost port=${older.primary.port} user=monitor dbname=postgres sslmode=require sslnegotiation=direct`,
          { sql: IS_TLS, variables: { PGPASSWORD: older.passwords.monitor } },
        );
        assert("error" in outcome);
        assertStringIncludes(outcome.error, "needs PostgreSQL 17 or later with ssl = on");
      },
    );
  },
);
