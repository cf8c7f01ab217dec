/**
 * A simulated link between a primary and a standby with the rhythm of the real ones: the standby sends its status
 * every `statusSeconds`; an end that has received nothing for 30 s asks, and gets a reply at once.
 */
import { ClusterTracker } from "../../../src/cluster/tracker.ts";
import type { StandbyView } from "../../../src/domain/standby.ts";
import { DEFAULT_HEALTH_THRESHOLDS } from "../../../src/domain/thresholds.ts";
import type { ServerSnapshot } from "../../../src/domain/view.ts";
import { CLUSTER, lost, reached, receiver, recovery, sender, server, settings } from "../fixtures.ts";

const ASK_AFTER_SECONDS = 30;
const UNIX = 1_700_000_000;

export interface QuietLinkOptions {
  /** `wal_receiver_status_interval`; 0: only when asked. */
  readonly statusSeconds: number;
  /** Between two collections of a server. */
  readonly collectSeconds: number;
  /** Whether the standby is configured, or only its row is seen. */
  readonly isConfigured: boolean;
  /** How far the standby's clock is ahead. */
  readonly clockAheadSeconds: number;
}

export class QuietLink {
  now = 1000;
  written = 1000n;
  /** Whether messages pass. */
  isOpen = true;
  /** Whether we reach the standby. */
  isReachable = true;
  readonly #options: QuietLinkOptions;
  readonly #tracker: ClusterTracker;
  readonly #snapshots = new Map<string, ServerSnapshot>();
  #received = 1000n;
  #confirmed = 1000n;
  #heardByStandby = 1000;
  #heardByPrimary = 1000;

  constructor(options: QuietLinkOptions) {
    this.#options = options;
    this.#tracker = new ClusterTracker({
      clock: {
        monotonic: () => this.now,
        wall: () => UNIX + this.now,
        sleep: () => Promise.reject(new Error("No sleeping")),
      },
      expectedStandbys: 1,
      health: DEFAULT_HEALTH_THRESHOLDS,
    });
    this.#collect("primary");
    this.#collect("standby");
  }

  /** Lets seconds pass, and returns what was said of the standby at each. */
  pass(seconds: number, each: () => void = () => {}): readonly StandbyView[] {
    return Array.from({ length: seconds }, () => {
      this.now += 1;
      each();
      this.#exchange();
      this.#tracker.sample("primary", {
        systemIdentifier: CLUSTER,
        timeline: 1,
        position: this.written,
        at: this.now,
      });
      const { collectSeconds } = this.#options;
      if (this.now % collectSeconds === 0) this.#collect("primary");
      // The servers are read independently of each other: at other moments.
      if (this.now % collectSeconds === collectSeconds >> 1) this.#collect("standby");
      return this.view();
    });
  }

  view(): StandbyView {
    const [standby] = this.#tracker.derive([...this.#snapshots.values()]).standbys;
    if (standby === undefined) throw new Error("The standby is not in the view");
    return standby;
  }

  #exchange(): void {
    if (!this.isOpen) return;
    const { statusSeconds } = this.#options;
    const confirmsByItself = statusSeconds > 0;
    if (this.#received < this.written) {
      this.#received = this.written;
      this.#heardByStandby = this.now;
      if (confirmsByItself) this.#heardByPrimary = this.now;
    }
    if (confirmsByItself && this.now - this.#heardByPrimary >= statusSeconds) this.#heardByPrimary = this.now;
    const asks = this.now - this.#heardByStandby >= ASK_AFTER_SECONDS ||
      this.now - this.#heardByPrimary >= ASK_AFTER_SECONDS;
    if (asks) this.#heardByStandby = this.#heardByPrimary = this.now;
    if (this.#heardByPrimary === this.now) this.#confirmed = this.#received;
  }

  #collect(name: string): void {
    if (name === "standby" && !this.#options.isConfigured) return;
    const before = this.#snapshots.get(name);
    const snapshot = name === "primary"
      ? this.#primary()
      : this.isReachable || before === undefined
      ? this.#standby()
      : lost(before);
    this.#snapshots.set(name, snapshot);
    this.#tracker.observe([snapshot]);
  }

  #primary(): ServerSnapshot {
    const row = sender({
      applicationName: "standby",
      sentPosition: this.written,
      writePosition: this.#confirmed,
      flushPosition: this.#confirmed,
      replayPosition: this.#confirmed,
      serverPosition: this.written,
      backendStartUnixSeconds: UNIX,
      replyAgeSeconds: this.now - this.#heardByPrimary - this.#options.clockAheadSeconds,
    });
    return reached("primary", {
      readAt: this.now,
      facts: {
        server: [server({ writePosition: this.written, clockUnixSeconds: UNIX + this.now })],
        senders: [row],
        slots: [],
        settings: [settings()],
      },
    });
  }

  #standby(): ServerSnapshot {
    const position = this.#received;
    const clockUnixSeconds = UNIX + this.now + this.#options.clockAheadSeconds;
    return reached("standby", {
      readAt: this.now,
      facts: {
        server: [
          server({ inRecovery: true, receivePosition: position, replayPosition: position, clockUnixSeconds }),
        ],
        receiver: [receiver({ lastMessageAgeSeconds: this.now - this.#heardByStandby })],
        recovery: [recovery()],
        settings: [settings({ walReceiverStatusIntervalSeconds: this.#options.statusSeconds || null })],
      },
    });
  }
}
