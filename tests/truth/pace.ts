/**
 * How much time the machine itself lost, so that the exporter is judged only by its own delays.
 *
 * A probe does the minimum that an exporter must do: it wakes after a moment and sends an empty statement, on the same
 * event loop, over a connection like the exporter's. Any additional time is lost for everybody. On a machine that keeps up
 * nothing is lost, and every limit applies unchanged.
 *
 * @module
 */
import type { Server } from "../../compose/lab/server.ts";
import type { SqlClient } from "../../compose/lab/sql_client.ts";
import { now, type Span } from "./markers.ts";

/** From one probe to the next, seconds. */
const PERIOD_SECONDS = 0.1;

/** A delay of a probe up to this is normal, seconds. */
const USUAL_SECONDS = 0.03;

/** Timeout of an answer, seconds. */
const PATIENCE_SECONDS = 10;

/** The target of a probe; disposing it ends a running probe. */
export interface Probe extends AsyncDisposable {
  /** Probes; false when there was nothing to wait for. Must not reject. */
  ask(): Promise<boolean>;
}

/** Sends an empty statement to a server; not if the server is down, and a refusal does not count. */
export class ServerProbe implements Probe {
  readonly #server: () => Server;
  readonly #clients = new Map<Server, SqlClient>();

  /** Probes the server that this function returns. */
  constructor(server: () => Server) {
    this.#server = server;
  }

  /** See {@linkcode Probe.ask}. */
  async ask(): Promise<boolean> {
    const server = this.#server();
    if (server.pid === null) return false;
    const client = this.#clients.get(server) ?? server.connect("postgres");
    this.#clients.set(server, client);
    return await client.query("SELECT 1", PATIENCE_SECONDS).then(() => true, () => false);
  }

  /** Closes its connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }
}

/** Probes until disposed. */
export class Pace implements AsyncDisposable {
  readonly #probe: Probe;
  readonly #usualSeconds: number;
  readonly #lost: Span[] = [];
  readonly #stopping = Promise.withResolvers<void>();
  readonly #running: Promise<void>;
  #isStopping = false;
  /** When the running probe should have ended; null while none is running. */
  #dueAt: number | null = null;

  /**
   * Starts probing.
   *
   * @param probe The target; disposed with this.
   * @param options The normal duration of a probe, seconds.
   */
  constructor(probe: Probe, options: { readonly usualSeconds?: number } = {}) {
    this.#probe = probe;
    this.#usualSeconds = options.usualSeconds ?? USUAL_SECONDS;
    this.#running = this.#run();
  }

  /**
   * Seconds lost between two moments.
   *
   * @param span The moments: our monotonic seconds.
   */
  lostIn({ from, to }: Span): number {
    let seconds = 0;
    for (const lost of this.#losses()) {
      seconds += Math.max(0, Math.min(lost.to, to) - Math.max(lost.from, from));
    }
    return seconds;
  }

  /** Seconds between two moments, without lost ones. */
  fairIn(span: Span): number {
    return span.to - span.from - this.lostIn(span);
  }

  /**
   * How late a periodic task may be in and around a span: two runs, the one before and the one after, each delayed by the
   * longest delay of a probe. Many small losses do not add up, and one long loss counts once.
   *
   * @param span The moments.
   * @param seconds How many seconds, without lost ones, before and after it count.
   */
  delayAround({ from, to }: Span, seconds: number): number {
    const span = { from: this.#walk(from, -seconds), to: this.#walk(to, seconds) };
    let longest = 0;
    for (const lost of this.#losses()) {
      if (lost.to >= span.from && lost.from <= span.to) longest = Math.max(longest, lost.to - lost.from);
    }
    return Math.min(2 * longest, this.lostIn(span));
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    this.#stopping.resolve();
    await this.#probe[Symbol.asyncDispose]();
    await this.#running;
    await this.#probe[Symbol.asyncDispose]();
  }

  /** The moment this many seconds, without lost ones, after another one; before it when negative. */
  #walk(at: number, seconds: number): number {
    let moment = at + seconds;
    // Losses in between move it further, where there may be more losses; every step but the last meets a loss.
    for (let rounds = 0; rounds < 100; rounds++) {
      const span = seconds < 0 ? { from: moment, to: at } : { from: at, to: moment };
      const left = Math.abs(seconds) - this.fairIn(span);
      if (left < 0.001) break;
      moment += Math.sign(seconds) * left;
    }
    return moment;
  }

  /** Every loss, including the current one. */
  *#losses(): Generator<Span> {
    yield* this.#lost;
    if (this.#dueAt !== null && now() - this.#dueAt > this.#usualSeconds) {
      yield { from: this.#dueAt, to: now() };
    }
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const dueAt = now() + PERIOD_SECONDS;
      this.#dueAt = dueAt;
      await pause(PERIOD_SECONDS, this.#stopping.promise);
      if (this.#isStopping) return;
      const wokenAt = now();
      const answered = await this.#probe.ask();
      const endedAt = answered ? now() : wokenAt;
      this.#dueAt = null;
      if (endedAt - dueAt > this.#usualSeconds) this.#lost.push({ from: dueAt, to: endedAt });
    }
  }
}

async function pause(seconds: number, ended: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const elapsed = new Promise<void>((resolve) => timer = setTimeout(resolve, seconds * 1000));
  await Promise.race([elapsed, ended]);
  clearTimeout(timer);
}
