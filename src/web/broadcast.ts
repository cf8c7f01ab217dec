import { encodeText } from "./responses.ts";

/** Most bytes that may be queued for one listener, besides its first message. */
const MAX_QUEUED_BYTES = 1024 * 1024;

/** Sends the same text to all listeners, without waiting for any. */
export class Broadcast {
  readonly #maxQueuedBytes: number;
  readonly #listeners = new Map<ReadableStreamDefaultController<Uint8Array>, string | null>();

  /**
   * Has no listeners yet.
   *
   * @param options `maxQueuedBytes`: most bytes queued for one listener, 1 MiB when absent.
   */
  constructor(options: { readonly maxQueuedBytes?: number } = {}) {
    this.#maxQueuedBytes = options.maxQueuedBytes ?? MAX_QUEUED_BYTES;
  }

  /** Number of listeners. */
  get size(): number {
    return this.#listeners.size;
  }

  /**
   * Number of listeners of one client.
   *
   * @param client The client.
   */
  countOf(client: string): number {
    return this.#listeners.values().reduce((count, its) => its === client ? count + 1 : count, 0);
  }

  /**
   * Adds a listener, until the stream is cancelled.
   *
   * @param first Its first message, of any length.
   * @param options `client`: absent or null when it is unknown.
   */
  subscribe(
    first: string,
    { client = null }: { readonly client?: string | null } = {},
  ): ReadableStream<Uint8Array> {
    let listener: ReadableStreamDefaultController<Uint8Array> | null = null;
    const opening = encodeText(first);
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        listener = controller;
        this.#listeners.set(controller, client);
        controller.enqueue(opening);
      },
      cancel: () => {
        if (listener !== null) this.#listeners.delete(listener);
      },
    }, new ByteLengthQueuingStrategy({ highWaterMark: this.#maxQueuedBytes + opening.length }));
  }

  /**
   * Sends text to all listeners. One whose queue is full is dropped; it gets everything when it reconnects.
   *
   * @param text The text; an empty one is not sent.
   */
  send(text: string): void {
    if (text === "" || this.#listeners.size === 0) return;
    const bytes = encodeText(text);
    for (const listener of this.#listeners.keys()) {
      if ((listener.desiredSize ?? 0) > 0) listener.enqueue(bytes);
      else {
        this.#listeners.delete(listener);
        listener.error(new Error("Dropped: the client does not read the stream"));
      }
    }
  }

  /** Ends every stream. */
  close(): void {
    for (const listener of this.#listeners.keys()) listener.close();
    this.#listeners.clear();
  }
}
