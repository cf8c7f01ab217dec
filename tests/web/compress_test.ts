import { assertEquals } from "@std/assert";
import { compress } from "../../src/web/compress.ts";

Deno.test("compress() makes gzip that gives the same bytes again", async () => {
  const bytes = new TextEncoder().encode("pgrepl ".repeat(1000));
  const compressed = await compress(bytes);
  assertEquals([...compressed.slice(0, 2)], [0x1f, 0x8b]);
  assertEquals(compressed.length < bytes.length / 10, true);
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("gzip"));
  assertEquals(new Uint8Array(await new Response(stream).arrayBuffer()), bytes);
});
