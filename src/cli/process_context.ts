import { systemClock } from "../domain/clock.ts";
import type { CommandContext } from "./context.ts";
import { processDevice, writeAll } from "./watch/device.ts";

/** Writes, and ignores errors that are not failures of the program. */
function tolerate(isHarmless: (error: unknown) => boolean, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!isHarmless(error)) throw error;
  }
}

/** The current process. */
export const processContext: CommandContext = {
  environment: (name) => Deno.env.get(name),
  environmentNames: () => {
    try {
      return Object.keys(Deno.env.toObject());
    } catch {
      return []; // only named variables are permitted, without --ignore-env for the others
    }
  },
  // A reader that closed its end, as in `| head`, has read enough.
  writeStdout: (text) =>
    tolerate((error) => error instanceof Deno.errors.BrokenPipe, () => writeAll(Deno.stdout, text)),
  // A log that cannot be written, on a full disk for example, must not stop the program; there is nowhere to report it.
  writeStderr: (text) => tolerate(() => true, () => writeAll(Deno.stderr, text)),
  useColor: Deno.stderr.isTerminal() && !Deno.noColor,
  terminal: {
    isOutput: Deno.stdout.isTerminal(),
    useOutputColor: Deno.stdout.isTerminal() && !Deno.noColor,
    isError: Deno.stderr.isTerminal(),
    columns: () => {
      try {
        return Deno.consoleSize().columns || null;
      } catch {
        return null;
      }
    },
  },
  device: processDevice,
  clock: systemClock,
  readTextFile: (path) => Deno.readTextFile(path),
  stateFiles: {
    read: async (path) => {
      try {
        return await Deno.readTextFile(path);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return null;
        throw error;
      }
    },
    write: async (path, text) => {
      using file = await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o600 });
      let rest = new TextEncoder().encode(text);
      while (rest.length > 0) rest = rest.subarray(await file.write(rest));
      await file.syncData();
    },
    rename: (from, to) => Deno.rename(from, to),
  },
  onSignal: (name, handler) => {
    if (Deno.build.os === "windows" && name !== "SIGINT") return () => {};
    Deno.addSignalListener(name, handler);
    return () => Deno.removeSignalListener(name, handler);
  },
};
