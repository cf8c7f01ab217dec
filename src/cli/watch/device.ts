import type { ScreenSize } from "../../report/terminal/layout.ts";

/** Standard input and output for a command that draws and reads keys, or writes continuously. */
export interface Device {
  /** Whether standard input is a terminal, which can send keys. */
  readonly isInput: boolean;
  /** Whether standard output is a terminal. */
  readonly isOutput: boolean;
  /** Whether standard error is a terminal. */
  readonly isError: boolean;
  /** Current size of the terminal; null when unknown. */
  size(): ScreenSize | null;
  /** Writes to standard output; false when the pipe or the terminal has been closed. */
  write(text: string): boolean;
  /** Switches raw mode on or off: keys one by one, without echo and signals. */
  setRaw(isRaw: boolean): void;
  /** Reads standard input until its end or the signal. */
  read(signal: AbortSignal): AsyncIterable<string>;
  /** Calls back when an uncaught error ends the process, until the returned function is called. */
  onUncaught(handler: () => void): () => void;
}

const UNCAUGHT = ["error", "unhandledrejection", "unload"] as const;

const isOutput = Deno.stdout.isTerminal();

/** A terminal that has been hung up rejects everything; that is not a failure of the program. */
function tolerateGone<T>(what: () => T, gone: T): T {
  try {
    return what();
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe || isOutput) return gone;
    throw error;
  }
}

/** Writes a whole text. */
export function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
}

/** Standard input and output of the process. */
export const processDevice: Device = {
  isInput: Deno.stdin.isTerminal(),
  isOutput,
  isError: Deno.stderr.isTerminal(),
  size: () => {
    try {
      const { columns, rows } = Deno.consoleSize();
      return columns > 0 && rows > 0 ? { columns, rows } : null;
    } catch {
      return null;
    }
  },
  write: (text) =>
    tolerateGone(() => {
      writeAll(Deno.stdout, text);
      return true;
    }, false),
  setRaw: (isRaw) => tolerateGone(() => Deno.stdin.setRaw(isRaw), undefined),
  read: readStdin,
  onUncaught: (handler) => {
    for (const name of UNCAUGHT) globalThis.addEventListener(name, handler);
    return () => {
      for (const name of UNCAUGHT) globalThis.removeEventListener(name, handler);
    };
  },
};

async function* readStdin(signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(256);
  const { promise: ended, resolve: end } = Promise.withResolvers<null>();
  const onAbort = () => end(null);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    while (!signal.aborted) {
      // A read of a terminal cannot be cancelled: the last one ends with the process.
      const count = await Promise.race([Deno.stdin.read(buffer).catch(() => null), ended]);
      if (count === null) return;
      yield decoder.decode(buffer.subarray(0, count), { stream: true });
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
