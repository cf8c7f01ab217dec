import { assertEquals, assertRejects } from "@std/assert";
import { completeParameters, readConnectionDefaults } from "../../src/config/connection_defaults.ts";
import { type ConnectionParameters, fromSource } from "../../src/config/connection_parameters.ts";

/** An environment and files. */
function sources(
  variables: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
) {
  return {
    environment: (name: string) => variables[name],
    readTextFile: (path: string) =>
      files[path] === undefined
        ? Promise.reject(new Deno.errors.NotFound("no such file"))
        : Promise.resolve(files[path]),
  };
}

function valuesOf(parameters: ConnectionParameters): Readonly<Record<string, string>> {
  return Object.fromEntries([...parameters].map(([keyword, { value }]) => [keyword, value]));
}

function sourcesIn(parameters: ConnectionParameters): Readonly<Record<string, string>> {
  return Object.fromEntries([...parameters].map(([keyword, { source }]) => [keyword, source]));
}

async function defaults(
  variables: Readonly<Record<string, string>>,
  files?: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  return valuesOf(await readConnectionDefaults(sources(variables, files)));
}

async function complete(
  parameters: Readonly<Record<string, string>>,
  { variables = {}, files = {} }: {
    variables?: Readonly<Record<string, string>>;
    files?: Readonly<Record<string, string>>;
  } = {},
): Promise<Readonly<Record<string, string>>> {
  const given = fromSource(Object.entries(parameters), "DSN");
  const { service: _, servicefile: __, ...completed } = valuesOf(
    await completeParameters(given, { ...sources(variables, files), name: "main" }),
  );
  return completed;
}

Deno.test("readConnectionDefaults() prefers POSTGRES_* to PG*, and finds libpq's files", async () => {
  assertEquals(await defaults({}), {});
  assertEquals(await defaults({ PGUSER: "a", POSTGRES_USER: "b", PGSSLMODE: "require", HOME: "/h" }), {
    user: "b",
    sslmode: "require",
    passfile: "/h/.pgpass",
    "certificate directory": "/h/.postgresql",
  });
  assertEquals(await defaults({ APPDATA: "C:/r" }), {
    passfile: "C:/r/postgresql/pgpass.conf",
    "certificate directory": "C:/r/postgresql",
  });
  assertEquals((await defaults({ HOME: "/h", PGPASSFILE: "/p" })).passfile, "/p");
});

Deno.test("readConnectionDefaults() keeps the path of a password file, which is read again for every login", async () => {
  assertEquals(await defaults({ POSTGRES_PASSWORD_FILE: "/p", PGPASSWORD: "x" }, { "/p": "s" }), {
    password_file: "/p",
  });
  await assertRejects(
    () => defaults({ POSTGRES_PASSWORD_FILE: "/none" }),
    SyntaxError,
    "POSTGRES_PASSWORD_FILE",
  );
});

Deno.test("systemd credentials are found by name: for all servers, and for one", async () => {
  const variables = { CREDENTIALS_DIRECTORY: "/c" };
  const files = { "/c/postgres_password": "all", "/c/main.password": "own" };
  assertEquals(await defaults(variables, files), { password_file: "/c/postgres_password" });
  assertEquals(await defaults({ ...variables, POSTGRES_PASSWORD: "x" }, files), { password: "x" });
  assertEquals(await complete({ user: "a" }, { variables, files }), {
    user: "a",
    password_file: "/c/main.password",
  });
  assertEquals(await complete({ password: "a" }, { variables, files }), { password: "a" });
});

Deno.test("completeParameters() adds the parameters of the service, after those of the connection string", async () => {
  const files = { "/h/.pg_service.conf": "[s]\nhost=h\nhostaddr=10.0.0.1\nport=1\nuser=\n" };
  const variables = { HOME: "/h" };
  assertEquals(await complete({ service: "s", port: "2" }, { variables, files }), {
    host: "h",
    hostaddr: "10.0.0.1",
    port: "2",
  });
  assertEquals(await complete({ service: "s", host: "other" }, { variables, files }), {
    host: "other",
    port: "1",
  });
  assertEquals(await complete({}, { variables: { ...variables, PGSERVICE: "s" }, files }), {
    host: "h",
    hostaddr: "10.0.0.1",
    port: "1",
  });
});

