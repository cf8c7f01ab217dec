/** Most that may wait for one listener, bytes, beyond what it was told first. */
const MOST_WAITING = 1024 * 1024;

const encoder = new TextEncoder();

/** Sends the same to everybody who listens, and waits for nobody. */
export class Broadcast {
  readonly #mostWaiting: number;
  readonly #listeners = new Map<ReadableStreamDefaultController<Uint8Array>, string | null>();

  /**
   * Nobody listens yet.
   *
   * @param options `mostWaiting`: bytes that may wait for one listener, 1 MiB when absent.
   */
  constructor(options: { readonly mostWaiting?: number } = {}) {
    this.#mostWaiting = options.mostWaiting ?? MOST_WAITING;
  }

  /** How many listen. */
  get size(): number {
    return this.#listeners.size;
  }

  /**
   * How many of one client listen.
   *
   * @param client Who it is.
   */
  countOf(client: string): number {
    return this.#listeners.values().reduce((count, its) => its === client ? count + 1 : count, 0);
  }

  /**
   * Lets one more listen, until the stream is cancelled.
   *
   * @param first What it is told at once, whatever its length.
   * @param options `client`: who it is; absent or null when that is not known.
   */
  subscribe(
    first: string,
    { client = null }: { readonly client?: string | null } = {},
  ): ReadableStream<Uint8Array> {
    let listener: ReadableStreamDefaultController<Uint8Array> | null = null;
    const opening = encoder.encode(first);
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        listener = controller;
        this.#listeners.set(controller, client);
        controller.enqueue(opening);
      },
      cancel: () => {
        if (listener !== null) this.#listeners.delete(listener);
      },
    }, new ByteLengthQueuingStrategy({ highWaterMark: this.#mostWaiting + opening.length }));
  }

  /**
   * Sends to everybody. Who has too much waiting already is dropped instead: it may come again, and is told all then.
   *
   * @param text What to send; nothing when it is empty.
   */
  send(text: string): void {
    if (text === "" || this.#listeners.size === 0) return;
    const bytes = encoder.encode(text);
    for (const listener of this.#listeners.keys()) {
      if ((listener.desiredSize ?? 0) > 0) listener.enqueue(bytes);
      else {
        this.#listeners.delete(listener);
        listener.error(new Error("Dropped: the client does not read what it is sent"));
      }
    }
  }

  /** Ends every stream. */
  close(): void {
    for (const listener of this.#listeners.keys()) listener.close();
    this.#listeners.clear();
  }
}
