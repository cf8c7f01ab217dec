import {
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import fc from "fast-check";
import type { ServerConfig } from "../../src/config/config.ts";
import { ConfigError } from "../../src/config/config_error.ts";
import { readServerDefaults, readServers } from "../../src/config/servers.ts";
import { SettingReader } from "../../src/config/settings.ts";
import { sourcesOf } from "./sources.ts";
import { ANY_CHARACTER } from "../fixtures/any_character.ts";

async function read(
  servers: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<readonly ServerConfig[]> {
  const sources = sourcesOf({ environment, ...(servers.length > 0 ? { flags: { server: servers } } : {}) });
  const reader = new SettingReader(sources.settings);
  const defaults = await readServerDefaults(reader, sources);
  const { servers: read } = await readServers(reader, { ...sources, defaults });
  reader.finish();
  return read;
}

async function refusalOf(
  servers: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ConfigError> {
  return await assertRejects(() => read(servers, environment), ConfigError);
}

function describe({ name, target }: ServerConfig): string {
  return `${name}: ${target.user}/${
    target.password?.reveal() ?? ""
  }@${target.host}:${target.port}/${target.database}`;
}

Deno.test("readServers() reads --server in both forms of a connection string", async () => {
  const servers = await read([
    "primary=postgresql://monitor:a%40b@db1:5433/app",
    "db2:5432=host=db2 user=monitor password='a b'",
    " standby =postgres://monitor@[::1]/",
  ]);
  assertEquals(servers.map(describe), [
    "primary: monitor/a@b@db1:5433/app",
    "db2:5432: monitor/a b@db2:5432/postgres",
    "standby: monitor/@::1:5432/postgres",
  ]);
});

Deno.test("readServers() takes defaults from POSTGRES_ variables first, then from libpq's", async () => {
  const environment = { POSTGRES_USER: "a", PGUSER: "b", PGPASSWORD: "c", PGDATABASE: "d", PGPORT: "6000" };
  assertEquals((await read(["x=host=h"], environment)).map(describe), ["x: a/c@h:6000/d"]);
  assertEquals((await read(["x=host=h user=u"], { ...environment, POSTGRES_PASSWORD: "e" })).map(describe), [
    "x: u/e@h:6000/d",
  ]);
});

Deno.test("readServers() reads the classic variables, and --server instead of them", async () => {
  const environment = {
    PRIMARY_HOST: "a",
    STANDBY_HOST: "b,c",
    STANDBY_PORT: "1,2",
    POSTGRES_USER: "u",
    POSTGRES_PASSWORD: "p",
    POSTGRES_DB: "d",
    PGPORT: "9",
  };
  assertEquals((await read([], environment)).map(describe), [
    "primary: u/p@a:5432/d",
    "standby: u/p@b:1/d",
    "standby2: u/p@c:2/d",
  ]);
  assertEquals((await read(["x=host=h port=3"], environment)).map(describe), ["x: u/p@h:3/d"]);
});

Deno.test("readServers() shows an example when there is no server", async () => {
  const error = await refusalOf([]);
  assertEquals(error.problems, ["No server to watch is configured"]);
  assertStringIncludes(error.advice, "--server primary=postgresql://");
});

Deno.test("readServers() names the server of every problem", async () => {
  const error = await refusalOf(["a=host=h port=x user=u", "b=host=h sslmoode=x", "c=host=h"]);
  assertEquals(error.problems.length, 3);
  assertStringIncludes(error.problems[0] ?? "", '--server: Server "b": ');
  assertStringIncludes(error.problems[0] ?? "", 'did you mean "sslmode"?');
  assertStringIncludes(error.problems[1] ?? "", 'Server "a" (--server a): "port"');
  assertStringIncludes(error.problems[2] ?? "", 'Server "c" (--server c): no user is given');
});

Deno.test("readServers() names the variable of a problem, but no source of the server's own values", async () => {
  const error = await refusalOf(["a=host=h user=u sslmode=no", "b=host=h user=u port=1"], {
    PGSSLMODE: "hunter2",
    PGSSLCRL: "/hunter2",
  });
  assertEquals(error.problems.map((problem) => problem.split(" must ")[0]?.split(" is ")[0]), [
    'Server "a" (--server a): "sslcrl" (PGSSLCRL)',
    'Server "a" (--server a): "sslmode"',
    'Server "b" (--server b): "sslcrl" (PGSSLCRL)',
    'Server "b" (--server b): "sslmode" (PGSSLMODE)',
  ]);
  assertFalse(error.message.includes("hunter2"), error.message);
});

Deno.test("readServers() rejects a connection string without a name and a name without one", async () => {
  const texts = [
    "postgresql://u:hunter2@h/db?sslmode=require",
    "host=h user=u password=hunter2",
    "primary",
    "a b=host=h",
  ];
  for (const text of texts) {
    const { message } = await refusalOf([text]);
    assertStringIncludes(message, "expected NAME=DSN", text);
    assertFalse(message.includes("hunter2"), message);
  }
});

Deno.test("readServers() rejects one name for two servers and two names for one", async () => {
  const sameName = await refusalOf(["a=host=h user=u", "a=host=i user=u"]);
  assertStringIncludes(sameName.message, 'Two servers are named "a"');
  const sameServer = await refusalOf(["a=host=H user=u", "b=postgresql://v@h:5432/postgres"]);
  assertStringIncludes(sameServer.message, '"a" and "b" are the same server, h:5432/postgres');
  // Behind pgbouncer the database names the server.
  assertEquals((await read(["a=host=h user=u dbname=p", "b=host=h user=u dbname=s"])).length, 2);
});

Deno.test("readServers() reports problems of the environment", async () => {
  const error = await refusalOf(["a=host=h user=u"], { POSTGRES_PASSWORD_FILE: "/none" });
  assertStringIncludes(error.message, 'Environment: Cannot read POSTGRES_PASSWORD_FILE "/none"');
});

Deno.test("readServers() returns the source of each parameter", async () => {
  const sources = sourcesOf({
    flags: { server: ["a=host=h sslmode=require", "b=host=i password=x user=c"] },
    environment: { PGUSER: "u", PGPORT: "6000", PGHOSTADDR: "10.0.0.1", POSTGRES_PASSWORD: "p" },
  });
  const reader = new SettingReader(sources.settings);
  const defaults = await readServerDefaults(reader, sources);
  const { parameters } = await readServers(reader, { ...sources, defaults });
  const of = (name: string) =>
    Object.fromEntries([...parameters.get(name) ?? []].map(([keyword, { source }]) => [keyword, source]));
  assertEquals(of("a"), {
    host: "DSN in --server",
    port: "PGPORT",
    user: "PGUSER",
    password: "POSTGRES_PASSWORD",
    sslmode: "DSN in --server",
  });
  assertEquals([of("b").user, of("b").password], ["DSN in --server", "DSN in --server"]);
});

Deno.test("readServers() never crashes on hostile text, and never shows it", async () => {
  const secret = fc.string({ unit: fc.constantFrom(..."QXZJ"), minLength: 4, maxLength: 8 });
  const frame = fc.constantFrom<(s: string, t: string) => string>(
    (s, t) => `a=postgresql://u:${s}${t}@h/d`,
    (s, t) => `a=password=${s}${t}${s} host=h`,
    (s, t) => `${t}postgres://u:${s}@h`,
    (s, t) => `${t}password=${s}`,
    (s, t) => `a=${t}${s}`,
  );
  await fc.assert(
    fc.asyncProperty(secret, fc.string({ unit: ANY_CHARACTER, maxLength: 8 }), frame, async (s, t, write) => {
      const error = await read([write(s, t)]).then(() => null, (reason: unknown) => reason);
      if (error === null) return;
      assertInstanceOf(error, ConfigError);
      assertFalse(`${error.message} ${error.advice}`.includes(s), error.message);
    }),
    { numRuns: 500 },
  );
});
