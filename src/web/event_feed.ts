import type { Clock } from "../domain/clock.ts";
import type { Report, ReportEvent } from "../report/model.ts";
import { changedRegions, type PageState, renderPageState } from "../report/page/page.ts";
import { Broadcast } from "./broadcast.ts";
import { HttpError } from "./http_error.ts";

/** How often the report is looked at while anybody listens, seconds. */
const STEP_SECONDS = 1;
/** Something is sent at least this often, so that silence means that the exporter is lost, seconds. */
const SILENCE_SECONDS = 5;
/** Streams at once, of both forms together. */
const MOST_STREAMS = 100;
/** Streams at once of one client: four browsers that have all the connections open that they allow themselves. */
const MOST_OF_CLIENT = 25;
/** How soon a client comes again, milliseconds. */
const RETRY = "retry: 2000\n\n";

/** What a feed needs. */
export interface EventFeedOptions {
  /** The report of now; null before the first collection has ended. */
  readonly readReport: () => Report | null;
  /** Time. */
  readonly clock: Clock;
  /** Tells pages of this build from others. */
  readonly build: string;
  /** Ends all streams. */
  readonly signal?: AbortSignal;
  /** Told what is our own fault. */
  readonly onError?: (error: unknown) => void;
  /** Streams at once; 100 when absent. */
  readonly mostStreams?: number;
  /** Streams at once of one client; 25 when absent. */
  readonly mostOfClient?: number;
}

/** Keys of what makes most of a report and changes only now and then: sent again when it has changed. */
const SLOW_PARTS = ["lag_history", "checks", "events"] as const;

type SlowPart = typeof SLOW_PARTS[number];

/** Where one event stands among all: Unix milliseconds, and its number among those of one millisecond. */
type EventId = readonly [milliseconds: number, number: number];

/**
 * What is sent to those who listen for events. The report is looked at once a second for all of them, and only while
 * there are any.
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

  /** Does nothing until somebody listens. */
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
   * A stream of server-sent events: of `report` and `event`, or of what changes on the page.
   *
   * Who comes last is refused, rather than who was there first ended: an ended client comes again at once, and would in
   * turn end another one, for ever.
   *
   * @param wish `form`; `lastEventId`: the latest event a client had that comes again, null when it is new; `client`: who
   * it is, absent or null when that is not known.
   * @throws {HttpError} 429 when the client has too many streams, 503 when all together have, or the exporter is ending.
   */
  open(
    { form, lastEventId, client = null }: {
      readonly form: "report" | "page";
      readonly lastEventId: string | null;
      readonly client?: string | null;
    },
  ): ReadableStream<Uint8Array> {
    const { mostStreams = MOST_STREAMS, mostOfClient = MOST_OF_CLIENT } = this.#options;
    if (this.#ended) {
      throw new HttpError(503, "The exporter is ending: try again in a moment", {
        headers: { "retry-after": "2" },
      });
    }
    if (client !== null && this.#reports.countOf(client) + this.#pages.countOf(client) >= mostOfClient) {
      throw new HttpError(
        429,
        `Already streaming events to ${mostOfClient} listeners at your address: close one of them, or ask ` +
          "/api/v1/report instead",
        { headers: { "retry-after": "10" } },
      );
    }
    if (this.#reports.size + this.#pages.size >= mostStreams) {
      throw new HttpError(503, `Already streaming events to ${mostStreams} clients: try again later`, {
        headers: { "retry-after": "10" },
      });
    }
    // Everybody knows the state of now, so that from here on all are told the same.
    this.#step(form);
    const stream = form === "page"
      ? this.#pages.subscribe(`${RETRY}${this.#page === null ? "" : frame("page", this.#page)}`, { client })
      : this.#reports.subscribe(`${RETRY}${this.#missed(lastEventId)}${this.#reportFrame()}`, { client });
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
      // Those who listen come again, and are told what is wrong by the answer.
      this.#reports.close();
      this.#pages.close();
      if (!signal?.aborted) onError?.(error);
    } finally {
      this.#running = false;
    }
  }

  /** Tells everybody what has changed, or at times that nothing has; `joining` is the form of one who is about to listen. */
  #step(joining?: "report" | "page"): void {
    const report = this.#options.readReport();
    const now = this.#options.clock.monotonic();
    if (report !== null) this.#report = report;
    const forReports = report !== null && (this.#reports.size > 0 || joining === "report")
      ? this.#changesOf(report)
      : "";
    if (forReports !== "" || now - this.#reportedAt >= SILENCE_SECONDS) {
      this.#reports.send(forReports || ": nothing has changed\n\n");
      this.#reportedAt = now;
    }
    if (report !== null) this.#latestEvent = identify(report.events).at(-1)?.id ?? this.#latestEvent;
    if (this.#pages.size === 0 && joining !== "page") {
      this.#page = null;
      return;
    }
    const forPages = this.#changesOfPage(report);
    if (forPages !== "" || now - this.#pagedAt >= SILENCE_SECONDS) {
      this.#pages.send(forPages || frame("alive", {}));
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
    return `${events}${isSame ? "" : frame("report", report, { without: known })}`;
  }

  #changesOfPage(report: Report | null): string {
    const before = this.#page;
    this.#page = renderPageState(report, this.#options.build);
    if (before === null) return "";
    const regions = changedRegions(before.regions, this.#page.regions);
    return Object.keys(regions).length === 0 ? "" : frame("page", { ...this.#page, regions });
  }

  #reportFrame(): string {
    return this.#report === null ? "" : frame("report", this.#report);
  }

  /** Events since one that a client had before its connection broke. */
  #missed(lastEventId: string | null): string {
    const match = /^(\d{1,15})-(\d{1,4})$/.exec(lastEventId ?? "");
    if (match === null || this.#report === null) return "";
    return framesOf(this.#report.events, [Number(match[1]), Number(match[2])]);
  }
}

function frame(
  event: string,
  content: unknown,
  { id = "", without = [] }: { readonly id?: string; readonly without?: readonly string[] } = {},
): string {
  const data = JSON.stringify(content, (key, value) => without.includes(key) ? undefined : value);
  return `${id === "" ? "" : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`;
}

/** Identifiers that stay the same from report to report. */
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
    .map(({ id, event }) => frame("event", event, { id: id.join("-") }))
    .join("");
}

/** What makes most of a report and changes only now and then, each as text by which it is told from another. */
function slowParts({ clusters, checks, events }: Report): Readonly<Record<SlowPart, string>> {
  const histories = clusters.flatMap(({ standbys }) => standbys.map((standby) => standby.lag_history));
  return {
    lag_history: fingerprintOf(histories),
    checks: fingerprintOf(checks),
    events: fingerprintOf(events),
  };
}

/** Without what changes by time alone, and with instants as whole seconds. */
function fingerprintOf(content: unknown): string {
  return JSON.stringify(content, (key, value) => {
    if (key.startsWith("timestamp") || /(^|_)age_seconds$/.test(key)) return undefined;
    return key.endsWith("unix_seconds") && typeof value === "number" ? Math.round(value) : value;
  });
}
