import { assertEquals } from "@std/assert";
import { memoized } from "../../src/domain/memoized.ts";

Deno.test("memoized() derives once of each object, also nothing", () => {
  const asked: object[] = [];
  const derive = memoized((of: object) => {
    asked.push(of);
    return undefined;
  });
  const [a, b] = [{}, {}];
  for (const  of of[a, b, a, b]) derive(of);
  assertEquals(asked.map((of) => of === a), [true, false]);
});
