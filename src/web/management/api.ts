/**
 * The management API, JSON over HTTP: on the management socket and, when enabled, over the network.
 *
 * @module
 */
import type { App, Handler } from "../handler.ts";
import { HttpError, INTERNAL_ERROR } from "../http_error.ts";
import { bodyResponse } from "../responses.ts";
import { setSecurityHeaders } from "../middleware.ts";
import { didYouMean } from "../../config/suggestion.ts";
import { managementEndpoints, type ManagementHandler } from "./endpoints.ts";

/** Log levels. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

/** One of {@linkcode LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The result of a reload. */
export interface ReloadReport {
  /** Whether the new configuration is active. */
  readonly successful: boolean;
  /** Who requested it: `SIGHUP`, `http` or `ctl`. */
  readonly by: string;
  /** When it finished, ISO 8601. */
  readonly at: string;
  /** Its duration, including attempts to connect to new servers. */
  readonly duration_seconds: number;
  /** Problems with the new configuration, of which then nothing is active. */
  readonly problems: readonly string[];
  /** Its changes, one phrase each. */
  readonly changes: readonly string[];
  /** Changes that need a restart. */
  readonly needs_restart: readonly string[];
}

/** The operations of the API. */
export interface Management {
  /** Version and process. */
  ping(): Readonly<Record<string, unknown>>;
  /** The status of the exporter. */
  status(): Readonly<Record<string, unknown>>;
  /** The active configuration, secrets as `***`. */
  config(): Readonly<Record<string, unknown>>;
  /** Reloads the configuration. */
  reload(by: string): Promise<ReloadReport>;
  /** Changes the log level until the next reload. */
  setLogLevel(level: LogLevel): void;
  /** Stops the process gracefully, shortly after the answer. */
  shutdown(): void;
}

/**
 * Creates the API.
 *
 * @param management Its operations.
 * @param options `by`: who requests a reload, for its report; `onError` is called with internal errors.
 */
export function createManagementApi(
  management: Management,
  options: { readonly by: string; readonly onError: (error: unknown, request: Request) => void },
): App {
  const reload: Handler = async () => {
    const report = await management.reload(options.by);
    return json(report, report.successful ? 200 : 422);
  };
  const handlers: Readonly<Record<ManagementHandler, Handler>> = {
    ping: () => json(management.ping()),
    status: () => json(management.status()),
    config: () => json(management.config()),
    reload,
    logLevel: (request) => changeLogLevel(request, management),
    shutdown: () => {
      management.shutdown();
      return json({ stopping: true });
    },
  };
  const routes = new Map(
    managementEndpoints.map(({ path, methods, handler }) => [path, { methods, handler: handlers[handler] }]),
  );
  const paths = [...routes.keys()].join(", ");
  return async (request) => {
    try {
      const route = routes.get(new URL(request.url).pathname);
      if (route === undefined) throw new HttpError(404, `There is no such path: choose one of ${paths}`);
      const { methods, handler } = route;
      if (!methods.includes(request.method)) {
        throw new HttpError(405, `The method is not allowed here: use ${methods.join(" or ")}`, {
          headers: { allow: methods.join(", ") },
        });
      }
      return await handler(request);
    } catch (error) {
      if (!(error instanceof HttpError)) {
        options.onError(error, request);
        return json({ error: INTERNAL_ERROR }, 500);
      }
      return json({ error: error.message }, error.status, error.headers);
    }
  };
}

/**
 * An answer in JSON.
 *
 * @param value The content.
 * @param status HTTP status.
 * @param headers Further headers.
 */
export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  return setSecurityHeaders(bodyResponse(text, "application/json", { status, headers }));
}

/** Longest body that is read, bytes. */
const MAX_BODY_BYTES = 1024;

/** The level is in the query, or in a JSON body where bodies are read: on the socket. */
async function changeLogLevel(request: Request, management: Management): Promise<Response> {
  const given = new URL(request.url).searchParams.get("level") ?? levelOf(await readRequestBody(request));
  const level = LOG_LEVELS.find((each) => each === given);
  if (level === undefined) {
    throw new HttpError(
      400,
      given === null
        ? `The level is missing: add ?level= with one of ${LOG_LEVELS.join(", ")}`
        : `Unknown level${didYouMean(given, LOG_LEVELS) || ":"} expected one of ${LOG_LEVELS.join(", ")}`,
    );
  }
  management.setLogLevel(level);
  return json({ level });
}

async function readRequestBody({ body }: Request): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  let [text, length] = ["", 0];
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) {
      throw new HttpError(400, `The body has more than ${MAX_BODY_BYTES} bytes: expected {"level":"debug"}`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function levelOf(body: string): string | null {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === "object" && value !== null && "level" in value) return String(value.level);
  } catch {
    // Not JSON: no level.
  }
  return null;
}
