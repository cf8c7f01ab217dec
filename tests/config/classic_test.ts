import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { readClassicPassword, readClassicServers } from "../../src/config/classic.ts";

function read(environment: Readonly<Record<string, string>>): readonly string[] {
  return readClassicServers((name) => environment[name]).map(({ name, parameters }) =>
    `${name}=${parameters.get("host")?.value}:${parameters.get("port")?.value}`
  );
}

Deno.test("readClassicServers() names the servers primary, standby, standby2 and so on", () => {
  assertEquals(read({}), []);
  assertEquals(read({ PRIMARY_HOST: "a" }), ["primary=a:5432"]);
  assertEquals(read({ PRIMARY_HOST: "a", STANDBY_HOST: "b" }), ["primary=a:5432", "standby=b:5433"]);
  assertEquals(read({ STANDBY_HOST: " b , c ", STANDBY_PORT: "6000" }), [
    "standby=b:6000",
    "standby2=c:6000",
  ]);
  assertEquals(read({ STANDBY_HOST: "b,c,d", STANDBY_PORT: "1, 2,3" }), [
    "standby=b:1",
    "standby2=c:2",
    "standby3=d:3",
  ]);
  assertEquals(read({ PRIMARY_HOST: "", PRIMARY_PORT: "1", STANDBY_HOST: " " }), []);
});

Deno.test("readClassicServers() rejects lists that do not match", () => {
  assertThrows(() => read({ STANDBY_HOST: "a,b", STANDBY_PORT: "1,2,3" }), SyntaxError, "3 ports");
  assertThrows(() => read({ STANDBY_HOST: "a,,b" }), SyntaxError, "empty");
  assertThrows(() => read({ PRIMARY_HOST: "a,b" }), SyntaxError, "STANDBY_HOST");
});

function password(environment: Readonly<Record<string, string>>, file?: string): Promise<string> {
  return readClassicPassword((name) => environment[name], () => {
    if (file === undefined) return Promise.reject(new Deno.errors.NotFound("no such file"));
    return Promise.resolve(file);
  });
}

Deno.test("readClassicPassword() reads the variable or the file, and has no default", async () => {
  assertEquals(await password({}), "");
  assertEquals(await password({ POSTGRES_PASSWORD: " a b " }), " a b ");
  assertEquals(await password({ POSTGRES_PASSWORD_FILE: "/f" }, " a b \n"), " a b ");
  assertEquals(await password({ POSTGRES_PASSWORD_FILE: "/f" }, "a\nb\r\n"), "a\nb");
});

Deno.test("readClassicPassword() rejects both, a missing file and an empty one", async () => {
  const file = { POSTGRES_PASSWORD_FILE: "/f" };
  await assertRejects(() => password({ ...file, POSTGRES_PASSWORD: "a" }, "b"), SyntaxError, "only one");
  await assertRejects(() => password(file), SyntaxError, '"/f": no such file');
  await assertRejects(() => password(file, "\n"), SyntaxError, "empty");
});
