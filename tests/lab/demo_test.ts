/** The demo as a user runs it. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { processesIn, sendSignal } from "../../compose/lab/processes.ts";
import { until } from "../../compose/lab/until.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** A running demo, and everything it has printed so far. */
class Demo implements AsyncDisposable {
  output = "";
  readonly ended: Promise<number>;
  readonly #child: Deno.ChildProcess;
  #running = true;

  constructor(...args: string[]) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--config", `${ROOT}deno.json`, `${ROOT}compose/lab/demo.ts`, ...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const reading = [this.#child.stdout, this.#child.stderr].map((stream) => this.#read(stream));
    this.ended = this.#child.status.then(async ({ code }) => {
      await Promise.all(reading);
      this.#running = false;
      return code;
    });
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) this.output += text;
  }

  /** Waits until it is ready; returns the address of the exporter. */
  async untilReady(): Promise<string> {
    await until(
      "the demo to be ready",
      () => !this.#running || this.output.includes("Stop everything: Ctrl-C"),
      { seconds: 120 },
    );
    return /Exporter +(\S+)\/metrics/.exec(this.output)?.[1] ?? `it failed: ${this.output}`;
  }

  interrupt(): void {
    sendSignal(this.#child.pid, "SIGINT");
  }

  get pid(): number {
    return this.#child.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#running) sendSignal(this.#child.pid, "SIGTERM");
    await this.ended;
  }
}

async function readMetric(url: string, series: string): Promise<number | null> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split("\n").find((each) => each.startsWith(`${series} `));
  return line === undefined ? null : Number(line.slice(series.length));
}

