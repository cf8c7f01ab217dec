/** A simulated cluster: who is primary, where its WAL is, and who follows. */

/** State of a simulated server: `refusing` closes its port, `silent` accepts connections and never answers. */
export type SimState = "up" | "slow" | "refusing" | "silent";

/** One server of a simulated cluster. */
export interface SimServer {
  /** Its name: also its `cluster_name`, `application_name` and slot. */
  readonly name: string;
  /** Loopback address. */
  readonly address: string;
  /** Port. */
  readonly port: number;
  /** PostgreSQL's major version. */
  readonly major: number;
  /** How far it follows behind the primary, seconds. */
  readonly lagSeconds: number;
  /** Process id of its sender at the primary; changes with each connection. */
  senderPid: number;
  /** Whether and how it answers. */
  state: SimState;
}

/** How fast and how big. */
export interface SimClusterOptions {
  /** `system_identifier`. */
  readonly systemIdentifier: string;
  /** Bytes of WAL a second. */
  readonly bytesPerSecond: number;
  /** Further inactive slots on the primary. */
  readonly otherSlots: number;
}

/** WAL that is written at a time, bytes: positions move in steps, as records do. */
const RECORD_BYTES = 64;
/** Where WAL begins. */
const FIRST_POSITION = 0x3_0000_0000;

/** A cluster whose WAL grows with the time. */
export class SimCluster {
  /** Its servers. */
  readonly servers: readonly SimServer[];
  /** Its fixed properties. */
  readonly options: SimClusterOptions;
  /** Timeline; one more with each failover. */
  timeline = 1;
  /** When it last failed over, monotonic seconds; -Infinity before the first. */
  failedOverAt = -Infinity;
  readonly #startedAt: number;
  #primary: SimServer;

  /** The first server is the primary. */
  constructor(servers: readonly SimServer[], options: SimClusterOptions & { readonly now: number }) {
    const [primary] = servers;
    if (primary === undefined) throw new RangeError("A cluster needs a server");
    this.servers = servers;
    this.options = options;
    this.#primary = primary;
    this.#startedAt = options.now;
  }

  /** The primary, reachable or not. */
  get primary(): SimServer {
    return this.#primary;
  }

  /** Whether a server runs. */
  static isUp({ state }: SimServer): boolean {
    return state === "up" || state === "slow";
  }

  /** Whether a server is a standby that is connected to the primary. */
  isStreaming(server: SimServer): boolean {
    return server !== this.#primary && SimCluster.isUp(this.#primary) && SimCluster.isUp(server);
  }

  /** Standbys that are connected to the primary. */
  get streaming(): readonly SimServer[] {
    return this.servers.filter((each) => this.isStreaming(each));
  }

  /** Every server but the primary. */
  get standbys(): readonly SimServer[] {
    return this.servers.filter((each) => each !== this.#primary);
  }

  /** The next server becomes the primary, on a new timeline, and the others follow it. */
  failOver(now: number): void {
    const { servers } = this;
    this.#primary = servers[(servers.indexOf(this.#primary) + 1) % servers.length] ?? this.#primary;
    this.timeline += 1;
    this.failedOverAt = now;
    for (const server of servers) server.senderPid += 1;
  }

  /** A server's position, bytes: where its WAL ends, or what it has replayed. */
  positionOf(server: SimServer, now: number): number {
    const lag = server === this.#primary ? 0 : server.lagSeconds;
    const seconds = Math.max(0, now - this.#startedAt - lag);
    const written = Math.floor(seconds * this.options.bytesPerSecond / RECORD_BYTES) * RECORD_BYTES;
    return FIRST_POSITION + written;
  }
}

/** A position as PostgreSQL writes it. */
export function formatPosition(position: number): string {
  const high = Math.floor(position / 2 ** 32);
  return `${high.toString(16)}/${(position % 2 ** 32).toString(16)}`.toUpperCase();
}
