import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { askOurs, askPsql, hasPsql, targetFor, withSession } from "./both_libpq.ts";
import { DEBIAN_15, isInstalled, reasonToSkip } from "./support.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15) || !hasPsql();
const PORT = "SELECT current_setting('port')";

Deno.test(
  { name: "several hosts, sockets, password files and services: as in the real libpq", ignore },
  async (t) => {
    const directory = await Deno.makeTempDir({ prefix: "pgrepl-libpq-" });
    await Deno.chmod(directory, 0o777);
    try {
      await using cluster = await startCluster({
        standbys: 1,
        binaries: DEBIAN_15,
        settings: { unix_socket_directories: directory },
      });
      const { primary } = cluster;
      const standby = cluster.server("standby");
      const closed = 1; // nobody listens there, and nobody can begin to meanwhile
      const secret = cluster.passwords.monitor;
      const variables = { HOME: directory, PGPASSWORD: secret };

      /** Both must return the same answer, or both fail; ours is returned. */
      const both = async (dsn: string, set: Readonly<Record<string, string>> = variables) => {
        const [theirs, own] = [
          await askPsql(`${dsn}`, { sql: PORT, variables: set }),
          await askOurs(dsn, { sql: PORT, variables: set }),
        ];
        assertEquals("answer" in own ? own.answer : null, "answer" in theirs ? theirs.answer : null, dsn);
        return "answer" in own ? own.answer : own.error;
      };
      const name = (port: number) => String(port);
      const hosts = (ports: readonly number[], rest = "") =>
        `host=${
          ports.map(() => "127.0.0.1").join()
        } port=${ports.join()} user=monitor dbname=postgres ${rest}`;

      await t.step("hosts are tried in order", async () => {
        assertEquals(await both(hosts([closed, primary.port])), name(primary.port));
        assertEquals(await both(hosts([standby.port, primary.port])), name(standby.port));
        const uri = `postgresql://monitor@127.0.0.1:${closed},localhost:${standby.port}/postgres`;
        assertEquals(await both(uri), name(standby.port));
        assertEquals(
          await both(`host=no-such-host.invalid,127.0.0.1 port=${primary.port} user=monitor dbname=postgres`),
          name(primary.port),
        );
        assertStringIncludes(await both(hosts([closed, closed])), "none of its 2 hosts is usable");
      });

      await t.step("a rejected login ends the search", async () => {
        const dsn = `${hosts([primary.port, standby.port])} password=canary-wrong`;
        const said = await both(dsn);
        assertStringIncludes(said, "28P01");
        assertFalse(said.includes("canary"));
      });

      await t.step("target_session_attrs selects the host", async () => {
        const all = [standby.port, primary.port];
        const of = (attributes: string, ports = all) =>
          both(hosts(ports, `target_session_attrs=${attributes}`));
        assertEquals(await of("any"), name(standby.port));
        for (const wanted of ["primary", "read-write"]) {
          assertEquals(await of(wanted), name(primary.port), wanted);
        }
        for (const wanted of ["standby", "read-only", "prefer-standby"]) {
          assertEquals(await of(wanted, [...all].reverse()), name(standby.port), wanted);
        }
        assertEquals(await of("prefer-standby", [primary.port, closed]), name(primary.port));
        assertStringIncludes(await of("primary", [standby.port]), "it is a standby");
        assertStringIncludes(await of("standby", [primary.port]), "it is not a standby");
        const target = await targetFor(hosts(all, "target_session_attrs=read-write"), variables);
        await withSession(target, async (session, signal) => {
          assertEquals(session.endpoint?.port, primary.port);
          const [row] = await session.query("SHOW default_transaction_read_only", { signal });
          assertEquals(
            row?.default_transaction_read_only,
            "on",
            "the session is read-only, whatever is required of the host",
          );
        });
      });

      await t.step("all hosts are found in random order", async () => {
        const target = await targetFor(
          hosts([primary.port, standby.port], "load_balance_hosts=random"),
          variables,
        );
        const seen = new Set<number>();
        for (let tries = 0; tries < 40 && seen.size < 2; tries++) {
          await withSession(target, (session) => Promise.resolve(seen.add(session.endpoint?.port ?? 0)));
        }
        assertEquals(seen, new Set([primary.port, standby.port]));
      });

      await t.step("sockets, and peer authentication", async () => {
        const dsn = `host=${directory} port=${primary.port} user=monitor dbname=postgres`;
        assertEquals(await both(dsn), name(primary.port));
        assertEquals(await both(`${dsn} sslmode=verify-full sslrootcert=/nowhere`), name(primary.port));
        const uri = `postgresql://monitor@${encodeURIComponent(directory)}:${primary.port}/postgres`;
        assertEquals(await both(uri), name(primary.port));
        assertStringIncludes(await both(dsn.replace(String(primary.port), String(closed))), "no such socket");
        assertStringIncludes(await both(`${dsn} channel_binding=require`), "this connection has none");
        const user = new TextDecoder().decode(
          (await new Deno.Command("id", { args: ["-un"] }).output()).stdout,
        );
        const access = `${primary.dataDir}/pg_hba.conf`;
        const before = await Deno.readTextFile(access);
        await primary.sql(`CREATE ROLE "${user.trim()}" LOGIN IN ROLE pg_monitor`);
        await Deno.writeTextFile(access, `local all "${user.trim()}" peer\n${before}`);
        await primary.sql("SELECT pg_reload_conf()");
        const peer = dsn.replace("monitor", user.trim());
        await cluster.until("peer authentication", async () => {
          return "answer" in await askPsql(peer, { sql: PORT, variables: { HOME: directory } });
        });
        assertEquals(await both(peer, { HOME: directory }), name(primary.port));
      });

      await t.step("IPv6 literals and percent escapes are parsed", async () => {
        const uri =
          `postgresql://mon%69tor@[::1]:${closed},127.0.0.1:${primary.port}/post%67res?application_name=a%20b`;
        assertEquals(await both(uri), name(primary.port));
      });

      await t.step("password files", async () => {
        const passFile = `${directory}/.pgpass`;
        const dsn = `host=127.0.0.1 port=${primary.port} user=monitor dbname=postgres`;
        const write = async (text: string, mode = 0o600) => {
          await Deno.writeTextFile(passFile, text);
          await Deno.chmod(passFile, mode);
        };
        const odd = "pass:word\\with *odd*#characters";
        await primary.sql(`CREATE ROLE "odd:na\\me" LOGIN PASSWORD '${odd}'`);
        await cluster.untilCaughtUp();
        const oddDsn = `host=127.0.0.1 port=${primary.port} user='odd:na\\\\me' dbname=postgres`;
        const home = { HOME: directory };
        const cases: readonly (readonly [string, string, boolean])[] = [
          [`127.0.0.1:${primary.port}:postgres:monitor:${secret}`, dsn, true],
          [`*:*:*:*:${secret}`, dsn, true],
          [`# a comment\n\nother:*:*:*:canary-no\n*:*:*:monitor:${secret}\r\n`, dsn, true],
          [`*:*:*:monitor:canary-first\n*:*:*:monitor:${secret}`, dsn, false],
          [`*:1:*:*:${secret}`, dsn, false],
          [`127*:*:*:*:${secret}`, dsn, false],
          [`\\*:*:*:*:${secret}`, dsn, false],
          [`*:*:*:*:${secret}:trailing`, dsn, true],
          [`*:*:*:${secret}`, dsn, false],
          [`*:*:*:mon\\itor:${secret}`, dsn, true],
          [`*:*:*:odd\\:na\\\\me:pass\\:word\\\\with *odd*#characters`, oddDsn, true],
          [`*:*:*:odd\\:na\\\\me:pass:word\\\\with *odd*#characters`, oddDsn, false],
          [` *:*:*:*:${secret}`, dsn, false],
          [`localhost:*:*:*:${secret}`, dsn, false],
          [`${directory}:*:*:*:${secret}`, dsn.replace("127.0.0.1", directory), true],
          [`localhost:*:*:*:${secret}`, dsn.replace("127.0.0.1", directory), false],
        ];
        for (const [text, to, isLetIn] of cases) {
          await write(text);
          const said = await both(to, home);
          assertEquals(said === name(primary.port), isLetIn, `${text.replaceAll(secret, "SECRET")}: ${said}`);
          assertFalse(said.includes("canary") || said.includes(secret));
        }
        await write(`*:*:*:*:${secret}`, 0o640);
        assertStringIncludes(
          await both(dsn, home),
          `others may read it (mode 0640): run chmod 0600 ${passFile}`,
        );
        await write(`other:*:*:*:${secret}`);
        assertStringIncludes(await both(dsn, home), `no line of ${passFile} is for host 127.0.0.1`);
        await Deno.rename(passFile, `${directory}/elsewhere`);
        assertStringIncludes(await both(dsn, home), `there is no password file ${passFile} either`);
        await Deno.writeTextFile(`${directory}/elsewhere`, `*:*:*:*:${secret}`);
        assertEquals(await both(`${dsn} passfile=${directory}/elsewhere`, home), name(primary.port));
        assertEquals(await both(dsn, { ...home, PGPASSFILE: `${directory}/elsewhere` }), name(primary.port));
        // Each host has its own line.
        await write(`127.0.0.1:${closed}:*:*:canary-no\n127.0.0.1:${standby.port}:*:*:${secret}`);
        assertEquals(await both(hosts([closed, standby.port]), home), name(standby.port));
        await Deno.remove(passFile);
      });

      await t.step("a changed password file is read again", async () => {
        const path = `${directory}/password`;
        await Deno.writeTextFile(path, "canary-old\n");
        const target = await targetFor(`host=127.0.0.1 port=${primary.port} dbname=postgres`, {
          POSTGRES_USER: "monitor",
          POSTGRES_PASSWORD_FILE: path,
        });
        const attempt = () =>
          withSession(target, () => Promise.resolve("in")).catch((error: Error) => error.message);
        assertStringIncludes(await attempt(), `it is in ${path}`);
        await Deno.writeTextFile(path, `${secret}\n`);
        assertEquals(await attempt(), "in");
      });

      await t.step("services", async () => {
        const login =
          `host=127.0.0.1\nport=${primary.port}\nuser=monitor\npassword=${secret}\ndbname=postgres\n`;
        const file = `${directory}/.pg_service.conf`;
        const system = { ...variables, PGSYSCONFDIR: `${directory}/etc` };
        await Deno.mkdir(`${directory}/etc`);
        await Deno.writeTextFile(
          `${directory}/etc/pg_service.conf`,
          `[both]\nhost=nowhere.invalid\n[system]\n${login}`,
        );
        await Deno.writeTextFile(
          file,
          `# services\n[other]\nport=1\n\n  [both]\n# comment\n  ${login}port=1\n[both]\nport=2\n[broken]\n${login}nonsense=1\n` +
            `[nested]\nservice=both\n[blank]\nport = 1\n[bare]\nport\n`,
        );
        assertEquals(await both("service=both", system), name(primary.port));
        assertEquals(await both("service=system", system), name(primary.port));
        assertEquals(await both("dbname=postgres", { ...system, PGSERVICE: "both" }), name(primary.port));
        assertEquals(await both(`service=both port=${standby.port}`, system), name(standby.port));
        assertEquals(await both("postgresql://?service=both", system), name(primary.port));
        const elsewhere = { ...variables, PGSERVICEFILE: `${directory}/elsewhere.conf` };
        await Deno.rename(file, elsewhere.PGSERVICEFILE);
        assertEquals(await both("service=both", elsewhere), name(primary.port));
        for (
          const [service, words] of [
            ["broken", "elsewhere.conf:21 has an unknown keyword"],
            ["nested", 'elsewhere.conf:23 has "service"'],
            ["blank", 'no spaces are allowed around "="'],
            ["bare", 'has no "="'],
            ["missing", "no section [missing] in"],
          ] as const
        ) {
          const said = await both(`service=${service}`, elsewhere);
          assertStringIncludes(said, words);
          assert(!said.includes(secret));
        }
      });

      await t.step("after a promotion the other host is the primary", async () => {
        const dsn = hosts([primary.port, standby.port], "target_session_attrs=primary");
        assertEquals(await both(dsn), name(primary.port));
        const [old] = [primary];
        await cluster.faults.promote(standby);
        await old.stop("fast");
        assertEquals(await both(dsn), name(standby.port));
      });
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);
