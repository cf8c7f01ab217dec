import { PREFLIGHT_PREFIX } from "./routes/preflight.ts";
import { PROBE_PATH } from "./routes/probe.ts";
import { REPORT_PATH } from "./routes/report.ts";
import { RUNBOOKS_PREFIX } from "./routes/runbooks.ts";
import { SERVERS_PREFIX } from "./routes/servers.ts";
import { SERVICE_DISCOVERY_PATH } from "./routes/service_discovery.ts";

/** Path of the events. */
export const EVENTS_PATH = "/api/v1/events";

/** A name and its meaning. */
export type Meaning = readonly [name: string, meaning: string];

/** A status of a path, and its reason. */
export type EndpointStatus = readonly [status: number, when: string];

/** One path of the exporter. */
export interface HttpEndpoint {
  /** The path; `NAME` in it is a server's name. */
  readonly path: string;
  /** Methods; any other gets 405. */
  readonly methods: readonly string[];
  /** What it does, one sentence. */
  readonly answers: string;
  /** Content type of a successful answer. */
  readonly type: string;
  /** Its statuses, besides those of every path; the first is success. */
  readonly statuses: readonly EndpointStatus[];
  /** Parameters of the query. */
  readonly parameters: readonly Meaning[];
  /** Request headers with an effect. */
  readonly headers: readonly Meaning[];
}

const READ = ["GET", "HEAD"] as const;
const JSON_TYPE = "application/json";
const METRICS_TYPE = "text/plain (0.0.4) or application/openmetrics-text (1.0)";

const GZIP: Meaning = ["Accept-Encoding", "`gzip` is used when accepted"];
const METRICS_HEADERS: readonly Meaning[] = [
  ["Accept", "text format 0.0.4 or OpenMetrics 1.0"],
  GZIP,
  [
    "X-Prometheus-Scrape-Timeout-Seconds",
    "the answer is sent before that, without data that is missing by then",
  ],
];
const FRESH: Meaning = ["fresh", "`true`: data at most `--collect.max-age` old, as in a scrape"];
const TOO_EARLY: EndpointStatus = [503, "the first collection has not finished"];
const TOO_MANY: EndpointStatus = [503, "`--web.max-requests` requests are being answered already"];

/** Handlers of the app. */
export type AppHandler =
  | "page"
  | "metrics"
  | "report"
  | "preflight"
  | "events"
  | "probe"
  | "discovery"
  | "routing"
  | "runbooks"
  | "healthy"
  | "ready";

/** A path of the app, and its handler. */
export type AppEndpoint = HttpEndpoint & { readonly handler: AppHandler };

const PLAIN_TEXT = { methods: READ, type: "text/plain", parameters: [], headers: [] } as const;

/**
 * The paths for people, Prometheus and load balancers.
 *
 * @param telemetryPath Path of the metrics.
 */
