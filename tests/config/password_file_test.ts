import { assertEquals, assertRejects } from "@std/assert";
import { findCredential, readPasswordFile } from "../../src/config/password_file.ts";

const files: Readonly<Record<string, string>> = {
  "/lf": "secret\n",
  "/crlf": " a b \r\n",
  "/empty": "\n",
  "/nul": "a\0b",
  "/run/credentials/a.password": "x",
};
const readTextFile = (path: string) =>
  files[path] === undefined
    ? Promise.reject(new Deno.errors.NotFound("no such file"))
    : Promise.resolve(files[path]);
const options = { label: "password file", readTextFile };

Deno.test("readPasswordFile() removes only trailing line feeds", async () => {
  assertEquals(await readPasswordFile("/lf", options), "secret");
  assertEquals(await readPasswordFile("/crlf", options), " a b ");
});

Deno.test("readPasswordFile() rejects a file that is missing, empty or not text", async () => {
  for (const [path, words] of [["/none", "no such file"], ["/empty", "is empty"], ["/nul", "NUL"]] as const) {
    await assertRejects(
      () => readPasswordFile(path, options),
      SyntaxError,
      `Cannot read password file "${path}"`,
      path,
    );
    await assertRejects(() => readPasswordFile(path, options), SyntaxError, words, path);
  }
});

Deno.test("readPasswordFile() does not repeat what may be the password itself", async () => {
  for (const failure of [new Deno.errors.NotFound("open 'hunter2'"), new Error("open 'hunter2': odd")]) {
    const reading = { label: "POSTGRES_PASSWORD_FILE", readTextFile: () => Promise.reject(failure) };
    const error = await assertRejects(
      () => readPasswordFile("hunter2", reading),
      SyntaxError,
      "Cannot read POSTGRES_",
    );
    assertEquals([error.message.includes("hunter2"), error.cause], [false, undefined]);
  }
});

Deno.test("findCredential() returns the path of an existing credential", async () => {
  const find = (directory: string, name: string) => findCredential(directory, { name, readTextFile });
  assertEquals(await find("/run/credentials/", "a.password"), "/run/credentials/a.password");
  assertEquals(await find("/run/credentials", "b.password"), "");
  assertEquals(await find("", "a.password"), "");
});
