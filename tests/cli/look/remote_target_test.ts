import { assertEquals, assertRejects } from "@std/assert";
import { readRemoteTarget } from "../../../src/cli/look/remote_target.ts";
import { ConfigError } from "../../../src/config/config_error.ts";

function read(
  options: Readonly<Record<string, string>>,
  { environment = {}, files = {} }: {
    readonly environment?: Readonly<Record<string, string>>;
    readonly files?: Readonly<Record<string, string>>;
  } = {},
) {
  return readRemoteTarget({
    option: (name) => options[name],
    context: {
      environment: (name) => environment[name],
      readTextFile: (path) => {
        const text = files[path];
        return text === undefined
          ? Promise.reject(new Error(`No such file: ${path}`))
          : Promise.resolve(text);
      },
    },
  });
}

Deno.test("readRemoteTarget() is null without --from", async () => assertEquals(await read({}), null));

for (
  const [from, url] of [
    ["http://localhost:9188", "http://localhost:9188/api/v1/report"],
    ["localhost:9188", "http://localhost:9188/api/v1/report"],
    ["127.0.0.1:9188", "http://127.0.0.1:9188/api/v1/report"],
    [":9188", "http://localhost:9188/api/v1/report"],
    ["[::1]:9188/exporter", "http://[::1]:9188/exporter/api/v1/report"],
    ["http://localhost:9188/", "http://localhost:9188/api/v1/report"],
    ["https://[::1]:9188/exporter", "https://[::1]:9188/exporter/api/v1/report"],
    ["http://db/exporter//", "http://db/exporter/api/v1/report"],
    ["http://db/api/v1/report", "http://db/api/v1/report"],
    ["http://db/x/api/v1/report/", "http://db/x/api/v1/report"],
  ] as const
) {
  Deno.test(`readRemoteTarget() turns ${from} into ${url}`, async () => {
    assertEquals(await read({ from }), { url, authorization: null, caCertificates: null });
  });
}

for (
  const [from, message] of [
    ["nowhere", "is not an address"],
    ["ftp://localhost", "is not an address"],
    ["not an address c4n4ry", "is not an address"],
    ["http://monitor:c4n4ry@localhost:9188", "must not contain a login: set PGREPL_FROM_USER"],
    ["http://c4n4ry@localhost:9188", "must not contain a login"],
    ["http://localhost:9188/?token=c4n4ry", "must end with the path"],
    ["http://localhost:9188/#c4n4ry", "must end with the path"],
  ] as const
) {
  Deno.test(`readRemoteTarget() refuses an address that ${message} without repeating it: ${from}`, async () => {
    const error = await assertRejects(() => read({ from }), ConfigError, message);
    assertEquals(error.message.includes("c4n4ry"), false);
  });
}

const from = "https://localhost:9188";

Deno.test("readRemoteTarget() reads a login in UTF-8, and refuses an incomplete one", async () => {
  const target = await read({ from }, {
    environment: { PGREPL_FROM_USER: "münch", PGREPL_FROM_PASSWORD: "a:b" },
  });
  assertEquals(target?.authorization, "Basic bcO8bmNoOmE6Yg==");
  const half = { environment: { PGREPL_FROM_PASSWORD: "c4n4ry" } };
  const error = await assertRejects(() => read({ from }, half), ConfigError, "set PGREPL_FROM_USER as well");
  assertEquals(error.message.includes("c4n4ry"), false);
  await assertRejects(
    () => read({ from }, { environment: { PGREPL_FROM_USER: "a:b", PGREPL_FROM_PASSWORD: "c" } }),
    ConfigError,
    "must not contain a colon",
  );
});

Deno.test("readRemoteTarget() reads certificates, only for https", async () => {
  const pem = "-----BEGIN CERTIFICATE-----\n";
  const files = { "ca.pem": pem, "empty.pem": "" };
  assertEquals((await read({ from, "from.ca-file": "ca.pem" }, { files }))?.caCertificates, pem);
  for (
    const [options, message] of [
      [{ from, "from.ca-file": "empty.pem" }, "contains no certificate"],
      [{ from, "from.ca-file": "none.pem" }, "cannot read the file"],
      [{ from: "http://localhost", "from.ca-file": "ca.pem" }, "needs an address that begins with https://"],
      [{ "from.ca-file": "ca.pem" }, 'needs "--from"'],
    ] as const
  ) await assertRejects(() => read(options, { files }), ConfigError, message);
});
