import { assertEquals } from "@std/assert";
import type { ConnectionTarget } from "../../src/config/config.ts";
import { runWith } from "./file/corpus.ts";

async function moduleWith(
  parameters: string,
  options: {
    readonly environment?: Readonly<Record<string, string>>;
    readonly files?: Readonly<Record<string, string>>;
  } = {},
): Promise<ConnectionTarget | string> {
  const text = `probe: { modules: { m: ${parameters} }, allowed_targets: [db9] }\n`;
  const { served, stderr } = await runWith({ name: "x", text }, options);
  return served?.config.probe?.modules.get("m")?.target ?? stderr;
}

function read(target: ConnectionTarget | string) {
  if (typeof target === "string") return target;
  const { user, host, hostAddress, port, database, sslMode, password, libpq } = target;
  return {
    login: [user, database, sslMode, password?.reveal() ?? null],
    place: [host, hostAddress, port],
    files: [libpq?.passFile, libpq?.passwordFile, libpq?.certificateDirectory],
  };
}

const NO_PLACE = ["localhost", "", 5432];

Deno.test("readProbeModules() completes a module from the environment, except for host and user", async () => {
  const environment = {
    HOME: "/home/m",
    PGHOST: "elsewhere",
    PGHOSTADDR: "192.0.2.9",
    PGPORT: "1",
    PGUSER: "somebody",
    POSTGRES_USER: "somebody",
    PGSERVICE: "elsewhere",
    PGSSLMODE: "verify-full",
    PGDATABASE: "d",
    POSTGRES_PASSWORD: "of-all",
  };
  assertEquals(read(await moduleWith("{ user: u }", { environment })), {
    login: ["u", "d", "verify-full", "of-all"],
    place: NO_PLACE,
    files: ["/home/m/.pgpass", "", "/home/m/.postgresql"],
  });
  assertEquals(read(await moduleWith("{ user: u, password: own, sslmode: require }", { environment })), {
    login: ["u", "d", "require", "own"],
    place: NO_PLACE,
    files: ["/home/m/.pgpass", "", "/home/m/.postgresql"],
  });
  assertEquals(read(await moduleWith("{ user: u, password_file: secrets/all }", { environment })), {
    login: ["u", "d", "verify-full", null],
    place: NO_PLACE,
    files: ["/home/m/.pgpass", "secrets/all", "/home/m/.postgresql"],
  });
});

Deno.test("readProbeModules() finds the credential of a module by its name", async () => {
  const options = {
    environment: { CREDENTIALS_DIRECTORY: "/c" },
    files: { "/c/m.password": "of-module\n", "/c/postgres_password": "of-all\n" },
  };
  assertEquals(read(await moduleWith("{ user: u }", options)), {
    login: ["u", "postgres", "prefer", null],
    place: NO_PLACE,
    files: ["", "/c/m.password", ""],
  });
});

Deno.test("readProbeModules() requires a user in the module, whatever the environment has", async () => {
  const said = await moduleWith("{ dbname: d }", { environment: { PGUSER: "somebody" } });
  assertEquals(
    String(said).split("\n")[0],
    'pg-replication-exporter: x.yml:1:21: module "m" has no user: add the role to log in as, such as user: monitor',
  );
});

Deno.test("readProbeModules() reports problems of the environment too", async () => {
  const said = await moduleWith("{ user: u }", { environment: { PGSSLMODE: "bad" } });
  assertEquals(
    String(said).split("\n")[0]?.includes('module "m": "sslmode" (PGSSLMODE) must be one of disable'),
    true,
  );
});