export function appEndpoints(telemetryPath: string): readonly AppEndpoint[] {
  return [
    {
      ...PLAIN_TEXT,
      handler: "page",
      path: "/",
      answers: "The page for people; until the first collection has finished it says so.",
      type: "text/html",
      statuses: [[200, "always"]],
    },
    {
      ...PLAIN_TEXT,
      handler: "metrics",
      path: telemetryPath,
      answers: "The metrics. A server that is down has `pgrepl_up 0`; this is not an error.",
      type: METRICS_TYPE,
      statuses: [[200, "the exporter works"], TOO_MANY],
      headers: METRICS_HEADERS,
    },
    {
      ...PLAIN_TEXT,
      handler: "report",
      path: REPORT_PATH,
      answers: "The current report: [REPORT.md](REPORT.md).",
      type: JSON_TYPE,
      statuses: [
        [200, "the first collection has finished, whatever the report says"],
        [400, "unknown parameter or value"],
        TOO_EARLY,
        TOO_MANY,
      ],
      parameters: [FRESH],
      headers: [GZIP],
    },
    {
      ...PLAIN_TEXT,
      handler: "preflight",
      path: `${PREFLIGHT_PREFIX}NAME`,
      answers:
        "Whether the standby can become the primary now, or applications move to the subscription NAME, and the steps: [PREFLIGHT.md](PREFLIGHT.md).",
      type: JSON_TYPE,
      statuses: [
        [200, "the first collection has finished, whatever the verdict; for an unknown name it is `unknown`"],
        [400, "unknown parameter or value, or a malformed name"],
        TOO_EARLY,
        TOO_MANY,
      ],
      parameters: [FRESH],
      headers: [GZIP],
    },
    {
      ...PLAIN_TEXT,
      handler: "events",
      path: EVENTS_PATH,
      answers: "Server-sent events: `report` first and after every change, `event` for every event.",
      type: "text/event-stream",
      statuses: [
        [200, "the stream begins"],
        [400, "`as` has an unknown value"],
        [429, "the client's address has 25 streams already"],
        [503, "there are 100 streams already, or the exporter is stopping"],
      ],
      parameters: [["as", "`report` (default), or `page`: the parts of the page that changed"]],
      headers: [["Last-Event-ID", "resumes after this event; browsers send it when they reconnect"]],
    },
    {
      ...PLAIN_TEXT,
      handler: "probe",
      path: PROBE_PATH,
      answers: "The metrics of one server, without those of the exporter: [FLEETS.md](FLEETS.md).",
      type: METRICS_TYPE,
      statuses: [
        [200, "also when the server does not respond: `pgrepl_up 0`"],
        [400, "the target is missing or invalid, or a module or parameter does not exist"],
        [403, "the target is neither watched nor in `probe.allowed_targets`"],
        [503, "1,000 servers are probed already, or `--web.max-requests` requests are being answered"],
      ],
      parameters: [
        ["target", "required: name of a watched server, or `host:port` (default port 5432)"],
        ["auth_module", "login of `probe.modules` (default `default`)"],
        [
          "cluster",
          "name of the target's cluster; ignored for a watched server, whose cluster the configuration names",
        ],
      ],
      headers: METRICS_HEADERS,
    },
    {
      ...PLAIN_TEXT,
      handler: "discovery",
      path: SERVICE_DISCOVERY_PATH,
      answers:
        "The watched servers, discovered standbys included, for `http_sd_configs`: [FLEETS.md](FLEETS.md).",
      type: JSON_TYPE,
      statuses: [[200, "the first collection has finished; the list may be empty"], TOO_EARLY],
    },
    routing("primary", "Whether the server is the primary."),
    routing("replica", "Whether the server is a standby within the limits."),
    routing("sync", "Like `replica`, but only if its upstream reports the standby as synchronous."),
    routing("read", "Whether it can serve reads, in either role."),
    {
      ...routing("subscriber", "Whether its subscriptions apply, and none is further behind than the limit."),
      parameters: [["subscription", "the one that counts; all of the server when absent"], LAG_LIMIT],
    },
    {
      ...PLAIN_TEXT,
      handler: "runbooks",
      path: `${RUNBOOKS_PREFIX}NAME`,
      answers: "The runbook of an alert, such as `PgreplServerDown`, as a page.",
      type: "text/html",
      statuses: [[200, "there is such an alert"], [404, "there is none"]],
    },
    {
      ...PLAIN_TEXT,
      handler: "healthy",
      path: "/-/healthy",
      answers: "Whether the process responds. It does not depend on any server.",
      statuses: [[200, "always"]],
    },
    {
      ...PLAIN_TEXT,
      handler: "ready",
      path: "/-/ready",
      answers: "Whether there is data to serve.",
      statuses: [[200, "the first collection has finished, whatever its result"], TOO_EARLY],
    },
  ];
}

const LAG_LIMIT: Meaning = ["max_lag", "largest lag in time, such as `5s`"];

function routing(kind: string, answers: string): AppEndpoint {
  return {
    ...PLAIN_TEXT,
    handler: "routing",
    path: `${SERVERS_PREFIX}NAME/${kind}`,
    answers: `${answers} For load balancers: [ROUTING.md](ROUTING.md).`,
    statuses: [
      [200, "yes, with the reason"],
      [400, "a parameter is unknown or invalid"],
      [404, "no such server is watched"],
      [503, "no, with the reason"],
    ],
    parameters: [
      LAG_LIMIT,
      ["max_bytes", "largest lag in bytes, such as `16MB`"],
      ["min_lsn", "WAL position that must be applied, such as `0/3000148`"],
      [
        "no_primary",
        "while no primary responds, once the limits may be exceeded: `refuse` (default), or `serve` reads from a " +
        "standby that has applied all WAL that any server of its cluster is known to have",
      ],
    ],
  };
}
