import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { openSecrets } from "../../../src/cli/check_config/open_secrets.ts";
import { fromSource } from "../../../src/config/connection_parameters.ts";
import { runProgram } from "../program.ts";

/** Warnings for one server whose password has this source. */
function warningsFor(source: string, { mode, keyword = "password" }: {
  readonly mode: number | null;
  readonly keyword?: string;
}): Promise<readonly string[]> {
  return openSecrets({
    file: { path: "x.yml" },
    connections: {
      servers: new Map([["a", fromSource([[keyword, "S3cret-canary"]], source)]]),
      modules: new Map(),
    },
  }, () => Promise.resolve({ isFile: true, mode, isOfRoot: true }));
}

Deno.test("openSecrets() warns about a password in a configuration file that every user can read", async () => {
  const [warning = "", ...more] = await warningsFor("x.yml:3:9", { mode: 0o644 });
  assertEquals(more, []);
  assertMatch(
    warning,
    /^x\.yml contains a password and is readable by every user of this host: .* run chmod o= x\.yml$/,
  );
  assertEquals((await warningsFor("x.yml:3:9", { mode: 0o644, keyword: "sslpassword" })).length, 1);
  for (const mode of [0o600, 0o640, null]) assertEquals(await warningsFor("x.yml:3:9", { mode }), []);
  // The file only names the password file, or is not the source.
  assertEquals(await warningsFor("x.yml:3:9", { mode: 0o644, keyword: "password_file" }), []);
  assertEquals(await warningsFor("POSTGRES_PASSWORD", { mode: 0o644 }), []);
});

Deno.test("check-config warns about a password in the arguments without showing it", async () => {
  const { code, stdout } = await runProgram([
    "check-config",
    "--server=a=host=a user=u password=S3cret-canary",
  ]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "--server contains a password");
  assertEquals(stdout.includes("canary"), false);
  const quiet = await runProgram(["check-config", "--server=a=host=a user=u"], {
    environment: { POSTGRES_PASSWORD: "S3cret-canary" },
  });
  assertEquals(quiet.stdout.includes("Warnings"), false);
});
