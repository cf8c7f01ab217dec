import type { Logger } from "../../domain/log.ts";
import type { CommandContext } from "../context.ts";

/** Requests to stop, or to reload the configuration. */
export interface Signals {
  /** Aborts with the first request to stop. */
  readonly first: AbortSignal;
  /** Resolves with the second. */
  readonly second: Promise<void>;
  /** Stops as a signal would; `by` is logged as the source, null logs nothing. */
  end(by: string | null): void;
  /** Calls back with each SIGHUP, also with one that came before this call. */
  onReload(callback: () => void): void;
  /** Stops handling signals. */
  release(): void;
}

/** Handles SIGINT, SIGTERM and SIGHUP. */
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
