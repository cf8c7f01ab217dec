import type { ScreenSize } from "../../report/terminal/layout.ts";

/** Standard input and output, for a command that draws and reads keys, or writes on and on. */
export interface Device {
  /** Whether standard input is a terminal: keys can come from there. */
  readonly isInput: boolean;
  /** Whether standard output is a terminal. */
  readonly isOutput: boolean;
  /** Whether standard error is a terminal. */
  readonly isError: boolean;
  /** The size of the terminal now; null when there is none or it does not say. */
  size(): ScreenSize | null;
  /**
   * Writes to standard output.
   *
   * @returns Whether there is still somebody to read it: false once a pipe is closed or a terminal gone.
   */
  write(text: string): boolean;
  /** Takes keys one by one, unseen and without signals (true), or gives the terminal its lines back (false). */
  setRaw(isRaw: boolean): void;
  /**
   * What comes from standard input, until it ends.
   *
   * @param signal Ends it early.
   */
  read(signal: AbortSignal): AsyncIterable<string>;
  /**
   * Calls back when the process ends without the command having had a chance to tidy up: an error that nobody caught.
   *
   * @returns Stops listening.
   */
  onUncaught(handler: () => void): () => void;
}

const UNCAUGHT = ["error", "unhandledrejection", "unload"] as const;

const isOutput = Deno.stdout.isTerminal();

/** A terminal that has been hung up refuses everything: that is no failure of ours. */
function tolerateGone<T>(what: () => T, gone: T): T {
  try {
    return what();
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe || isOutput) return gone;
    throw error;
  }
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
      let rest = new TextEncoder().encode(text);
      while (rest.length > 0) rest = rest.subarray(Deno.stdout.writeSync(rest));
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
      // A read of a terminal cannot be called off: the one that is left over ends with the process.
      const count = await Promise.race([Deno.stdin.read(buffer).catch(() => null), ended]);
      if (count === null) return;
      yield decoder.decode(buffer.subarray(0, count), { stream: true });
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
