import type { Clock } from "../domain/clock.ts";
import type { Report, ReportEvent } from "../report/model.ts";
import { changedRegions, type PageState, renderPageState } from "../report/page/page.ts";
import { Broadcast } from "./broadcast.ts";
import { HttpError } from "./http_error.ts";

/** Interval at which the report is read while there are listeners, seconds. */
const STEP_SECONDS = 1;
/** Longest time without a message: more silence means that the exporter is unreachable, seconds. */
const KEEPALIVE_SECONDS = 5;
/** Concurrent streams, of both forms together. */
const MAX_STREAMS = 100;
/** Concurrent streams of one client: four browsers with all the connections they allow themselves. */
const MAX_STREAMS_PER_CLIENT = 25;
/** Delay after which a client reconnects, milliseconds. */
const RETRY = "retry: 2000\n\n";

/** What a feed needs. */
export interface EventFeedOptions {
  /** Returns the current report; null until the first collection has finished. */
  readonly readReport: () => Report | null;
  /** Time. */
  readonly clock: Clock;
  /** Identifies the page's build. */
  readonly build: string;
  /** Ends all streams. */
  readonly signal?: AbortSignal;
  /** Called with internal errors. */
  readonly onError?: (error: unknown) => void;
  /** Concurrent streams; 100 when absent. */
  readonly maxStreams?: number;
  /** Concurrent streams of one client; 25 when absent. */
  readonly maxStreamsPerClient?: number;
}

/** Keys of the large parts of a report that rarely change: sent again only after a change. */
const SLOW_PARTS = ["lag_history", "checks", "events"] as const;

type SlowPart = typeof SLOW_PARTS[number];

/** Identifies an event: Unix milliseconds, and its number within the millisecond. */
type EventId = readonly [milliseconds: number, number: number];

/**
 * Sends events to listeners. The report is read once a second for all of them, and only while there are any.
 */
export class EventFeed {
  readonly #options: EventFeedOptions;
  readonly #reports = new Broadcast();
  readonly #pages = new Broadcast();
  #report: Report | null = null;
  #fingerprint = "";
  #slow: Readonly<Record<SlowPart, string>> | null = null;
  #page: PageState | null = null;
  #latestEvent: EventId = [0, 0];
  #reportedAt = -Infinity;
  #pagedAt = -Infinity;
  #running = false;
  #ended = false;

  /** Does nothing until there is a listener. */
  constructor(options: EventFeedOptions) {
    this.#options = options;
    const end = () => {
      this.#ended = true;
      this.#reports.close();
      this.#pages.close();
    };
    if (options.signal?.aborted) end();
    else options.signal?.addEventListener("abort", end, { once: true });
  }

