import type { Logger } from "../../domain/log.ts";
import type { CommandContext } from "../context.ts";
import {
  monotonicMicrosecondsOf,
  type NotifySocket,
  openNotifySocket,
  SystemdNotify,
  watchdogSecondsOf,
} from "./systemd_notify.ts";

/** Directories that the program may write to, besides the one systemd names. */
const OWN_DIRECTORIES = ["/run/pg-replication-exporter", "/var/lib/pg-replication-exporter"];

/**
 * Opens the way to systemd, when the process was started by it with `Type=notify`.
 *
 * @param options The process, where trouble is told, and whether everything that should run does.
 * @returns One that is silent when systemd does not listen.
 */
export async function openSystemdNotify(
  { context, logger, isLive }: {
    readonly context: CommandContext;
    readonly logger: Logger;
    readonly isLive: () => boolean;
  },
): Promise<SystemdNotify> {
  const address = context.environment("NOTIFY_SOCKET") ?? "";
  const watchdogSeconds = watchdogSecondsOf(context.environment("WATCHDOG_USEC"), {
    forPid: context.environment("WATCHDOG_PID"),
    pid: Deno.pid,
  });
  return new SystemdNotify({
    socket: address === "" ? null : await open(address, { context, logger }),
    watchdogSeconds,
    isLive,
    monotonicMicroseconds,
    clock: context.clock,
    logger,
  });
}

async function open(
  address: string,
  { context, logger }: { readonly context: CommandContext; readonly logger: Logger },
): Promise<NotifySocket | null> {
  const named = (context.environment("RUNTIME_DIRECTORY") ?? "").split(":").filter((each) => each !== "");
  try {
    return await openNotifySocket(address, [...named, ...OWN_DIRECTORIES]);
  } catch (error) {
    logger.warn("Cannot tell systemd how we are: give the unit RuntimeDirectory=pg-replication-exporter", {
      error: error instanceof Error ? error.message : String(error),
    });
    return null;
  }
}

function monotonicMicroseconds(): number | null {
  try {
    return monotonicMicrosecondsOf(Deno.osUptime());
  } catch {
    return null;
  }
}
