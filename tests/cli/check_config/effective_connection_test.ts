import { assertEquals } from "@std/assert";
import { effectiveConnection } from "../../../src/cli/check_config/effective_connection.ts";
import { completeParameters, readConnectionDefaults } from "../../../src/config/connection_defaults.ts";
import { fromSource, mergeParameters } from "../../../src/config/connection_parameters.ts";
import { resolveTarget } from "../../../src/config/connection_target.ts";
import { parseConninfo } from "../../../src/config/conninfo.ts";
import { endpointsOf } from "../../../src/postgres/host_choice.ts";
import type { FileFacts } from "../../../src/postgres/private_file.ts";

type Texts = Readonly<Record<string, string>>;

/** Value and source by keyword, for a connection string, environment and files. */
async function effective(
  dsn: string,
  { environment = {}, files = {}, isOfProbe = false, mode = 0o600 }: {
    readonly environment?: Texts;
    readonly files?: Texts;
    readonly isOfProbe?: boolean;
    readonly mode?: number;
  } = {},
): Promise<Readonly<Record<string, string>>> {
  const sources = {
    environment: (name: string) => environment[name],
    readTextFile: (path: string) =>
      files[path] === undefined
        ? Promise.reject(new Deno.errors.NotFound("no such file"))
        : Promise.resolve(files[path]),
  };
  const own = await completeParameters(fromSource(parseConninfo(dsn), "DSN"), { ...sources, name: "main" });
  const parameters = mergeParameters(own, await readConnectionDefaults(sources));
  const target = resolveTarget(parameters);
  const rows = await effectiveConnection(target, {
    readTextFile: sources.readTextFile,
    readFacts: (path): Promise<FileFacts | null> =>
      Promise.resolve(files[path] === undefined ? null : { isFile: true, mode, isOfRoot: false }),
    parameters,
    endpoints: isOfProbe ? [] : endpointsOf(target),
  });
  const shown: Record<string, string> = {};
  for (const { name, value, source } of rows) {
    const text = `${value ?? "-"} | ${source}`;
    shown[name] = name in shown ? `${shown[name]} || ${text}` : text;
  }
  return shown;
}

Deno.test("effectiveConnection() lists every parameter and its source when only a user is given", async () => {
  assertEquals(await effective("user=u"), {
    host: "localhost | default",
    port: "5432 | default",
    dbname: "postgres | default",
    user: "u | DSN",
    password: "- | default",
    sslmode: "prefer | default",
    sslnegotiation: "postgres | default",
    sslrootcert: "- | default",
    sslcert: "- | default",
    sslkey: "- | default",
    sslpassword: "- | default",
    sslcertmode: "allow | default",
    sslsni: "1 | default",
    ssl_min_protocol_version: "TLSv1.2 | default",
    ssl_max_protocol_version: "- | default",
    channel_binding: "prefer | default",
    require_auth: "- | default",
    target_session_attrs: "any | default",
    load_balance_hosts: "disable | default",
    connect_timeout: "0 | default",
    application_name: "pg-replication-exporter | default",
    options: "- | default",
  });
});

Deno.test("effectiveConnection() follows the precedence: connection string, service, POSTGRES_*, PG*, default", async () => {
  const shown = await effective("service=s sslmode=verify-ca sslpassword=canary", {
    environment: {
      HOME: "/h",
      POSTGRES_USER: "p",
      PGUSER: "x",
      PGDATABASE: "app",
      PGSSLMODE: "disable",
      PGPORT: "1",
      PGHOSTADDR: "10.0.0.1",
      PGREQUIREAUTH: "!password",
      PGSSLNEGOTIATION: "direct",
      PGCHANNELBINDING: "require",
    },
    files: {
      "/h/.pg_service.conf":
        "[s]\nhost=db1,db2\nport=6432\nsslmode=require\noptions=-c a.b=c\nconnect_timeout=3\n",
      "/h/.postgresql/root.crt": "",
    },
  });
  const service = "service file /h/.pg_service.conf [s]";
  const { host, hostaddr, port, user, dbname, sslmode, sslrootcert, sslpassword } = shown;
  assertEquals([host, port, user, dbname], [
    `db1,db2 | ${service}`,
    `6432 | ${service}`,
    "p | POSTGRES_USER",
    "app | PGDATABASE",
  ]);
  // PGHOSTADDR would lead to another host.
  assertEquals(hostaddr, undefined);
  assertEquals([sslmode, sslrootcert, sslpassword], [
    "verify-ca | DSN",
    "/h/.postgresql/root.crt | default",
    "*** | DSN",
  ]);
  assertEquals([shown.service, shown.options, shown.connect_timeout], [
    "s | DSN",
    `-c a.b=c | ${service}`,
    `3 | ${service}`,
  ]);
  assertEquals([shown.require_auth, shown.sslnegotiation, shown.channel_binding], [
    "md5,scram-sha-256,none | PGREQUIREAUTH",
    "direct | PGSSLNEGOTIATION",
    "require | PGCHANNELBINDING",
  ]);
});

Deno.test("effectiveConnection() shows whether there is a password and its source, never the password", async () => {
  const password = async (dsn: string, options: Parameters<typeof effective>[1] = {}) =>
    (await effective(`user=u ${dsn}`, options)).password;
  assertEquals(await password("password=canary"), "*** | DSN");
  assertEquals(await password("", { environment: { PGPASSWORD: "canary" } }), "*** | PGPASSWORD");
  const files = { "/p": "canary", "/c/main.password": "canary", "/c/postgres_password": "canary" };
  assertEquals(
    await password("", { environment: { POSTGRES_PASSWORD_FILE: "/p" }, files }),
    "*** | POSTGRES_PASSWORD_FILE (/p)",
  );
  assertEquals(
    await password("", { environment: { CREDENTIALS_DIRECTORY: "/c" }, files }),
    "*** | systemd credential main.password (/c/main.password)",
  );
});

Deno.test("effectiveConnection() searches the password file for each host, as a login does", async () => {
  const files = { "/h/.pgpass": "# all\ndb1:*:*:*:canary\n*:6000:*:*:canary\n" };
  const environment = { HOME: "/h" };
  const of = async (dsn: string, options = {}) => {
    const { password, passfile } = await effective(`user=u ${dsn}`, { environment, files, ...options });
    assertEquals(passfile, "/h/.pgpass | default");
    return password;
  };
  const file = "password file /h/.pgpass";
  assertEquals(await of("host=db1"), `*** | ${file} line 2`);
  assertEquals(await of("host=db2,db3 port=6000"), `*** | ${file} line 3`);
  assertEquals(
    await of("host=db1,db2 port=5432,6000"),
    `*** | ${file} line 2, for db1:5432 || *** | ${file} line 3, for db2:6000`,
  );
  assertEquals(
    await of("host=db2"),
    "- | no line of /h/.pgpass is for host db2, port 5432, database postgres, role u",
  );
  assertEquals(
    await of("host=db1", { mode: 0o644 }),
    `- | ${file} is ignored, others may read it (mode 0644): run chmod 0600 /h/.pgpass`,
  );
  assertEquals(await of("", { isOfProbe: true }), `- | the line of ${file} for each host`);
});

Deno.test("effectiveConnection() omits the host for /probe, and hides logins in other parameters", async () => {
  const shown = await effective("user=u application_name=postgres://u:canary@h/d", { isOfProbe: true });
  assertEquals(["host" in shown, "port" in shown], [false, false]);
  assertEquals(shown.application_name, "postgres://***@h/d | DSN");
});
