import { assertEquals } from "@std/assert";
import { LoginTurns } from "../../src/postgres/login_turns.ts";
import { FakeClock, settle } from "../fixtures/fake_clock.ts";

/** Asks for a turn; `begun` lists who has one. */
function asking(turns: LoginTurns) {
  const begun: string[] = [];
  const ask = async (name: string, hasFailed = false): Promise<Disposable> => {
    const turn = await turns.take({ hasFailed });
    begun.push(name);
    return turn;
  };
  return { begun, ask };
}

Deno.test("LoginTurns gives eight turns at a time, those that failed before last", async () => {
  const clock = new FakeClock();
  const { begun, ask } = asking(new LoginTurns({ clock }));
  const turns = Array.from({ length: 8 }, (_, index) => ask(`running${index}`));
  const failed = ask("failed", true);
  const fresh = ask("fresh");
  await settle();
  assertEquals(begun.length, 8);
  (await turns[3])?.[Symbol.dispose]();
  assertEquals((await fresh, begun.at(-1)), "fresh");
  (await turns[5])?.[Symbol.dispose]();
  assertEquals((await failed, begun.at(-1)), "failed");
});

Deno.test("LoginTurns lets the next one begin when a server does not respond", async () => {
  const clock = new FakeClock();
  const { begun, ask } = asking(new LoginTurns({ clock }));
  const silent = await Promise.all(Array.from({ length: 8 }, (_, index) => ask(`silent${index}`)));
  const next = ask("next");
  await clock.advance(0.05);
  assertEquals(begun.length, 8);
  await clock.advance(0.06);
  await next;
  assertEquals(begun.at(-1), "next");
  // A turn that has passed ends once only.
  for (const each of silent) each[Symbol.dispose]();
  await settle();
  const later = Array.from({ length: 9 }, (_, index) => ask(`later${index}`));
  await settle();
  assertEquals(begun.length, 16);
  await clock.advance(0.2);
  await Promise.all(later);
});