Deno.test("completeParameters() finds services where libpq does, in the user's file first", async () => {
  const files = {
    "/h/.pg_service.conf": "[s]\nport=1",
    "/etc/x/pg_service.conf": "[s]\nport=2\n[t]\nport=3",
    "/etc/postgresql-common/pg_service.conf": "[d]\nport=4",
    "/named": "[s]\nport=5",
  };
  const port = async (
    parameters: Readonly<Record<string, string>>,
    variables: Readonly<Record<string, string>>,
  ) => (await complete(parameters, { variables, files })).port;
  assertEquals(await port({ service: "s" }, { HOME: "/h", PGSYSCONFDIR: "/etc/x" }), "1");
  assertEquals(await port({ service: "t" }, { HOME: "/h", PGSYSCONFDIR: "/etc/x" }), "3");
  assertEquals(await port({ service: "d" }, { HOME: "/h" }), "4");
  assertEquals(await port({ service: "s" }, { HOME: "/h", PGSERVICEFILE: "/named" }), "5");
  assertEquals(await port({ service: "s", servicefile: "/named" }, { HOME: "/h" }), "5");
  await assertRejects(
    () => port({ service: "x" }, { HOME: "/h" }),
    SyntaxError,
    "no section [x] in /h/.pg_service",
  );
  await assertRejects(
    () => port({ service: "s" }, { PGSERVICEFILE: "/none" }),
    SyntaxError,
    'Cannot read service file "/none"',
  );
});

Deno.test("readConnectionDefaults() names the variable, credential or default of each value", async () => {
  const variables = { HOME: "/h", PGUSER: "a", POSTGRES_USER: "b", PGDATABASE: "c", PGSSLMODE: "require" };
  const common = {
    passfile: "default",
    "certificate directory": "default",
    user: "POSTGRES_USER",
    dbname: "PGDATABASE",
    sslmode: "PGSSLMODE",
  };
  const of = async (more: Readonly<Record<string, string>>) =>
    sourcesIn(
      await readConnectionDefaults(sources({ ...variables, ...more }, {
        "/p": "x",
        "/c/postgres_password": "y",
      })),
    );
  assertEquals(await of({ PGPASSWORD: "p" }), { ...common, password: "PGPASSWORD" });
  assertEquals(await of({ PGPASSWORD: "p", POSTGRES_PASSWORD: "q" }), {
    ...common,
    password: "POSTGRES_PASSWORD",
  });
  assertEquals(await of({ POSTGRES_PASSWORD_FILE: "/p", PGPASSWORD: "p", CREDENTIALS_DIRECTORY: "/c" }), {
    ...common,
    password_file: "POSTGRES_PASSWORD_FILE",
  });
  assertEquals(await of({ CREDENTIALS_DIRECTORY: "/c", PGPASSWORD: "p" }), {
    ...common,
    password_file: "systemd credential postgres_password",
  });
  assertEquals((await of({ PGPASSFILE: "/x" })).passfile, "PGPASSFILE");
});

Deno.test("completeParameters() keeps the service as the source of its values, and the source of the service", async () => {
  const files = {
    "/h/.pg_service.conf": "[s]\nhost=h\nport=1",
    "/f": "[s]\nport=2",
    "/c/main.password": "x",
  };
  const of = async (
    parameters: Readonly<Record<string, string>>,
    variables: Readonly<Record<string, string>>,
  ) =>
    sourcesIn(
      await completeParameters(fromSource(Object.entries(parameters), "DSN"), {
        ...sources({ HOME: "/h", ...variables }, files),
        name: "main",
      }),
    );
  assertEquals(await of({ service: "s", port: "2" }, {}), {
    host: "service file /h/.pg_service.conf [s]",
    port: "DSN",
    service: "DSN",
  });
  assertEquals(await of({}, { PGSERVICE: "s", PGSERVICEFILE: "/f", CREDENTIALS_DIRECTORY: "/c" }), {
    port: "service file /f [s]",
    service: "PGSERVICE",
    servicefile: "PGSERVICEFILE",
    password_file: "systemd credential main.password",
  });
  // Without a service nobody asks where services are.
  assertEquals(await of({ servicefile: "/f" }, {}), {});
});
