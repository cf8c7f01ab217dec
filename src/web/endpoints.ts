import { PROBE_PATH } from "./routes/probe.ts";
import { REPORT_PATH } from "./routes/report.ts";
import { SERVERS_PREFIX } from "./routes/servers.ts";
import { SERVICE_DISCOVERY_PATH } from "./routes/service_discovery.ts";
import { EVENTS_PATH } from "./routes/events.ts";

/** A word and what it means. */
export type Meaning = readonly [name: string, meaning: string];

/** A status that a path answers with, and when. */
export type Status = readonly [status: number, when: string];

/** One path of the exporter. */
export interface Endpoint {
  /** The path; `NAME` in it stands for a server's name. */
  readonly path: string;
  /** Methods; any other is a 405. */
  readonly methods: readonly string[];
  /** What it answers, one sentence. */
  readonly answers: string;
  /** Content type of what it answers with 200. */
  readonly type: string;
  /** Statuses of its own, besides those of every path; the first is the one of success. */
  readonly statuses: readonly Status[];
  /** Parameters of the query. */
  readonly parameters: readonly Meaning[];
  /** Headers of the request that make a difference. */
  readonly headers: readonly Meaning[];
}

const READ = ["GET", "HEAD"] as const;
const TEXT = "text/plain";
const JSON_TYPE = "application/json";
const METRICS_TYPE = "text/plain (0.0.4) or application/openmetrics-text (1.0)";

const GZIP: Meaning = ["Accept-Encoding", "`gzip` when it is accepted"];
const METRICS_HEADERS: readonly Meaning[] = [
  ["Accept", "text format 0.0.4 or OpenMetrics 1.0"],
  GZIP,
  [
    "X-Prometheus-Scrape-Timeout-Seconds",
    "the answer comes before that; what is not known by then is left out",
  ],
];
const TOO_EARLY: Status = [503, "before the first collection has ended"];
const TOO_MANY: Status = [503, "more requests than `--web.max-requests` are being answered"];

/** Handlers of the app, by the paths they answer. */
export type AppHandler =
  | "page"
  | "metrics"
  | "report"
  | "events"
  | "probe"
  | "discovery"
  | "routing"
  | "healthy"
  | "ready";

/** Paths that the app answers, and which of its handlers does. */
export type AppEndpoint = Endpoint & { readonly handler: AppHandler };

const PLAIN = { methods: READ, type: TEXT, parameters: [], headers: [] } as const;

/**
 * The paths for people, Prometheus and balancers.
 *
 * @param telemetryPath Where the metrics are.
 */
export function appEndpoints(telemetryPath: string): readonly AppEndpoint[] {
  return [
    {
      ...PLAIN,
      handler: "page",
      path: "/",
      answers: "The overview for people; also before anything is known, and then it says so.",
      type: "text/html",
      statuses: [[200, "always"]],
    },
    {
      ...PLAIN,
      handler: "metrics",
      path: telemetryPath,
      answers: "The metrics. A server that is down is `pgrepl_up 0`, not an error.",
      type: METRICS_TYPE,
      statuses: [[200, "while the exporter is well"], TOO_MANY],
      headers: METRICS_HEADERS,
    },
    {
      ...PLAIN,
      handler: "report",
      path: REPORT_PATH,
      answers: "Everything that is known, once: [REPORT.md](REPORT.md).",
      type: JSON_TYPE,
      statuses: [[200, "there is a report, whatever it says"], TOO_EARLY, TOO_MANY],
      headers: [GZIP],
    },
    {
      ...PLAIN,
      handler: "events",
      path: EVENTS_PATH,
      answers:
        "Server-sent events: `report` at first and whenever it has changed, `event` when something happened.",
      type: "text/event-stream",
      statuses: [
        [200, "the stream begins"],
        [400, "`as` is another word"],
        [429, "25 streams go to that address already"],
        [503, "100 clients listen already, or the exporter is ending"],
      ],
      parameters: [["as", "`report` (default), or `page`: the parts of the page that have changed"]],
      headers: [["Last-Event-ID", "events after this one come first; browsers send it by themselves"]],
    },
    {
      ...PLAIN,
      handler: "probe",
      path: PROBE_PATH,
      answers: "The metrics of one server, without those of the exporter: [FLEETS.md](FLEETS.md).",
      type: METRICS_TYPE,
      statuses: [
        [200, "also when the server does not answer: `pgrepl_up 0`"],
        [400, "no target, one that cannot be read, a module or a parameter that does not exist"],
        [403, "the target is neither watched nor in `probe.allowed_targets`"],
        [503, "1,000 servers are probed already, or as at the metrics"],
      ],
      parameters: [
        ["target", "name of a watched server, or `host:port`; port 5432 when absent; required"],
        ["auth_module", "login of `probe.modules`; `default` when absent"],
      ],
      headers: METRICS_HEADERS,
    },
    {
      ...PLAIN,
      handler: "discovery",
      path: SERVICE_DISCOVERY_PATH,
      answers: "The watched servers, discovered standbys too, for `http_sd_configs`: [FLEETS.md](FLEETS.md).",
      type: JSON_TYPE,
      statuses: [[200, "the list, which may be empty"], TOO_EARLY],
    },
    routing("primary", "Whether the server is the primary."),
    routing("replica", "Whether it is a standby within the limits."),
    routing("sync", "As `replica`, and its upstream calls it synchronous."),
    routing("read", "Whether it may be read from, in either role."),
    {
      ...PLAIN,
      handler: "healthy",
      path: "/-/healthy",
      answers: "Whether the process answers. No server that is down changes it.",
      statuses: [[200, "always"]],
    },
    {
      ...PLAIN,
      handler: "ready",
      path: "/-/ready",
      answers: "Whether there is something to serve.",
      statuses: [[200, "the first collection has ended, however it ended"], TOO_EARLY],
    },
  ];
}

function routing(kind: string, answers: string): AppEndpoint {
  return {
    ...PLAIN,
    handler: "routing",
    path: `${SERVERS_PREFIX}NAME/${kind}`,
    answers: `${answers} For load balancers: [ROUTING.md](ROUTING.md).`,
    statuses: [
      [200, "yes; the text says why"],
      [400, "a parameter that does not exist or cannot be read"],
      [404, "no such server is watched"],
      [503, "no; the text says why"],
    ],
    parameters: [
      ["max_lag", "most lag in time, as `5s`"],
      ["max_bytes", "most lag in bytes, as `16MB`"],
      ["min_lsn", "a position that must be applied, as `0/3000148`"],
    ],
  };
}
