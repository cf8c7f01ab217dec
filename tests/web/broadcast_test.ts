import { assertEquals, assertRejects } from "@std/assert";
import { Broadcast } from "../../src/web/broadcast.ts";

function reading(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader();
  return {
    next: async () => {
      const { value } = await reader.read();
      return value === undefined ? null : new TextDecoder().decode(value);
    },
    cancel: () => reader.cancel(),
  };
}

Deno.test("Broadcast sends the same to all listeners, after the first message of each", async () => {
  const broadcast = new Broadcast();
  const one = reading(broadcast.subscribe("one"));
  const two = reading(broadcast.subscribe("two"));
  broadcast.send("news");
  broadcast.send("");
  assertEquals([await one.next(), await one.next()], ["one", "news"]);
  assertEquals([await two.next(), await two.next()], ["two", "news"]);
  broadcast.close();
  assertEquals([await one.next(), await two.next()], [null, null]);
  assertEquals(broadcast.size, 0);
});

Deno.test("Broadcast removes listeners that disconnect", async () => {
  const broadcast = new Broadcast();
  const one = reading(broadcast.subscribe("one"));
  assertEquals(broadcast.size, 1);
  await one.cancel();
  assertEquals(broadcast.size, 0);
  broadcast.send("news");
  broadcast.close();
});

Deno.test("Broadcast counts the listeners of a client until they disconnect", async () => {
  const broadcast = new Broadcast();
  const first = reading(broadcast.subscribe("", { client: "a" }));
  for (const client of ["a", "b", null]) broadcast.subscribe("", { client });
  assertEquals([broadcast.size, broadcast.countOf("a"), broadcast.countOf("c")], [4, 2, 0]);
  await first.cancel();
  assertEquals(broadcast.countOf("a"), 1);
  broadcast.close();
  assertEquals(broadcast.countOf("a"), 0);
});

Deno.test("Broadcast drops only listeners that do not read", async () => {
  const broadcast = new Broadcast({ maxQueuedBytes: 10 });
  const slow = reading(broadcast.subscribe("a long opening is no reason"));
  const quick = reading(broadcast.subscribe(""));
  await quick.next();
  for (const text of ["12345678", "90123456", "78901234"]) {
    broadcast.send(text);
    assertEquals(await quick.next(), text);
  }
  assertEquals(broadcast.size, 1);
  await assertRejects(() => slow.next(), Error, "does not read");
  broadcast.close();
});
