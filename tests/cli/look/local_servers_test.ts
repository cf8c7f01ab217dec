import { assertEquals } from "@std/assert";
import { findLocalServers } from "../../../src/cli/look/local_servers.ts";

const PASSWD = "root:x:0:0:root:/root:/bin/bash\npostgres:x:104:110::/var/lib/postgresql:/bin/bash\n";

/** What is found on a host with these directories. */
function find(
  directories: Readonly<Record<string, readonly string[]>>,
  { environment = {}, uid = 104, passwd = PASSWD, silent = [] }: {
    readonly environment?: Readonly<Record<string, string>>;
    readonly uid?: number | null;
    readonly passwd?: string | null;
    readonly silent?: readonly string[];
  } = {},
) {
  return findLocalServers({
    environment: (name) => environment[name],
    readTextFile: (path) =>
      path === "/etc/passwd" && passwd !== null
        ? Promise.resolve(passwd)
        : Promise.reject(new Deno.errors.NotFound()),
  }, {
    namesIn: (directory) => Promise.resolve(directories[directory] ?? []),
    listens: (path) => Promise.resolve(!silent.includes(path)),
    uid: () => uid,
  });
}

const DEBIAN = [".s.PGSQL.5433", ".s.PGSQL.5433.lock", ".s.PGSQL.5432", "15-main.pid"];

Deno.test("findLocalServers() takes each socket once, as the user of this process", async () => {
  assertEquals(await find({ "/run/postgresql": DEBIAN, "/var/run/postgresql": DEBIAN }), {
    settings: {
      server: [
        "localhost:5432=host=/run/postgresql port=5432 user='postgres'",
        "localhost:5433=host=/run/postgresql port=5433 user='postgres'",
      ],
      "discover-standbys": ["true"],
    },
    sockets: ["/run/postgresql/.s.PGSQL.5432", "/run/postgresql/.s.PGSQL.5433"],
    user: "postgres",
  });
});

Deno.test("findLocalServers() leaves out sockets where nothing listens, and those it may not open", async () => {
  const found = await find({ "/tmp": [".s.PGSQL.5432", ".s.PGSQL.5433", ".s.PGSQL.6000"] }, {
    silent: ["/tmp/.s.PGSQL.5433"],
  });
  assertEquals(found?.sockets, ["/tmp/.s.PGSQL.5432"]);
  assertEquals(await find({}), null);
});

Deno.test("findLocalServers() logs in as the variables say, else as the user by its name", async () => {
  for (const name of ["PGUSER", "POSTGRES_USER"]) {
    const found = await find({ "/tmp": [".s.PGSQL.5432"] }, {
      environment: { [name]: "monitor" },
      uid: null,
    });
    assertEquals([found?.user, found?.settings["server"]], ["monitor", [
      "localhost:5432=host=/tmp port=5432",
    ]]);
  }
  const odd = await find({ "/tmp": [".s.PGSQL.5432"] }, { passwd: "o'b\\x:x:104:1::/:/bin/sh\n" });
  assertEquals(odd?.settings["server"], [String.raw`localhost:5432=host=/tmp port=5432 user='o\'b\\x'`]);
  for (const unknown of [{ uid: null }, { uid: 7 }, { passwd: null }]) {
    assertEquals(await find({ "/tmp": [".s.PGSQL.5432"] }, unknown), null);
  }
});
