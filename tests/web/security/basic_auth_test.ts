import { assertEquals, assertRejects } from "@std/assert";
import { costOf, Logins, parseBasicAuth } from "../../../src/web/security/basic_auth.ts";
import { FakeClock } from "../../fixtures/fake_clock.ts";

const USERS = new Map([["alice", "$2b$12$a"], ["bob", "$2b$12$b"]]);

/** Logins whose passwords are right when they are the last letter of the hash; each comparison takes a second. */
function loginsWith() {
  const clock = new FakeClock();
  const compared: string[] = [];
  let [running, most] = [0, 0];
  const logins = new Logins({
    clock,
    compare: async (password, hash) => {
      compared.push(hash.slice(0, 7));
      most = Math.max(most, ++running);
      await clock.sleep(1);
      running--;
      return hash.endsWith(password);
    },
  });
  return { logins, clock, compared, most: () => most };
}

/** Lets time pass, and what waits for it go on. */
async function pass(
  clock: FakeClock,
  options: { readonly seconds: number; readonly step?: number },
): Promise<void> {
  const { seconds, step = 0.25 } = options;
  for (let passed = 0; passed < seconds; passed += step) {
    await new Promise((resolve) => setTimeout(resolve));
    await clock.advance(step);
  }
  await new Promise((resolve) => setTimeout(resolve));
}

const header = (text: string) => `Basic ${btoa(text)}`;

for (
  const [given, expected] of [
    [header("alice:a"), { user: "alice", password: "a" }],
    [header("alice:a:b"), { user: "alice", password: "a:b" }],
    [header(":"), { user: "", password: "" }],
    [header("\xc3\xa9:x"), { user: "é", password: "x" }],
    [`basic   ${btoa("a:b")}`, { user: "a", password: "b" }],
    [header("alice"), null],
    ["Basic !!!", null],
    ["Bearer abc", null],
    ["Basic ", null],
    [null, null],
  ] as const
) {
  Deno.test(`parseBasicAuth(${given}) is ${JSON.stringify(expected)}`, () => {
    assertEquals(parseBasicAuth(given), expected);
  });
}

Deno.test("Logins compares once and caches the outcome, accepted or refused", async () => {
  const { logins, clock, compared } = loginsWith();
  const check = async (user: string, password: string) => {
    const outcome = logins.check({ user, password }, USERS);
    await pass(clock, { seconds: 3 });
    return await outcome;
  };
  assertEquals(await check("alice", "a"), "accepted");
  assertEquals(await check("alice", "a"), "accepted");
  assertEquals(await check("alice", "b"), "refused");
  assertEquals(await check("alice", "b"), "refused");
  assertEquals(compared, ["$2b$12$", "$2b$12$"]);
  // Another hash is another password.
  const changed = logins.check({ user: "alice", password: "a" }, new Map([["alice", "$2b$12$z"]]));
  await pass(clock, { seconds: 1 });
  assertEquals(await changed, "refused");
});

Deno.test("Logins takes as long for an unknown user, and always refuses it", async () => {
  const { logins, clock, compared } = loginsWith();
  // With this one the comparison says yes, whatever the hash that stands in.
  const outcome = logins.check({ user: "nobody", password: "" }, USERS);
  await pass(clock, { seconds: 1 });
  assertEquals([await outcome, compared], ["refused", ["$2b$12$"]]);
});

Deno.test("Logins works as hard for a wrong password of a cheap hash as for the most expensive one", async () => {
  const users = new Map([["cheap", "$2b$05$c"], ["middle", "$2a$09$m"], ["dear", "$2y$11$d"]]);
  // Rounds are two to the power of the cost.
  const workOf = async (user: string, password: string) => {
    let work = 0;
    const logins = new Logins({
      clock: new FakeClock(),
      compare: (_password, hash) => {
        work += 2 ** costOf(hash);
        return Promise.resolve(hash.length < 10 && hash.endsWith(password));
      },
    });
    return [await logins.check({ user, password }, users), work] as const;
  };
  for (const user of ["cheap", "middle", "dear", "nobody"]) {
    assertEquals(await workOf(user, "wrong"), ["refused", 2 ** 11], user);
  }
  assertEquals(await workOf("cheap", "c"), ["accepted", 2 ** 5], "who is let in knows that already");
});

Deno.test("Logins limits the queue of one client", async () => {
  const { logins, clock } = loginsWith();
  const attempts = Array.from(
    { length: 10 },
    (_, index) => logins.check({ user: "alice", password: `wrong ${index}`, client: "x" }, USERS),
  );
  const others = logins.check({ user: "alice", password: "a", client: "y" }, USERS);
  await pass(clock, { seconds: 10 });
  const outcomes = await Promise.all(attempts);
  assertEquals(outcomes.map((outcome) => outcome === "busy"), outcomes.map((_, index) => index >= 4));
  assertEquals(await others, "accepted");
  const again = logins.check({ user: "bob", password: "b", client: "x" }, USERS);
  await pass(clock, { seconds: 3 });
  assertEquals(await again, "accepted");
});

Deno.test("Logins compares one after the other, pauses after a wrong password, and limits the queue", async () => {
  const { logins, clock, compared, most } = loginsWith();
  const outcomes = Array.from(
    { length: 20 },
    (_, index) => logins.check({ user: "alice", password: `wrong ${index}` }, USERS),
  );
  const accepted = logins.check({ user: "alice", password: "a" }, USERS);
  await pass(clock, { seconds: 2.5 });
  // A second for the comparison, half a second of rest.
  assertEquals(compared.length, 2);
  await pass(clock, { seconds: 50 });
  const all = await Promise.all(outcomes);
  assertEquals([
    all.filter((each) => each === "refused").length,
    all.filter((each) => each === "busy").length,
  ], [
    16,
    4,
  ]);
  assertEquals([await accepted, most()], ["busy", 1]);
  const again = logins.check({ user: "alice", password: "a" }, USERS);
  await pass(clock, { seconds: 1 });
  assertEquals(await again, "accepted");
});

Deno.test("Logins joins requests with the same login", async () => {
  const { logins, clock, compared } = loginsWith();
  const outcomes = Array.from({ length: 50 }, () => logins.check({ user: "alice", password: "a" }, USERS));
  await pass(clock, { seconds: 1 });
  assertEquals(new Set(await Promise.all(outcomes)), new Set(["accepted"]));
  assertEquals(compared.length, 1);
});

Deno.test("Logins continues after a failed comparison", async () => {
  let isBroken = true;
  const logins = new Logins({
    clock: new FakeClock(),
    compare: () => isBroken ? Promise.reject(new Error("broken")) : Promise.resolve(true),
  });
  await assertRejects(() => logins.check({ user: "alice", password: "a" }, USERS), Error, "broken");
  isBroken = false;
  assertEquals(await logins.check({ user: "alice", password: "a" }, USERS), "accepted");
});
