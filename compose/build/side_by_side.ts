/** One run of Deno. */
export interface Run {
  /** Its name in the list of failures. */
  readonly name: string;
  /** Arguments of `deno`. */
  readonly args: readonly string[];
  /** Variables in addition to ours. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs Deno several times in parallel; each run completes even if another fails. With a single job, output is written
 * immediately; otherwise the output of each run is written when it ends, so that runs are not mixed.
 *
 * @param runs The runs, in the order in which they start.
 * @param options `jobs`: how many at once; `write` takes what they write, in the form of `Deno.stdout.write`.
 * @returns The names of failed runs, in the order given.
 */
export async function runSideBySide(
  runs: readonly Run[],
  { jobs, write = writeAll }: {
    readonly jobs: number;
    readonly write?: (bytes: Uint8Array) => Promise<void>;
  },
): Promise<readonly string[]> {
  const failed = new Set<Run>();
  const waiting = [...runs];
  const work = async () => {
    for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
      const isWell = runs.length === 1 ? await runAlone(run) : await runQuietly(run, write);
      if (!isWell) failed.add(run);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return runs.filter((run) => failed.has(run)).map(({ name }) => name);
}

function commandOf({ args, env = {} }: Run, output: "inherit" | "piped"): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { ...env },
    stdin: "null",
    stdout: output,
    stderr: output,
  });
}

async function runAlone(run: Run): Promise<boolean> {
  return (await commandOf(run, "inherit").spawn().status).success;
}

async function runQuietly(run: Run, write: (bytes: Uint8Array) => Promise<void>): Promise<boolean> {
  const child = commandOf(run, "piped").spawn();
  const said: Uint8Array[] = [];
  const listen = async (stream: ReadableStream<Uint8Array>) => {
    for await (const bytes of stream) said.push(bytes);
  };
  const [{ success }] = await Promise.all([child.status, listen(child.stdout), listen(child.stderr)]);
  await write(new Uint8Array(await new Blob(said.map((bytes) => new Uint8Array(bytes))).arrayBuffer()));
  return success;
}

async function writeAll(bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await Deno.stdout.write(rest));
}
