/**
 * Watches of servers that tests make up.
 *
 * @module
 */
import type { ServerConfig } from "../../src/config/config.ts";
import type { Facts } from "../../src/domain/facts.ts";
import type { ServerSnapshot } from "../../src/domain/view.ts";
import type { Watch } from "../../src/scrape/watch_list.ts";
import { lost, neverReached, reached } from "../cluster/fixtures.ts";

/** A watch that reads what a test says is there. */
export class FakeWatch implements Watch {
  readonly config: ServerConfig;
  snapshot: ServerSnapshot;
  closed = false;
  collections = 0;
  readonly #read: () => Facts | null | Promise<null>;
  readonly #onSnapshot: (snapshot: ServerSnapshot) => void;

  /** `read` returns the facts at the server's address; null when nothing responds, perhaps only after a while. */
  constructor(
    config: ServerConfig,
    { read, onSnapshot }: {
      readonly read: () => Facts | null | Promise<null>;
      readonly onSnapshot: (snapshot: ServerSnapshot) => void;
    },
  ) {
    this.config = config;
    this.snapshot = neverReached(config.name);
    this.#read = read;
    this.#onSnapshot = onSnapshot;
  }

  async collect(): Promise<void> {
    this.collections++;
    const read = this.#read();
    const facts = read instanceof Promise ? await read : read;
    const { name, target: { host, hostAddress, port } } = this.config;
    this.snapshot = {
      ...facts === null ? lost(this.snapshot) : reached(name, { readAt: 100, facts }),
      address: { host, hostAddress, port },
    };
    this.#onSnapshot(this.snapshot);
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}
