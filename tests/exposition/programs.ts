/**
 * Programs of this machine that judge our output.
 *
 * @module
 */

/** Result of a program. */
export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Where a program is.
 *
 * @param name Its name or path.
 * @param probe Arguments with which it ends at once and well.
 * @returns The name, or `null` when it is not there or does not work.
 */
export async function findProgram(
  name: string,
  probe: readonly string[] = ["--version"],
): Promise<string | null> {
  try {
    const command = new Deno.Command(name, {
      args: [...probe],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
    return (await command.output()).success ? name : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return null;
    throw error;
  }
}

/**
 * Runs a program to its end.
 *
 * @param name Its name or path.
 * @param options Its arguments and what it reads from standard input.
 */
export async function runWithInput(
  name: string,
  { args, input }: { readonly args: readonly string[]; readonly input: string },
): Promise<ProgramResult> {
  const command = new Deno.Command(name, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const child = command.spawn();
  // A program that ends early closes its input; its exit code and stderr say why, so the broken pipe need not.
  const writing = ReadableStream.from([input]).pipeThrough(new TextEncoderStream()).pipeTo(child.stdin)
    .catch(() => {});
  const [output] = await Promise.all([child.output(), writing]);
  const decoder = new TextDecoder();
  return { code: output.code, stdout: decoder.decode(output.stdout), stderr: decoder.decode(output.stderr) };
}
