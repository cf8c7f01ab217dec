import { assertEquals } from "@std/assert";
import { Turns } from "../../src/scrape/turns.ts";

Deno.test("Turns: one a tick, once all have answered, and at the next tick when one has not", async () => {
  let taken = 0;
  const turns = new Turns(() => taken++);
  const [first, second, late] = [0, 0, 0].map(() => Promise.withResolvers<void>());
  if (first === undefined || second === undefined || late === undefined) throw new Error("too few");
  const asked = [turns.ask(first.promise), turns.ask(second.promise)];
  turns.expect();
  first.resolve();
  await asked[0];
  assertEquals(taken, 0);
  second.resolve();
  await asked[1];
  assertEquals(taken, 1);
  // Between two ticks there is no other.
  await turns.ask(Promise.resolve());
  assertEquals(taken, 1);
  const waiting = turns.ask(late.promise);
  turns.expect();
  assertEquals(taken, 1);
  turns.expect();
  assertEquals(taken, 2);
  late.resolve();
  await waiting;
  assertEquals(taken, 3);
});
