import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { makePassword, PASSWORD_MARK } from "../compose/lab/provision.ts";
import { assertNoSecret, checkedFetch, leaksIn } from "./canary.ts";

Deno.test("makePassword() bears the mark, needs no quoting and is never the same", () => {
  assertMatch(makePassword(), new RegExp(`^${PASSWORD_MARK}[0-9a-f]{24}$`));
  assertEquals(new Set(Array.from({ length: 20 }, makePassword)).size, 20);
});

Deno.test("leaksIn() finds a password in whatever disguise and surroundings", () => {
  const latin = fc.string({
    unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
  });
  const disguise = fc.constantFrom<(text: string) => string>(
    (text) => text,
    btoa,
    encodeURIComponent,
    (text) => btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""),
    (text) => Array.from(text, (each) => each.charCodeAt(0).toString(16).padStart(2, "0")).join(""),
    (text) => Array.from(text, (each) => `%${each.charCodeAt(0).toString(16).padStart(2, "0")}`).join(""),
    JSON.stringify,
  );
  fc.assert(fc.property(latin, latin, disguise, (before, behind, hide) => {
    assert(leaksIn(hide(`${before}${makePassword()}${behind}`)).length > 0);
  }));
});

Deno.test("leaksIn() finds what PostgreSQL keeps of a password, and no word about it", () => {
  const verifier = "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy";
  for (const text of [`rolpassword ${verifier}`, "hash=md50123456789abcdef0123456789abcdef"]) {
    assertEquals(leaksIn(text).length, 1, text);
  }
  assertEquals(leaksIn("give this role scram-sha-256, or md5, in pg_hba.conf: SCRAM-SHA-256-PLUS"), []);
  assertEquals(leaksIn("the passphrase", ["passphrase"]).length, 1);
});

Deno.test("assertNoSecret() and checkedFetch() say where it is", async () => {
  const error = assertThrows(
    () => assertNoSecret(`user=u password=${PASSWORD_MARK}7`, { what: "the log" }),
    Error,
  );
  assertMatch(error.message, /^A secret is in the log: .*user=u/);
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url }) => {
    if (url.endsWith("/body")) return new Response(makePassword());
    return new Response("all is well", { headers: url.endsWith("/header") ? { "x-a": makePassword() } : {} });
  });
  try {
    const base = `http://127.0.0.1:${server.addr.port}`;
    await assertRejects(() => checkedFetch(`${base}/body`), Error, "A secret is in the answer to");
    await assertRejects(() => checkedFetch(`${base}/header`), Error, "A secret is in the answer to");
    assertEquals(await (await checkedFetch(`${base}/`)).text(), "all is well");
  } finally {
    await server.shutdown();
  }
});