  /**
   * Opens a stream of server-sent events: of `report` and `event`, or of the parts of the page that change.
   *
   * At the limit the new stream is refused instead of ending an older one, whose client would reconnect at once and end
   * yet another.
   *
   * @param request `form`; `lastEventId`: the latest event of a client that reconnects, null for a new one; `client`:
   *   absent or null when it is unknown.
   * @throws {HttpError} 429 when the client has too many streams, 503 when there are too many in all, or the exporter is
   *   stopping.
   */
  open(
    { form, lastEventId, client = null }: {
      readonly form: "report" | "page";
      readonly lastEventId: string | null;
      readonly client?: string | null;
    },
  ): ReadableStream<Uint8Array> {
    const { maxStreams = MAX_STREAMS, maxStreamsPerClient = MAX_STREAMS_PER_CLIENT } = this.#options;
    if (this.#ended) {
      throw new HttpError(503, "The exporter is stopping: try again in a moment", { retryAfter: 2 });
    }
    const own = client === null ? 0 : this.#reports.countOf(client) + this.#pages.countOf(client);
    if (own >= maxStreamsPerClient) {
      throw new HttpError(
        429,
        `Your address already has ${maxStreamsPerClient} event streams: close one of them, or use /api/v1/report`,
        { retryAfter: 10 },
      );
    }
    if (this.#reports.size + this.#pages.size >= maxStreams) {
      throw new HttpError(503, `There are ${maxStreams} event streams already: try again later`, {
        retryAfter: 10,
      });
    }
    // Brings all listeners to the current state, so that later messages are the same for all.
    this.#step(form);
    const first = form === "page"
      ? eventFrame("page", this.#page)
      : `${this.#missed(lastEventId)}${eventFrame("report", this.#report)}`;
    const stream = (form === "page" ? this.#pages : this.#reports).subscribe(`${RETRY}${first}`, { client });
    if (!this.#running) this.#run();
    return stream;
  }

  async #run(): Promise<void> {
    const { clock, onError, signal } = this.#options;
    this.#running = true;
    try {
      while (this.#reports.size + this.#pages.size > 0) {
        await clock.sleep(STEP_SECONDS, signal);
        this.#step();
      }
    } catch (error) {
      // The listeners reconnect and get the error as the answer.
      this.#reports.close();
      this.#pages.close();
      if (!signal?.aborted) onError?.(error);
    } finally {
      this.#running = false;
    }
  }

  /** Sends what has changed, or a keep-alive; `joining` is the form of a listener that is about to be added. */
  #step(joining?: "report" | "page"): void {
    const report = this.#options.readReport();
    const now = this.#options.clock.monotonic();
    if (report !== null) this.#report = report;
    const forReports = report !== null && (this.#reports.size > 0 || joining === "report")
      ? this.#changesOf(report)
      : "";
    if (forReports !== "" || now - this.#reportedAt >= KEEPALIVE_SECONDS) {
      this.#reports.send(forReports || ": no change\n\n");
      this.#reportedAt = now;
    }
    if (report !== null) this.#latestEvent = identify(report.events).at(-1)?.id ?? this.#latestEvent;
    if (this.#pages.size === 0 && joining !== "page") {
      this.#page = null;
      return;
    }
    const forPages = this.#changesOfPage(report);
    if (forPages !== "" || now - this.#pagedAt >= KEEPALIVE_SECONDS) {
      this.#pages.send(forPages || eventFrame("alive", {}));
      this.#pagedAt = now;
    }
  }

  #changesOf(report: Report): string {
    const events = framesOf(report.events, this.#latestEvent);
    const fingerprint = fingerprintOf(report);
    const isSame = fingerprint === this.#fingerprint;
    this.#fingerprint = fingerprint;
    const before = this.#slow;
    this.#slow = slowParts(report);
    const known = SLOW_PARTS.filter((part) => before?.[part] === this.#slow?.[part]);
    return `${events}${isSame ? "" : eventFrame("report", report, { without: known })}`;
  }

  #changesOfPage(report: Report | null): string {
    const before = this.#page;
    this.#page = renderPageState(report, this.#options.build, before);
    if (before === null) return "";
    const regions = changedRegions(before.regions, this.#page.regions);
    return Object.keys(regions).length === 0 ? "" : eventFrame("page", { ...this.#page, regions });
  }

  /** The events after the latest one of a client that reconnects. */
  #missed(lastEventId: string | null): string {
    const match = /^(\d{1,15})-(\d{1,4})$/.exec(lastEventId ?? "");
    if (match === null || this.#report === null) return "";
    return framesOf(this.#report.events, [Number(match[1]), Number(match[2])]);
  }
}

/** A message of server-sent events, without the values of the keys in `without`; "" when there is no content. */
function eventFrame(
  event: string,
  content: unknown,
  { id = "", without = [] }: { readonly id?: string; readonly without?: readonly string[] } = {},
): string {
  if (content === null) return "";
  const data = JSON.stringify(content, (key, value) => without.includes(key) ? undefined : value);
  return `${id === "" ? "" : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`;
}

/** Events with identifiers that are the same in every report. */
function identify(
  events: readonly ReportEvent[],
): readonly { readonly id: EventId; readonly event: ReportEvent }[] {
  let previous = -1;
  let count = 0;
  return events.map((event) => {
    const milliseconds = Math.round(event.unix_seconds * 1000);
    count = milliseconds === previous ? count + 1 : 0;
    previous = milliseconds;
    return { id: [milliseconds, count], event };
  });
}

function framesOf(events: readonly ReportEvent[], [milliseconds, number]: EventId): string {
  return identify(events)
    .filter(({ id }) => id[0] > milliseconds || (id[0] === milliseconds && id[1] > number))
    .map(({ id, event }) => eventFrame("event", event, { id: id.join("-") }))
    .join("");
}

/** Fingerprints of the large parts of a report. */
function slowParts({ clusters, checks, events }: Report): Readonly<Record<SlowPart, string>> {
  const histories = clusters.flatMap(({ standbys }) => standbys.map((standby) => standby.lag_history));
  return {
    lag_history: fingerprintOf(histories),
    checks: fingerprintOf(checks),
    events: fingerprintOf(events),
  };
}

/** Text that changes with the content, but not with ages and counts of seconds; timestamps count as whole seconds. */
function fingerprintOf(content: unknown): string {
  return JSON.stringify(content, (key, value) => {
    if (key.startsWith("timestamp") || /(^|_)age_seconds$|^lag_last_hour$/.test(key)) return undefined;
    return key.endsWith("unix_seconds") && typeof value === "number" ? Math.round(value) : value;
  });
}
