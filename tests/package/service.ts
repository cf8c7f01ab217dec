/**
 * Runs the installed program as its unit does, where systemd does not run: user, environment, credentials, socket.
 *
 * @module
 */
import { until } from "../../compose/lab/until.ts";
import { TextLineStream } from "../live/text_lines.ts";
import { NOTIFY_SOCKET } from "./installed.ts";

const BINARY = "/usr/bin/pg-replication-exporter";
const UNIT = "/usr/lib/systemd/system/pg-replication-exporter.service";
const RECEIVER = new URL("../live/notify_receiver.ts", import.meta.url).pathname;

/** Whom it runs as, and where its credentials are. */
interface Circumstances {
  readonly user: { readonly uid: number; readonly gid: number };
  readonly credentials: string;
}

/** How a program ended. */
interface Result {
  readonly code: number;
  readonly stderr: string;
}

/** The words behind a setting of the installed unit, without those that only systemd fills in. */
async function wordsOf(setting: string): Promise<readonly string[]> {
  const unit = await Deno.readTextFile(UNIT);
  const line = new RegExp(`^${setting}=(.*)$`, "m").exec(unit)?.[1] ?? "";
  const [program, ...words] = line.split(" ").filter((word) => !word.startsWith("$"));
  if (program !== BINARY) throw new Error(`The unit's ${setting} runs ${program}, expected ${BINARY}`);
  return words;
}

function command(args: readonly string[], { user, credentials }: Circumstances): Deno.Command {
  return new Deno.Command(BINARY, {
    args: [...args],
    uid: user.uid,
    gid: user.gid,
    cwd: "/",
    clearEnv: true,
    env: {
      PATH: "/usr/bin:/bin",
      // The unit has PrivateTmp: what the runtime keeps there is gone with it.
      TMPDIR: credentials,
      CREDENTIALS_DIRECTORY: credentials,
      NOTIFY_SOCKET,
      WATCHDOG_USEC: "1000000",
      RUNTIME_DIRECTORY: "/run/pg-replication-exporter",
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
}

/** The running service; disposing it kills it. */
export class InstalledService implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stderr: Promise<string>;
  readonly #url: string;
  readonly #circumstances: Circumstances;
  #ended = false;

  private constructor(child: Deno.ChildProcess, options: Circumstances & { readonly address: string }) {
    this.#child = child;
    this.#stderr = new Response(child.stderr).text();
    this.#url = `http://${options.address}`;
    this.#circumstances = options;
    child.status.then(() => this.#ended = true);
  }

  /** Starts it with the unit's command line, and waits until it answers. */
  static async start(options: Circumstances & { readonly address: string }): Promise<InstalledService> {
    const args = [...await wordsOf("ExecStart"), `--web.listen-address=${options.address}`];
    const service = new InstalledService(command(args, options).spawn(), options);
    try {
      await until("the installed exporter to answer", async () => {
        if (service.#ended) return true;
        const response = await fetch(`${service.#url}/-/healthy`);
        await response.body?.cancel();
        return response.ok;
      });
      if (service.#ended) throw new Error("it ended at once");
      return service;
    } catch (error) {
      await service[Symbol.asyncDispose]();
      throw new Error(`The installed exporter did not start: ${await service.#stderr}`, { cause: error });
    }
  }

  /** Starts it where it is expected to end by itself. */
  static async tryStart(circumstances: Circumstances): Promise<Result> {
    const { code, stderr } = await command(await wordsOf("ExecStart"), circumstances).output();
    return { code, stderr: new TextDecoder().decode(stderr) };
  }

  /** Runs the unit's `ExecReload`, or another action of `ctl`. */
  async ctl(action: string): Promise<Result> {
    const words = action === "reload" ? await wordsOf("ExecReload") : ["ctl", action];
    const { code, stderr } = await command(words, this.#circumstances).output();
    return { code, stderr: new TextDecoder().decode(stderr) };
  }

  /** One scrape. */
  async scrape(): Promise<string> {
    const response = await fetch(`${this.#url}/metrics`);
    const page = await response.text();
    if (response.status !== 200) throw new Error(`Scrape failed: ${response.status} ${page}`);
    return page;
  }

  /** Ends it as systemd does; its exit status. */
  async stop(): Promise<number> {
    this.#child.kill("SIGTERM");
    return (await this.#child.status).code;
  }

  /** What it logged; only after it ended. */
  log(): Promise<string> {
    return this.#stderr;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) {
      try {
        this.#child.kill("SIGKILL");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // it ended just now
      }
    }
    await this.#child.status;
    await this.#stderr;
  }
}

/** Listens where systemd would; disposing it removes its socket. */
export class NotifyReceiver implements AsyncDisposable {
  /** The notifications it received. */
  readonly messages: string[] = [];
  readonly #path: string;
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;

  private constructor(path: string) {
    this.#path = path;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--unstable-net", RECEIVER, path],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    this.#reading = this.#read();
  }

  /** Opens the socket for everybody, as systemd does. */
  static async open(path: string): Promise<NotifyReceiver> {
    const receiver = new NotifyReceiver(path);
    try {
      await until("the receiver to listen", () => receiver.messages.length === 1);
      await Deno.chmod(path, 0o777);
      return receiver;
    } catch (error) {
      await receiver[Symbol.asyncDispose]();
      throw error;
    }
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
    await Deno.remove(this.#path).catch(() => {});
  }
}
