/** One run of Deno. */
export interface Run {
  /** Its name in the list of failures. */
  readonly name: string;
  /** Arguments of `deno`. */
  readonly args: readonly string[];
  /** Additional environment variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs Deno several times in parallel, all to the end even when one fails. The output of a single run appears at once; of
 * several runs, that of each appears as a whole when it ends.
 *
 * @param runs What to run, in the order of their start.
 * @param options `jobs`: how many at once; `write` receives their output, in the form of `Deno.stdout.write`.
 * @returns The names of the failed runs, in the given order.
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
