/**
 * How much time the machine itself took away, so that a watcher is blamed for its own delays only.
 *
 * A probe does the least that an exporter must do: it wakes after a moment and asks for nothing, on the same event loop,
 * over a connection like the exporter's. What that takes longer than it should is lost to everybody. On a machine that
 * keeps up nothing is lost, and every limit is what it says.
 *
 * @module
 */
import type { Server } from "../../compose/lab/server.ts";
import type { SqlClient } from "../../compose/lab/sql_client.ts";
import { now, type Span } from "./markers.ts";

/** From one probe to the next, seconds. */
const PERIOD_SECONDS = 0.1;

/** A probe that is this late was not kept waiting by anybody, seconds. */
const USUAL_SECONDS = 0.03;

/** Longest that an answer is waited for, seconds. */
const PATIENCE_SECONDS = 10;

/** What is asked; disposing it ends a question that is under way. */
export interface Probe extends AsyncDisposable {
  /** Asks; false when there was no answer to wait for. Must not reject. */
  ask(): Promise<boolean>;
}

/** Asks a server of a cluster for nothing; one that does not run is not asked, and one that refuses costs nothing. */
export class ServerProbe implements Probe {
  readonly #server: () => Server;
  readonly #clients = new Map<Server, SqlClient>();

  /** Asks the server that this names at the moment. */
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
  /** When the probe that is under way should have ended; null while none is. */
  #dueAt: number | null = null;

  /**
   * Probes from now on.
   *
   * @param probe What is asked; disposed with this.
   * @param options How long it takes where nobody is kept waiting, seconds.
   */
  constructor(probe: Probe, options: { readonly usualSeconds?: number } = {}) {
    this.#probe = probe;
    this.#usualSeconds = options.usualSeconds ?? USUAL_SECONDS;
    this.#running = this.#run();
  }

  /**
   * Seconds that were lost between two moments.
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

  /** Seconds between two moments that were not lost. */
  fairIn(span: Span): number {
    return span.to - span.from - this.lostIn(span);
  }

  /**
   * By how much somebody may have come too late in a span and around it who acts once in some seconds: two acts, the one
   * before and the one after, each kept waiting as long as the unluckiest probe. Many small losses make nobody late by
   * their sum, and one long one counts once.
   *
   * @param span The moments.
   * @param seconds How many seconds that were not lost lie before it and behind it.
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

  /** The moment that so many seconds which were not lost lie behind another one; before it when they are negative. */
  #walk(at: number, seconds: number): number {
    let moment = at + seconds;
    // What was lost in between pushes it on, where more may have been lost; every step but the last meets a loss.
    for (let rounds = 0; rounds < 100; rounds++) {
      const span = seconds < 0 ? { from: moment, to: at } : { from: at, to: moment };
      const left = Math.abs(seconds) - this.fairIn(span);
      if (left < 0.001) break;
      moment += Math.sign(seconds) * left;
    }
    return moment;
  }

  /** Every loss, the one under way included. */
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
