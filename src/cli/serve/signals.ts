import type { Logger } from "../../domain/log.ts";
import type { CommandContext } from "../context.ts";

/** What tells `serve` to end, or to read its configuration anew. */
export interface Signals {
  /** Aborts with the first request to end. */
  readonly first: AbortSignal;
  /** Resolves with the second. */
  readonly second: Promise<void>;
  /** Ends as a signal would; `by` is who asked, null when it goes without saying. */
  end(by: string | null): void;
  /** Calls back with each SIGHUP. One that came before is not forgotten. */
  onReload(callback: () => void): void;
  /** Listens no longer. */
  release(): void;
}

/**
 * Listens to SIGINT, SIGTERM and SIGHUP.
 *
 * @param options The process, and where it is told.
 */
export function listenToSignals(
  { context, logger }: { readonly context: CommandContext; readonly logger: Logger },
): Signals {
  const controller = new AbortController();
  const { promise: second, resolve } = Promise.withResolvers<void>();
  let reload: (() => void) | null = null;
  let isReloadDue = false;
  const end = (by: string | null) => {
    if (controller.signal.aborted) return resolve();
    if (by !== null) logger.info("Stopping", { signal: by });
    controller.abort();
  };
  const stops = [
    ...(["SIGINT", "SIGTERM"] as const).map((name) => context.onSignal(name, () => end(name))),
    context.onSignal("SIGHUP", () => {
      if (reload === null) isReloadDue = true;
      else if (!controller.signal.aborted) reload();
    }),
  ];
  return {
    first: controller.signal,
    second,
    end,
    onReload(callback) {
      reload = callback;
      if (isReloadDue) callback();
    },
    release: () => stops.forEach((stop) => stop()),
  };
}
