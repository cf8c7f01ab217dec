import { assertEquals } from "@std/assert";
import { EventMemory, type Happening } from "../../../src/cluster/memory/event_memory.ts";
import { FakeClock } from "../../fixtures/fake_clock.ts";

const happening = (number: number): Happening => ({ kind: "attached", server: `s${number}`, message: "" });

Deno.test("EventMemory gives events their time on both clocks", () => {
  const memory = new EventMemory(new FakeClock({ monotonic: 7, wall: 1_750_000_000 }));
  memory.add([happening(1)]);
  const events = [{ ...happening(1), at: 7, unixSeconds: 1_750_000_000 }];
  assertEquals([memory.latest, memory.take(), memory.take()], [events, events, []]);
  memory.add([]);
  assertEquals([memory.latest, memory.take()], [events, []]);
});

Deno.test("EventMemory keeps the latest 500, oldest first", () => {
  const memory = new EventMemory(new FakeClock());
  for (let number = 0; number < 600; number += 2) memory.add([happening(number), happening(number + 1)]);
  assertEquals(memory.latest.length, 500);
  assertEquals([memory.latest[0]?.server, memory.latest[499]?.server], ["s100", "s599"]);
});
