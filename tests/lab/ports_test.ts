import { assertEquals } from "@std/assert";
import { findFreePort } from "../../compose/lab/ports.ts";

const PORTS = 200;
const MODULE = new URL("../../compose/lab/ports.ts", import.meta.url).href;

/** Finds ports in another process, which keeps its block while `use` runs. */
async function withPortsOfAnother(use: (ports: readonly number[]) => Promise<void>): Promise<void> {
  const script = `import { findFreePort } from "${MODULE}";
    console.log(JSON.stringify(Array.from({ length: ${PORTS} }, findFreePort)));
    await Deno.stdin.read(new Uint8Array(1));`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", script],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    await use(JSON.parse((await reader.read()).value ?? "null"));
  } finally {
    await child.stdin.close();
    await reader.cancel();
    await child.status;
  }
}

Deno.test("findFreePort() gives each port once, in all processes that run", async () => {
  const ports = Array.from({ length: PORTS }, findFreePort);
  assertEquals(new Set(ports).size, PORTS);
  await withPortsOfAnother(async (second) => {
    await withPortsOfAnother((third) => {
      assertEquals(new Set([...ports, ...second, ...third]).size, 3 * PORTS);
      return Promise.resolve();
    });
  });
});
