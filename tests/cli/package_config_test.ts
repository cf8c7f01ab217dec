import { assertEquals } from "@std/assert";
import { exporterAddress, PACKAGE_CONFIG_FILE, readPackageFile } from "../../src/cli/package_config.ts";
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

Deno.test("exporterAddress() is where the exporter listens, or the given host for all addresses", () => {
  const of = (hostname: string, port: number) => {
    const config = plainestConfig();
    return exporterAddress({ ...config, web: { ...config.web, listenAddresses: [{ hostname, port }] } }, "h");
  };
  assertEquals(exporterAddress(null, "h"), "h:9188");
  assertEquals([of("", 1), of("::", 2), of("127.0.0.1", 3), of("::1", 4)], [
    "h:1",
    "h:2",
    "127.0.0.1:3",
    "[::1]:4",
  ]);
});
