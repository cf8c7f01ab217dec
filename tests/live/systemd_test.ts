import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { TextLineStream } from "./text_lines.ts";
import { runtimeFlags } from "../../compose/build/runtime_flags.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { HAS_LIMITS as KNOWS_ABSTRACT_NAMES } from "../web/deno_version.ts";
import { until } from "./support.ts";

const RECEIVER = new URL("./notify_receiver.ts", import.meta.url).pathname;

/** Receives notifications like systemd. */
class Receiver implements AsyncDisposable {
  readonly messages: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;

  constructor(path: string) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--unstable-net", RECEIVER, path],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    for await (const line of this.#child.stdout.pipeThrough(new TextLineStream())) {
      this.messages.push(String(JSON.parse(line)));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#reading;
    await this.#child.status;
  }
}

async function serveUnder(address: string, directory: string): Promise<readonly string[]> {
  await using receiver = new Receiver(address);
  await until("the receiver to listen", () => receiver.messages.length === 1);
  const [program = "", ...rest] = FROM_SOURCE;
  const flags = runtimeFlags().map((flag) =>
    flag.startsWith("--allow-write=") ? `${flag},${directory}` : flag
  );
  await using exporter = await ServeProcess.start([program, "run", "--quiet", ...flags, rest.at(-1) ?? ""], {
    args: ["--server=a=host=127.0.0.1 port=1 user=nobody", "--management.socket=none"],
    env: { NOTIFY_SOCKET: address, WATCHDOG_USEC: "400000", RUNTIME_DIRECTORY: directory },
  });
  const count = (start: string) => receiver.messages.filter((each) => each.startsWith(start)).length;
  await until("it to be ready", () => count("READY=1") === 1);
  await until("it to say twice that it lives", () => count("WATCHDOG=1") > 2);
  exporter.signal("SIGHUP");
  await until("it to be ready again", () => count("READY=1") === 2);
  assertEquals((await exporter.stop()).code, 0);
  await until("it to have said that it stops", () => count("STOPPING=1") === 1);
  const own = (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name);
  assertEquals(own.filter((name) => name.startsWith(".notify")), [], "its own end is gone");
  return receiver.messages;
}

Deno.test({ name: "serve notifies systemd", ignore: Deno.build.os !== "linux" }, async () => {
  const directory = await Deno.makeTempDir({ prefix: "pgrepl-notify-" });
  try {
    const messages = await serveUnder(`${directory}/notify`, directory);
    assertEquals(messages.filter((each) => !each.startsWith("WATCHDOG")).map((each) => each.split("\n")[0]), [
      "listening",
      "READY=1",
      "RELOADING=1",
      "READY=1",
      "STOPPING=1",
    ]);
    assert(messages.includes("READY=1\nSTATUS=Watching 1 server"));
    const stamp = messages.find((each) => each.startsWith("RELOADING"))?.split("\n")[1] ?? "";
    assertMatch(stamp, /^MONOTONIC_USEC=\d+$/);
    assertGreater(Number(stamp.split("=")[1]), 0);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test({
  name: "serve notifies systemd at an abstract address",
  ignore: Deno.build.os !== "linux" || !KNOWS_ABSTRACT_NAMES,
}, async () => {
  const directory = await Deno.makeTempDir({ prefix: "pgrepl-notify-" });
  try {
    const messages = await serveUnder(`@pgrepl-${crypto.randomUUID()}`, directory);
    assert(messages.includes("WATCHDOG=1"));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
