import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DEFAULT_LIBPQ_SETTINGS, type LibpqSettings } from "../../src/config/libpq_settings.ts";
import { Secret } from "../../src/config/secret.ts";
import { findLoginPassword, type FoundPassword } from "../../src/postgres/find_password.ts";
import { target } from "../fixtures/targets.ts";

const FILES: Readonly<Record<string, string>> = {
  "/password": "from-file\n",
  "/pgpass": "localhost:*:*:*:for-localhost\ndb1:*:*:*:for-db1\n/tmp:5433:*:*:for-tmp\n",
};

function find(
  libpq: Partial<LibpqSettings>,
  { host = "db1", port = 5432, password = "", mode = 0o600 } = {},
): Promise<FoundPassword> {
  const settings = { ...DEFAULT_LIBPQ_SETTINGS, ...libpq };
  return findLoginPassword(
    target({ password: password === "" ? null : new Secret(password), libpq: settings }),
    {
      endpoint: { host, hostAddress: "", port },
      readTextFile: (path) =>
        FILES[path] === undefined
          ? Promise.reject(new Deno.errors.NotFound("no such file"))
          : Promise.resolve(FILES[path]),
      readFacts: (path) =>
        Promise.resolve(FILES[path] === undefined ? null : { isFile: true, mode, isOfRoot: false }),
    },
  );
}

Deno.test("findLoginPassword() prefers the configured password, then the file with only the password, then the password file", async () => {
  const all = { passwordFile: "/password", passFile: "/pgpass" };
  assertEquals((await find(all, { password: "given" })).password, "given");
  assertEquals(await find(all), { password: "from-file", hint: "it is in /password", line: null });
  assertEquals(await find({ passFile: "/pgpass" }), {
    password: "for-db1",
    hint: "it is in /pgpass line 2",
    line: 2,
  });
  assertEquals(await find({}), { password: null, hint: "", line: null });
  await assertRejects(() => find({ passwordFile: "/none" }), SyntaxError, "/none");
});

Deno.test("findLoginPassword() treats a socket in a default directory as localhost", async () => {
  const of = async (host: string, port = 5432) =>
    (await find({ passFile: "/pgpass" }, { host, port })).password;
  assertEquals(await of("/run/postgresql"), "for-localhost");
  assertEquals(await of("/tmp"), "for-localhost");
  assertEquals(await of("/tmp", 5433), "for-tmp");
  assertEquals(await of("/elsewhere"), null);
});

Deno.test("findLoginPassword() reports why it found none", async () => {
  const hint = async (path: string, options = {}) => (await find({ passFile: path }, options)).hint;
  assertEquals(await hint("/none"), "there is no password file /none either");
  assertStringIncludes(await hint("/pgpass", { mode: 0o644 }), "others may read it (mode 0644)");
  assertStringIncludes(
    await hint("/pgpass", { host: "db2" }),
    "no line of /pgpass is for host db2, port 5432",
  );
});
