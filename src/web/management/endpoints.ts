import type { EndpointStatus, HttpEndpoint } from "../endpoints.ts";

/** The path of a reload in Prometheus's own programs. */
export const RELOAD_PATH = "/-/reload";
/** Prefix of the other paths. */
export const API_PREFIX = "/v1/";

/** Handlers of management. */
export type ManagementHandler = "ping" | "status" | "config" | "reload" | "logLevel" | "shutdown";

/** A path of management, and its handler. */
export type ManagementEndpoint = HttpEndpoint & { readonly handler: ManagementHandler };

const REFUSED: EndpointStatus = [403, "not allowed over the network: see above"];
const MANAGED = {
  methods: ["GET"],
  type: "application/json",
  statuses: [[200, "always"], REFUSED],
  parameters: [],
  headers: [],
} as const;
const RELOAD_ENDPOINT = {
  ...MANAGED,
  handler: "reload",
  answers: "Reloads the configuration, then reports what changed, or what is wrong.",
  statuses: [[200, "the new configuration is active"], REFUSED, [
    422,
    "it is invalid: the old one stays active",
  ]],
} as const;

/** The paths for operators: over the management socket and, where allowed, over the network. */
export const managementEndpoints: readonly ManagementEndpoint[] = [
  {
    ...MANAGED,
    handler: "ping",
    path: `${API_PREFIX}ping`,
    answers: "Version and process.",
  },
  {
    ...MANAGED,
    handler: "status",
    path: `${API_PREFIX}status`,
    answers: "Addresses, TLS and logins, log level, each server, the last reload.",
  },
  {
    ...MANAGED,
    handler: "config",
    path: `${API_PREFIX}config`,
    answers: "The active configuration, secrets as `***`.",
  },
  { ...RELOAD_ENDPOINT, path: `${API_PREFIX}reload`, methods: ["POST"] },
  {
    ...MANAGED,
    handler: "logLevel",
    path: `${API_PREFIX}log-level`,
    methods: ["PUT", "POST"],
    answers: "Changes the log level until the next reload.",
    statuses: [[200, "the level is changed"], [400, "the level is missing or unknown"], REFUSED],
    parameters: [[
      "level",
      '`debug`, `info`, `warn` or `error`; over the socket also as a body `{"level":"debug"}`',
    ]],
  },
  {
    ...MANAGED,
    handler: "shutdown",
    path: `${API_PREFIX}shutdown`,
    methods: ["POST"],
    answers: "Stops the exporter gracefully, shortly after the answer.",
  },
  { ...RELOAD_ENDPOINT, path: RELOAD_PATH, methods: ["POST", "PUT"] },
];
