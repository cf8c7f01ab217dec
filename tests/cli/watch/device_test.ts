import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PseudoTerminal, reasonWithoutTerminal } from "../../fixtures/pseudo_terminal.ts";

const DEVICE = new URL("../../../src/cli/watch/device.ts", import.meta.url).href;
const ignore = reasonWithoutTerminal() !== null;

function command(script: string): readonly string[] {
  return [Deno.execPath(), "eval", `import { processDevice as device } from "${DEVICE}";\n${script}`];
}

function start(script: string): Promise<PseudoTerminal> {
  return PseudoTerminal.start(command(script), { columns: 70, rows: 20, isScreen: false });
}

Deno.test("processDevice writes to a pipe until its reader closes it", async () => {
  const [program = "", ...args] = command(`
    let writes = 0;
    while (device.write("x".repeat(10_000))) writes++;
    console.error(writes > 0, device.isInput, device.isOutput, device.size());
  `);
  const child = new Deno.Command(program, { args, stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  const [status, stderr] = await Promise.all([child.status, new Response(child.stderr).text()]);
  assertEquals([status.code, stderr], [0, "true false false null\n"]);
});

Deno.test({
  name: "processDevice detects the terminal and its size, and reads keys until the signal",
  ignore,
  fn: async () => {
    await using terminal = await start(`
      device.setRaw(true);
      const stop = new AbortController();
      device.write(JSON.stringify([device.isInput, device.isOutput, device.isError, device.size()]));
      for await (const text of device.read(stop.signal)) {
        device.write("typed " + JSON.stringify(text));
        if (text === "q") stop.abort();
      }
      device.setRaw(false);
      device.write("over");
      Deno.exit(0);
    `);
    await terminal.untilShown(/"rows":20/);
    assertStringIncludes(terminal.output, '[true,true,true,{"columns":70,"rows":20}]');
    await terminal.type("\x1b[A");
    await terminal.untilShown(/typed "\\u001b\[A"/);
    await terminal.type("q");
    const { code, before, after } = await terminal.ended();
    assertEquals([code, after], [0, before]);
    assert(terminal.output.endsWith("over"), terminal.output);
  },
});

for (
  const [how, script] of [
    ["an error", `setTimeout(() => { throw new Error("a defect"); });`],
    ["a rejection", `Promise.reject(new Error("a defect"));`],
    ["an exit", `Deno.exit(1);`],
  ] as const
) {
  Deno.test({
    name: `processDevice calls back when ${how} ends the process`,
    ignore,
    fn: async () => {
      await using terminal = await start(`device.onUncaught(() => device.write("tidied up"));${script}`);
      const { code } = await terminal.ended();
      assertEquals(code, 1);
      assertStringIncludes(terminal.output, "tidied up");
    },
  });
}