async function lab(...args: string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--config", `${ROOT}deno.json`, `${ROOT}compose/lab/main.ts`, ...args],
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test("two demos side by side show real lag, obey lab fault and leave nothing", async () => {
  await using first = new Demo();
  await using second = new Demo("--pg", "17", "--standbys", "1");
  const [url, other] = await Promise.all([first.untilReady(), second.untilReady()]);
  assert(url.startsWith("http://127.0.0.1:") && other.startsWith("http://127.0.0.1:"), `${url} ${other}`);
  assert(url !== other, "each has a port of its own");
  const name = / lab down --name (\S+)/.exec(first.output)?.[1] ?? "";
  assert(name !== / lab down --name (\S+)/.exec(second.output)?.[1], "each has a name of its own");
  const directory = await findDirectory(name);

  const lag = 'pgrepl_standby_lag_seconds{instance="standby"}';
  await until("all servers to be up and no lag", async () => {
    const up = ["primary", "standby", "standby2"].map((each) =>
      readMetric(url, `pgrepl_up{instance="${each}"}`)
    );
    return (await Promise.all(up)).every((value) => value === 1) && await readMetric(url, lag) === 0;
  });
  assertStringIncludes(await lab("fault", "cut", "standby", "--name", name), "The link of standby is cut");
  await until("the lag to grow", async () => (await readMetric(url, lag) ?? 0) > 1.5);
  const connected = 'pgrepl_standby_connected{instance="standby"}';
  assertEquals([await readMetric(url, connected), await readMetric(other, connected)], [0, 1]);
  await lab("fault", "heal", "standby", "--name", name);
  await until("the lag to be gone", async () => (await readMetric(url, lag) ?? 9) < 1);

  const passwords = [...first.output.matchAll(/postgres:([^@\s]+)@/g)].map((match) => match[1] ?? "");
  assert(passwords.length === 3);
  first.interrupt();
  assertEquals(await first.ended, 0, first.output);
  assertStringIncludes(first.output, "Everything is stopped and removed");
  assertEquals(await processesIn(directory), []);
  assertEquals(await Deno.lstat(directory).then(() => true, () => false), false);
  await fetch(url).then(
    () => assert(false, "the exporter still answers"),
    (error) => assert(error instanceof TypeError),
  );
});

Deno.test("the demo with a subscriber shows it stop and come back by the commands that it prints", async () => {
  await using demo = new Demo("--logical");
  const url = await demo.untilReady();
  assertMatch(demo.output, / subscriber +postgresql:\S+\/app +subscribes to primary\n/);
  const commands = [...demo.output.matchAll(/ lab (fault \S+ --name \S+)\n/g)].map(([, words = ""]) => words);
  assertEquals(commands.map((words) => words.split(" ")[1]), [
    ...["disable-subscription", "enable-subscription", "break-apply", "mend-apply", "stop-ack", "start-ack"],
  ]);
  const subscription = 'instance="subscriber",subscription="app_sub"';
  const is = async (reason: string) =>
    await readMetric(url, `pgrepl_subscription_reason{${subscription},reason="${reason}"}`) === 1;
  const run = async (name: string) => {
    const words = commands.find((each) => each.startsWith(`fault ${name} `))?.split(" ") ?? [];
    return await lab(...words);
  };
  await until("the subscriber to be up", async () => {
    return await readMetric(url, 'pgrepl_up{instance="subscriber"}') === 1 && await is("streaming");
  });
  assertStringIncludes(await run("disable-subscription"), "is disabled; undo: enable-subscription");
  await until("the reason", () => is("disabled"));
  const lag = `pgrepl_subscription_lag_seconds{${subscription}}`;
  await until("the lag to grow", async () => (await readMetric(url, lag) ?? 0) > 1.5);
  await run("enable-subscription");
  await until(
    "the lag to be gone",
    async () => await is("streaming") && (await readMetric(url, lag) ?? 9) < 1,
  );

  assertStringIncludes(await run("break-apply"), "undo: mend-apply");
  await until("the reason", () => is("apply_error"));
  const log = /Log +(\S+) says why/.exec(demo.output)?.[1] ?? "";
  assertMatch(await Deno.readTextFile(log), /"customers_pkey"/);
  await run("mend-apply");
  await until(
    "the lag to be gone",
    async () => !(await is("apply_error")) && (await readMetric(url, lag) ?? 9) < 1,
  );
});

async function findDirectory(name: string): Promise<string> {
  const directory = / in (\/\S+)\n/.exec(await lab("status", "--name", name))?.[1] ?? "";
  assertMatch(directory, /pgrepl-lab-/);
  return directory;
}

Deno.test("the demo says why it cannot start and leaves nothing", async (t) => {
  await t.step("a port that is taken", async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await using demo = new Demo("--port", String(listener.addr.port));
    assertEquals(await demo.ended, 2);
    assertEquals(
      demo.output,
      `The demo failed: Port ${listener.addr.port} is in use; choose another with --port\n`,
    );
  });
  await t.step("no PostgreSQL where --binaries points", async () => {
    await using demo = new Demo("--binaries", "/nowhere");
    assertEquals(await demo.ended, 1);
    assertStringIncludes(demo.output, "The demo failed: No PostgreSQL in /nowhere");
  });
  await t.step("Ctrl-C while it starts", async () => {
    await using demo = new Demo();
    await until("the first step", () => demo.output.includes("Initialising"));
    demo.interrupt();
    assertEquals(await demo.ended, 130, demo.output);
    assertStringIncludes(demo.output, "Stopped");
    const parents = [Deno.env.get("TMPDIR") ?? "/tmp"];
    for (const parent of parents) {
      for await (const entry of Deno.readDir(parent)) {
        assert(!entry.name.startsWith(`pgrepl-lab-${demo.pid}-`), entry.name);
      }
    }
  });
});

Deno.test("demo --keep leaves the files and says where", async () => {
  await using demo = new Demo("--keep", "--standbys", "0");
  assertStringIncludes(await demo.untilReady(), "http://127.0.0.1:");
  demo.interrupt();
  assertEquals(await demo.ended, 0, demo.output);
  const directory = /the files are in (\S+)\n/.exec(demo.output)?.[1] ?? "";
  assertMatch(directory, /pgrepl-lab-/);
  try {
    assert((await Deno.stat(`${directory}/primary/PG_VERSION`)).isFile);
    assertEquals(await processesIn(directory), []);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("demo --help lists its options", async () => {
  await using demo = new Demo("--help");
  assertEquals(await demo.ended, 0);
  for (const option of ["--pg", "--standbys", "--port", "--binaries", "--keep"]) {
    assertStringIncludes(demo.output, option);
  }
});
