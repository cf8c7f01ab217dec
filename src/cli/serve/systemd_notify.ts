import type { Clock } from "../../domain/clock.ts";
import type { Logger } from "../../domain/log.ts";
import type { CommandContext } from "../context.ts";
import { errorMessage } from "../../domain/thrown.ts";

/** Sends datagrams. */
export interface NotifySocket {
  /** Sends one datagram. */
  send(text: string): Promise<void>;
  /** Closes and removes our end. */
  close(): Promise<void>;
}

/** What notifying systemd needs. */
export interface SystemdNotifyOptions {
  /** systemd's socket; null when systemd does not listen. */
  readonly socket: NotifySocket | null;
  /** The unit's WatchdogSec, seconds; null without a watchdog. */
  readonly watchdogSeconds: number | null;
  /** Whether everything that should run is running. */
  readonly isLive: () => boolean;
  /** CLOCK_MONOTONIC in microseconds, as systemd counts it; null when unknown. */
  readonly monotonicMicroseconds: () => number | null;
  /** Time. */
  readonly clock: Clock;
  /** Logs the first failure. */
  readonly logger: Logger;
}

/** Notifies systemd as sd_notify(3) specifies; a failure is logged once and otherwise ignored. */
export class SystemdNotify {
  readonly #options: SystemdNotifyOptions;
  #hasWarned = false;

  /** Sends nothing yet. */
  constructor(options: SystemdNotifyOptions) {
    this.#options = options;
  }

  /** Startup or reload is complete. */
  ready(status: string): Promise<void> {
    return this.#send(`READY=1\nSTATUS=${oneLine(status)}`);
  }

  /** Sets the line that `systemctl status` shows. */
  status(status: string): Promise<void> {
    return this.#send(`STATUS=${oneLine(status)}`);
  }

  /** A reload begins; {@linkcode SystemdNotify.ready} ends it. */
  async reloading(): Promise<void> {
    const now = this.#options.monotonicMicroseconds();
    await this.#send(now === null ? "RELOADING=1" : `RELOADING=1\nMONOTONIC_USEC=${now}`);
  }

  /** The shutdown begins. */
  stopping(): Promise<void> {
    return this.#send("STOPPING=1\nSTATUS=Stopping");
  }

  /** Sends watchdog keep-alives at half the WatchdogSec interval while the exporter is live, until the signal aborts. */
  async keepAlive(signal: AbortSignal): Promise<void> {
    const { watchdogSeconds, isLive, clock, logger, socket } = this.#options;
    if (watchdogSeconds === null || socket === null) return;
    let wasLive = true;
    while (!signal.aborted) {
      const live = isLive();
      if (live) await this.#send("WATCHDOG=1");
      else if (wasLive) logger.error("Collections have stopped: systemd gets no more watchdog keep-alives");
      wasLive = live;
      await clock.sleep(watchdogSeconds / 2, signal).catch(() => {});
    }
  }

  /** Closes our end. */
  async close(): Promise<void> {
    await this.#options.socket?.close();
  }

  async #send(text: string): Promise<void> {
    try {
      await this.#options.socket?.send(text);
    } catch (error) {
      if (this.#hasWarned) return;
      this.#hasWarned = true;
      this.#options.logger.warn("Cannot notify systemd", { error: errorMessage(error) });
    }
  }
}

/** Directories that the program may write to, besides the one that systemd names. */
const OWN_DIRECTORIES = ["/run/pg-replication-exporter", "/var/lib/pg-replication-exporter"];

/**
 * Connects to systemd when it started the process with `Type=notify`; otherwise all notifications are dropped.
 *
 * @param options The process, the log, and whether everything that should run is running.
 */
export async function openSystemdNotify(
  { context, logger, isLive }: Pick<SystemdNotifyOptions, "logger" | "isLive"> & {
    readonly context: CommandContext;
  },
): Promise<SystemdNotify> {
  const address = context.environment("NOTIFY_SOCKET") ?? "";
  const named = (context.environment("RUNTIME_DIRECTORY") ?? "").split(":").filter((each) => each !== "");
  let socket: NotifySocket | null = null;
  try {
    if (address !== "") socket = await openNotifySocket(address, [...named, ...OWN_DIRECTORIES]);
  } catch (error) {
    logger.warn("Cannot notify systemd: set RuntimeDirectory=pg-replication-exporter in the unit", {
      error: errorMessage(error),
    });
  }
  const watchdogSeconds = watchdogSecondsOf(context.environment("WATCHDOG_USEC"), {
    forPid: context.environment("WATCHDOG_PID"),
    pid: Deno.pid,
  });
  return new SystemdNotify({
    socket,
    watchdogSeconds,
    isLive,
    monotonicMicroseconds,
    clock: context.clock,
    logger,
  });
}

function monotonicMicroseconds(): number | null {
  try {
    return monotonicMicrosecondsOf(Deno.osUptime());
  } catch {
    return null;
  }
}

/**
 * Opens the socket that NOTIFY_SOCKET names.
 *
 * @param address A path, or `@` and an abstract name, which needs Deno 2.9.
 * @param directories Where our end may be created; the first writable one is used.
 * @throws {Error} When none is writable, or this Deno supports no datagrams.
 */
export async function openNotifySocket(
  address: string,
  directories: readonly string[],
): Promise<NotifySocket> {
  const path = address.startsWith("@") ? `\0${address.slice(1)}` : address;
  let failure: unknown = new Error("there is no directory for our end of the socket");
  for (const directory of directories) {
    let hidden: string;
    try {
      hidden = await Deno.makeTempDir({ dir: directory, prefix: ".notify" });
    } catch (error) {
      failure = error;
      continue;
    }
    const own = `${hidden}/s`;
    try {
      const datagrams = Deno.listenDatagram({ transport: "unixpacket", path: own });
      return {
        send: async (text) => {
          await datagrams.send(new TextEncoder().encode(text), { transport: "unixpacket", path });
        },
        async close() {
          datagrams.close();
          await Deno.remove(hidden, { recursive: true }).catch(() => {});
        },
      };
    } catch (error) {
      await Deno.remove(hidden, { recursive: true });
      throw error;
    }
  }
  throw failure;
}

/**
 * CLOCK_MONOTONIC as far as it is known: seconds since boot, rounded up, so that it is later than everything that has
 * happened, as systemd requires. Uptime includes time spent suspended, which makes it later still.
 *
 * @param uptimeSeconds Seconds since boot.
 */
export function monotonicMicrosecondsOf(uptimeSeconds: number): number {
  return (Math.floor(uptimeSeconds) + 1) * 1e6;
}

/**
 * The watchdog interval in seconds; null without a watchdog, or when it is for another process.
 *
 * @param microseconds WATCHDOG_USEC.
 * @param pids WATCHDOG_PID, and our own process.
 */
export function watchdogSecondsOf(
  microseconds: string | undefined,
  { forPid, pid }: { readonly forPid: string | undefined; readonly pid: number },
): number | null {
  const value = Number(microseconds ?? NaN);
  if (!(value > 0) || (forPid !== undefined && forPid !== "" && forPid !== String(pid))) return null;
  return value / 1e6;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
