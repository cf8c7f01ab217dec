import { assertEquals, assertFalse, assertRejects } from "@std/assert";
import { DATA_SOURCE_VARIABLES, readDataSources, readLibpqServer } from "../../src/config/other_tools.ts";

type Variables = Readonly<Record<string, string>>;

const FILES: Variables = {
  "/run/user": "monitor\n",
  "/run/uri": "db9:5444/postgres?sslmode=disable\n",
  "/home/u/.pg_service.conf": "[prod]\nhost=db7\nport=5440\n",
};

function sources(environment: Variables) {
  return {
    environment: (name: string) => environment[name],
    readTextFile: (path: string) => {
      const text = FILES[path];
      return text === undefined ? Promise.reject(new Deno.errors.NotFound(path)) : Promise.resolve(text);
    },
    defaults: new Map(
      environment["PGHOST"] === undefined
        ? []
        : [["host", { value: environment["PGHOST"], source: "PGHOST" }]],
    ),
  };
}

async function named(environment: Variables): Promise<readonly string[]> {
  const servers = await readDataSources(sources(environment));
  return servers.map(({ name, parameters }) =>
    `${name}: ${[...parameters].map(([keyword, { value }]) => `${keyword}=${value}`).sort().join(" ")}`
  );
}

Deno.test("readDataSources() names the servers of DATA_SOURCE_NAME by host and port", async () => {
  assertEquals(await named({}), []);
  assertEquals(
    await named({
      DATA_SOURCE_NAME:
        "postgresql://u:p@db1/postgres?sslmode=disable,host=db2 port=5433 user=u,postgres://u@[::1]/x",
    }),
    [
      "db1:5432: dbname=postgres host=db1 password=p sslmode=disable user=u",
      "db2:5433: host=db2 port=5433 user=u",
      "localhost:5432: dbname=x host=::1 user=u",
    ],
  );
});

Deno.test("readDataSources() keeps a list of hosts together, and takes databases of one server once", async () => {
  assertEquals(await named({ DATA_SOURCE_NAME: "postgresql://u@a:1,b:2/x" }), [
    "a:1: dbname=x host=a,b port=1,2 user=u",
  ]);
  assertEquals(await named({ DATA_SOURCE_NAME: "postgresql://u@a/x,postgresql://u@a/y" }), [
    "a:5432: dbname=x host=a user=u",
  ]);
  assertEquals(await named({ DATA_SOURCE_NAME: "host=/run/postgresql user=u" }), [
    "localhost:5432: host=/run/postgresql user=u",
  ]);
});

Deno.test("readDataSources() drops a server only when it leads nowhere else", async () => {
  const names = async (...dsns: readonly string[]) =>
    (await named({ DATA_SOURCE_NAME: dsns.join() })).map((line) => line.split(": ")[0]);
  const twice: readonly (readonly [string, string])[] = [
    ["host=/run/a user=u", "host=/run/b user=u"],
    ["host=a hostaddr=192.0.2.1 user=u", "host=a hostaddr=192.0.2.2 user=u"],
    ["host=a,b user=u", "host=a,c user=u"],
    ["host=a,b port=5432,1 user=u", "host=a,b port=5432,2 user=u"],
    ["host=a,b target_session_attrs=primary user=u", "host=a,b target_session_attrs=standby user=u"],
    ["service=a user=u", "service=b user=u"],
  ];
  for (const [first, second] of twice) {
    const [name, ...others] = await names(first, second, second.replace("user=u", "user=v dbname=x"));
    assertEquals(others, [`${name}-2`], second);
  }
  assertEquals(await names("host=a port=5432 target_session_attrs=any user=u", "postgres://u@a/y"), [
    "a:5432",
  ]);
});

Deno.test("readDataSources() reads URI, user and password, each also from its file", async () => {
  assertEquals(
    await named({
      DATA_SOURCE_URI: "db1:5433/postgres",
      DATA_SOURCE_USER: "u",
      DATA_SOURCE_PASS: "p@ss/word",
    }),
    ["db1:5433: dbname=postgres host=db1 password=p@ss/word port=5433 user=u"],
  );
  assertEquals(
    await named({
      DATA_SOURCE_URI_FILE: "/run/uri",
      DATA_SOURCE_USER_FILE: "/run/user",
      DATA_SOURCE_PASS_FILE: "/run/pass",
    }),
    ["db9:5444: dbname=postgres host=db9 password_file=/run/pass port=5444 sslmode=disable user=monitor"],
  );
});

Deno.test("readDataSources() shows no connection string in an error", async () => {
  const wrong = ["postgresql://u:hunter2@a:x:y/", "host=a password=hunter2 nonsense", "host='hunter2"];
  for (const text of wrong) {
    const error = await assertRejects(() => named({ DATA_SOURCE_NAME: text }), SyntaxError);
    assertFalse(error.message.includes("hunter2"), error.message);
  }
  await assertRejects(() => named({ DATA_SOURCE_URI_FILE: "/gone" }), SyntaxError, "DATA_SOURCE_URI_FILE");
});

Deno.test("readLibpqServer() is the one of PGHOST or PGSERVICE, named by its host", async () => {
  const names = async (environment: Variables) =>
    (await readLibpqServer(sources(environment))).map(({ name, label }) => `${label} ${name}`);
  assertEquals(await names({ PGUSER: "u", PGPORT: "5433" }), []);
  assertEquals(await names({ PGHOST: "db1" }), ["PGHOST db1"]);
  assertEquals(await names({ PGHOST: "/run/postgresql" }), ["PGHOST localhost"]);
  assertEquals(await names({ PGSERVICE: "prod", HOME: "/home/u" }), ["PGSERVICE db7"]);
  await assertRejects(() => names({ PGSERVICE: "gone", HOME: "/home/u" }), SyntaxError, "gone");
});

Deno.test("DATA_SOURCE_VARIABLES are those of postgres_exporter", () => {
  assertEquals(DATA_SOURCE_VARIABLES, [
    "DATA_SOURCE_NAME",
    "DATA_SOURCE_URI",
    "DATA_SOURCE_URI_FILE",
    "DATA_SOURCE_USER",
    "DATA_SOURCE_USER_FILE",
    "DATA_SOURCE_PASS",
    "DATA_SOURCE_PASS_FILE",
  ]);
});
