import type { Clock } from "../../domain/clock.ts";
import type { Logger } from "../../domain/log.ts";

/** Sends one datagram. */
export interface NotifySocket {
  /** Sends it. */
  send(text: string): Promise<void>;
  /** Closes our own end, and removes it. */
  close(): Promise<void>;
}

/** What telling systemd needs. */
export interface SystemdNotifyOptions {
  /** Where to tell it; null when nobody listens. */
  readonly socket: NotifySocket | null;
  /** Within how many seconds systemd wants to hear that we live; null when it does not. */
  readonly watchdogSeconds: number | null;
  /** Whether everything that should run does. */
  readonly isLive: () => boolean;
  /** CLOCK_MONOTONIC in microseconds, as systemd counts it; null when that cannot be told. */
  readonly monotonicMicroseconds: () => number | null;
  /** Time. */
  readonly clock: Clock;
  /** Where it is told, once, that systemd cannot be. */
  readonly logger: Logger;
}

/** Tells systemd what goes on, as sd_notify(3) has it; never fails, at most it is silent. */
export class SystemdNotify {
  readonly #options: SystemdNotifyOptions;
  #isTold = false;

  /** Tells nothing yet. */
  constructor(options: SystemdNotifyOptions) {
    this.#options = options;
  }

  /** Everything is up. */
  ready(status: string): Promise<void> {
    return this.#send(`READY=1\nSTATUS=${oneLine(status)}`);
  }

  /** One line for `systemctl status`. */
  status(status: string): Promise<void> {
    return this.#send(`STATUS=${oneLine(status)}`);
  }

  /** A reload begins; {@linkcode SystemdNotify.ready} ends it. */
  async reloading(): Promise<void> {
    const now = this.#options.monotonicMicroseconds();
    await this.#send(now === null ? "RELOADING=1" : `RELOADING=1\nMONOTONIC_USEC=${now}`);
  }

  /** The end has begun. */
  stopping(): Promise<void> {
    return this.#send("STOPPING=1\nSTATUS=Stopping");
  }

  /** Tells that we live, twice as often as systemd asks, for as long as it is true and the signal does not abort. */
  async keepAlive(signal: AbortSignal): Promise<void> {
    const { watchdogSeconds, isLive, clock, logger, socket } = this.#options;
    if (watchdogSeconds === null || socket === null) return;
    let wasLive = true;
    while (!signal.aborted) {
      const live = isLive();
      if (live) await this.#send("WATCHDOG=1");
      else if (wasLive) {
        logger.error("Collections have come to a halt: systemd is no longer told that we live");
      }
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
      if (this.#isTold) return;
      this.#isTold = true;
      this.#options.logger.warn("Cannot tell systemd how we are", {
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }
}

/**
 * Opens what NOTIFY_SOCKET names.
 *
 * @param address A path, or `@` and an abstract name, which needs Deno 2.9.
 * @param directories Where our own end may be put: it needs a name, of the first that can be written to.
 * @throws {Error} When there is none, or this Deno knows no datagrams.
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
 * CLOCK_MONOTONIC as far as it can be told: the time since boot in whole seconds, rounded up, so that it lies after
 * whatever has happened before, which is what systemd asks. Time spent asleep counts in it and makes it later still.
 *
 * @param uptimeSeconds Seconds since boot.
 */
export function monotonicMicrosecondsOf(uptimeSeconds: number): number {
  return (Math.floor(uptimeSeconds) + 1) * 1e6;
}

/**
 * The watchdog's patience as systemd words it.
 *
 * @param microseconds WATCHDOG_USEC.
 * @param forPid WATCHDOG_PID: whom it is meant for.
 * @param pid Our own.
 * @returns Seconds; null when there is no watchdog, or it is somebody else's.
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
