import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { chooseSource, findSource } from "../../../src/cli/look/find_source.ts";
import { PACKAGE_CONFIG_FILE } from "../../../src/cli/package_config.ts";
import { DEFAULT_SOCKET } from "../../../src/cli/serve/management_socket.ts";
import type { Config, ListenAddress } from "../../../src/config/config.ts";
import { ConfigError } from "../../../src/config/config_error.ts";
import { plainestConfig } from "../../fixtures/plainest_config.ts";
import { target } from "../../fixtures/targets.ts";

const SERVERS = [{ name: "a", cluster: "", target: target({ host: "127.0.0.1", port: 1 }) }];
const LACKING = new ConfigError(["No server to watch is configured"], {
  advice: "advice",
  lacksServers: true,
});

function listeningOn(...listenAddresses: ListenAddress[]): Config {
  const config = plainestConfig({ servers: SERVERS });
  return { ...config, web: { ...config.web, listenAddresses } };
}

interface Host {
  readonly named?: Config | ConfigError;
  readonly inFile?: Config | ConfigError;
  readonly listening?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly sockets?: readonly string[];
  readonly local?: Config;
  readonly files?: Readonly<Record<string, string>>;
}

/** What is found on a host, what is written to standard error, and what was tried. */
async function find(
  { named = LACKING, inFile, listening = [], environment = {}, sockets = [], local, files = {} }: Host,
) {
  let [stderr, tried]: [string, string[]] = ["", []];
  const isThere = (where: string) => {
    tried = [...tried, where];
    return Promise.resolve(listening.includes(where));
  };
  const settle = (given: Config | ConfigError | undefined) =>
    given === undefined || given instanceof ConfigError
      ? Promise.reject(given ?? new Error("It must not be read"))
      : Promise.resolve(given);
  const found = await findSource({
    context: {
      environment: (name: string) => environment[name],
      writeStderr: (text: string) => void (stderr += text),
      readTextFile: (path) =>
        inFile === undefined
          ? Promise.reject(new Deno.errors.NotFound())
          : Promise.resolve(files[path] ?? ""),
    },
    readConfig: (defaults) => settle(defaults === undefined ? named : "server" in defaults ? local : inFile),
  }, {
    listens: isThere,
    responds: isThere,
    namesIn: (directory) => Promise.resolve(directory === "/run/postgresql" ? sockets : []),
    uid: () => null,
  });
  const what = found.kind === "servers" ? found.config : found.target.socket ?? found.target.url;
  return { what, stderr, tried };
}

Deno.test("findSource() is the named servers, and tries nothing else", async () => {
  const config = plainestConfig({ servers: SERVERS });
  assertEquals(await find({ named: config, listening: [DEFAULT_SOCKET] }), {
    what: config,
    stderr: "",
    tried: [],
  });
});

Deno.test("findSource() asks the exporter on the management socket first, and says so", async () => {
  const own = "/run/pg-replication-exporter/other.sock";
  for (
    const [path, environment] of [[DEFAULT_SOCKET, {}], [own, { PGREPL_MANAGEMENT_SOCKET: own }]] as const
  ) {
    const { what, stderr } = await find({ listening: [path], environment });
    assertEquals([what, stderr], [path, `No server is named: asking the exporter at ${path}\n`]);
  }
});

for (
  const [address, url] of [
    [null, "http://127.0.0.1:9188/api/v1/report"],
    [{ hostname: "", port: 9288 }, "http://127.0.0.1:9288/api/v1/report"],
    [{ hostname: "0.0.0.0", port: 9288 }, "http://127.0.0.1:9288/api/v1/report"],
    [{ hostname: "::1", port: 9288 }, "http://[::1]:9288/api/v1/report"],
    [{ hostname: "10.0.0.1", port: 80 }, "http://10.0.0.1:80/api/v1/report"],
  ] as const
) {
  Deno.test(`findSource() asks the exporter that listens on ${address?.hostname}:${address?.port}`, async () => {
    const { what, tried } = await find({
      listening: [url],
      ...address === null ? {} : { inFile: listeningOn(address) },
    });
    assertEquals([what, tried], [url, [DEFAULT_SOCKET, url]]);
  });
}

Deno.test("findSource() asks an exporter with TLS by https", async () => {
  const config = listeningOn({ hostname: "", port: 9288 });
  const inFile = { ...config, web: { ...config.web, configFile: "/web.yml" } };
  const url = "https://127.0.0.1:9288/api/v1/report";
  const files = { "/web.yml": "tls_server_config: {cert_file: cert.pem, key_file: key.pem}" };
  const { what, stderr } = await find({ listening: [url], inFile, files });
  assertEquals([what, stderr], [url, "No server is named: asking the exporter at https://127.0.0.1:9288\n"]);
});

Deno.test("findSource() watches the servers of the packages' file when no exporter runs", async () => {
  const config = listeningOn();
  const { what, stderr } = await find({ inFile: config });
  assertEquals(what, config);
  assertEquals(stderr, `No server is named: watching the servers of ${PACKAGE_CONFIG_FILE}\n`);
});

Deno.test("findSource() names every place where nothing was found", async () => {
  for (const inFile of [undefined, LACKING]) {
    const error = await assertRejects(() => find(inFile === undefined ? {} : { inFile }), ConfigError);
    for (
      const place of [
        DEFAULT_SOCKET,
        "http://127.0.0.1:9188",
        "--from=https://",
        PACKAGE_CONFIG_FILE,
        "/run/postgresql",
      ]
    ) {
      assertStringIncludes(error.message, place);
    }
    assertEquals(error.advice, "advice");
  }
});

Deno.test("findSource() reports any other problem, of the command line and of the file", async () => {
  const wrong = new ConfigError(["Unknown flag"]);
  await assertRejects(() => find({ named: wrong, listening: [DEFAULT_SOCKET] }), ConfigError, "Unknown flag");
  await assertRejects(() => find({ inFile: wrong }), ConfigError, "Unknown flag");
});

Deno.test("chooseSource() is the exporter of --from, and reads no configuration", async () => {
  const source = await chooseSource({
    context: {
      environment: () => undefined,
      writeStderr: () => {},
      readTextFile: () => Promise.reject(new Error("No file is needed")),
    },
    option: (name) => name === "from" ? "db1:9188" : undefined,
    readConfig: () => Promise.reject(new Error("No configuration is needed")),
  });
  assertEquals(source.kind === "exporter" && source.target.url, "http://db1:9188/api/v1/report");
});

Deno.test("findSource() watches the servers on this host's sockets at last, and says so", async () => {
  const local = plainestConfig({ servers: SERVERS });
  const socket = "/run/postgresql/.s.PGSQL.5433";
  const host = {
    sockets: [".s.PGSQL.5433", ".s.PGSQL.5433.lock", ".s.PGSQL.5434"],
    listening: [socket],
    environment: { PGUSER: "postgres" },
    local,
  };
  const { what, stderr } = await find(host);
  assertEquals(what, local);
  assertEquals(
    stderr,
    `No server is named: watching the servers on ${socket}, as role "postgres", and the servers that they replicate with\n`,
  );
  const config = listeningOn();
  assertEquals((await find({ ...host, inFile: config })).what, config);
});
