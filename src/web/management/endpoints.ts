import type { Endpoint, Status } from "../endpoints.ts";

/** The path that Prometheus's own programs have for it. */
export const RELOAD_PATH = "/-/reload";
/** Where all other paths begin. */
export const API_PREFIX = "/v1/";

/** What management can be asked for. */
export type ManagementHandler = "ping" | "status" | "config" | "reload" | "logLevel" | "shutdown";

/** Paths of management, and which of its handlers answers. */
export type ManagementEndpoint = Endpoint & { readonly handler: ManagementHandler };

const REFUSED: Status = [403, "over the network, when it may not go there: see above"];
const MANAGED = {
  methods: ["GET"],
  type: "application/json",
  statuses: [[200, "always"], REFUSED],
  parameters: [],
  headers: [],
} as const;
const RELOAD = {
  ...MANAGED,
  handler: "reload",
  answers: "Reads the configuration anew, and answers when that is done: what changed, or what is wrong.",
  statuses: [[200, "it holds now"], REFUSED, [422, "it cannot be used: the one before stays"]],
} as const;

/** The paths for operators, over the management socket and, where allowed, over the network. */
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
    answers: "Addresses, TLS and logins, the level of the log, each server, the last reload.",
  },
  {
    ...MANAGED,
    handler: "config",
    path: `${API_PREFIX}config`,
    answers: "The configuration that holds, secrets as `***`.",
  },
  { ...RELOAD, path: `${API_PREFIX}reload`, methods: ["POST"] },
  {
    ...MANAGED,
    handler: "logLevel",
    path: `${API_PREFIX}log-level`,
    methods: ["PUT", "POST"],
    answers: "Changes the level of the log until the next reload.",
    statuses: [[200, "it is changed"], [400, "no level, or another word"], REFUSED],
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
    answers: "Ends the exporter in good order, a moment after the answer.",
  },
  { ...RELOAD, path: RELOAD_PATH, methods: ["POST", "PUT"] },
];
