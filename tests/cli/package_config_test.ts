import { assertEquals } from "@std/assert";
import { exporterUrl, PACKAGE_CONFIG_FILE, readPackageFile } from "../../src/cli/package_config.ts";
import { ConfigError } from "../../src/config/config_error.ts";
import { plainestConfig } from "../fixtures/plainest_config.ts";

Deno.test("readPackageFile() is null without a file, without a right to read it, and without servers in it", async () => {
  const config = plainestConfig();
  const read = (exists: boolean, found: Error | null) =>
    readPackageFile({
      context: {
        readTextFile: (path) =>
          exists ? Promise.resolve(path) : Promise.reject(new Deno.errors.PermissionDenied()),
      },
      readConfig: (defaults = {}) =>
        defaults["config.file"]?.[0] !== PACKAGE_CONFIG_FILE || found !== null
          ? Promise.reject(found ?? new Error("another file"))
          : Promise.resolve(config),
    });
  assertEquals(await read(false, null), null);
  assertEquals(await read(true, new ConfigError(["none"], { lacksServers: true })), null);
  assertEquals(await read(true, null), config);
});

Deno.test("exporterUrl() is where the exporter listens, or the given host for all addresses", async () => {
  const readTextFile = () => Promise.reject(new Deno.errors.NotFound());
  const of = async (hostname: string, port: number) => {
    const config = plainestConfig();
    const web = { ...config.web, listenAddresses: [{ hostname, port }] };
    return await exporterUrl({ ...config, web }, { anyHost: "h", readTextFile });
  };
  assertEquals(await exporterUrl(null, { anyHost: "h", readTextFile }), "http://h:9188");
  assertEquals([await of("", 1), await of("::", 2), await of("127.0.0.1", 3), await of("::1", 4)], [
    "http://h:1",
    "http://h:2",
    "http://127.0.0.1:3",
    "http://[::1]:4",
  ]);
});

Deno.test("exporterUrl() is https only where the web configuration sets up TLS", async () => {
  const files: Readonly<Record<string, string>> = {
    "/tls.yml": "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n",
    "/login.yml": "basic_auth_users:\n  a: $2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi\n",
    "/empty.yml": "tls_server_config: {}\n",
    "/wrong.yml": "tls: yes\n",
  };
  const readTextFile = (path: string) => {
    const text = files[path];
    return text === undefined ? Promise.reject(new Deno.errors.PermissionDenied()) : Promise.resolve(text);
  };
  const schemeOf = async (configFile: string) => {
    const config = plainestConfig();
    const url = await exporterUrl({ ...config, web: { ...config.web, configFile } }, {
      anyHost: "h",
      readTextFile,
    });
    return url.split(":")[0];
  };
  assertEquals(await schemeOf("/tls.yml"), "https");
  for (const path of ["/login.yml", "/empty.yml", "/wrong.yml", "/private.yml"]) {
    assertEquals(await schemeOf(path), "http", path);
  }
});
