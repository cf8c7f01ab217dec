/** A program that the build needs is missing or failed. */
export class ProgramError extends Error {
  /** Class name. */
  override readonly name = "ProgramError";
}

/**
 * Runs a program of the system until it ends.
 *
 * @param program Its name.
 * @param options `args`; `cwd`, the current directory when absent; `input` for its standard input; additional `env`.
 * @returns Its standard output.
 * @throws {ProgramError} When it is missing or fails, with its error output.
 */
export async function runProgram(
  program: string,
  options: {
    readonly args: readonly string[];
    readonly cwd?: string;
    readonly input?: string;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<Uint8Array> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args: [...options.args],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { LC_ALL: "C.UTF-8", ...options.env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new ProgramError(`Cannot run ${program}: it is not installed, or not on the PATH`, {
      cause: error,
    });
  }
  // A program that ends early closes its input; its exit code and stderr explain it better than the broken pipe.
  const writing = new Blob([options.input ?? ""]).stream().pipeTo(child.stdin).catch(() => {});
  const [{ success, code, stdout, stderr }] = await Promise.all([child.output(), writing]);
  if (success) return stdout;
  const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim()).join("\n").trim();
  throw new ProgramError(`${program} failed with exit status ${code}: ${said}`);
}
