/**
 * What an operator may ask of a running exporter, as JSON over HTTP: the same over the management socket and, when that
 * is switched on, over the network.
 *
 * @module
 */
import type { App, Handler } from "../handler.ts";
import { HttpError } from "../http_error.ts";
import { setSecurityHeaders } from "../middleware/security_headers.ts";
import { didYouMean } from "../../config/suggestion.ts";
import { managementEndpoints, type ManagementHandler } from "./endpoints.ts";

/** Levels of the log. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

/** One of {@linkcode LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How reading the configuration anew ended. */
export interface ReloadReport {
  /** Whether what was read holds now. */
  readonly successful: boolean;
  /** Who asked: `SIGHUP`, `http` or `ctl`. */
  readonly by: string;
  /** When it ended, ISO 8601. */
  readonly at: string;
  /** How long it took, new servers tried included. */
  readonly duration_seconds: number;
  /** What is wrong with the new configuration: nothing of it holds. */
  readonly problems: readonly string[];
  /** What it changed, one phrase each. */
  readonly changes: readonly string[];
  /** What it changes only with a restart. */
  readonly needs_restart: readonly string[];
}

/** What the API can do. */
export interface Management {
  /** What this is: version and process. */
  ping(): Readonly<Record<string, unknown>>;
  /** How it is. */
  status(): Readonly<Record<string, unknown>>;
  /** The configuration that holds, secrets as `***`. */
  config(): Readonly<Record<string, unknown>>;
  /** Reads the configuration anew. */
  reload(by: string): Promise<ReloadReport>;
  /** Changes the level of the log until the next reload. */
  setLogLevel(level: LogLevel): void;
  /** Ends the process in good order, a moment after the answer. */
  shutdown(): void;
}

/**
 * Makes the API.
 *
 * @param management What it can do.
 * @param options `by`: who is told to have asked for a reload; `onError` is told what is our own fault.
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
    logLevel: (request) => setLogLevel(request, management),
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
      if (route === undefined) throw new HttpError(404, `Nothing is served there: choose one of ${paths}`);
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
        return json({ error: "The exporter failed to answer: its log says why" }, 500);
      }
      return json({ error: error.message }, error.status, error.headers);
    }
  };
}

/**
 * An answer in JSON.
 *
 * @param value What to say.
 * @param status HTTP status.
 * @param headers Further headers.
 */
export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  const body = new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
  return setSecurityHeaders(
    new Response(body, {
      status,
      headers: { "content-type": "application/json", "content-length": String(body.length), ...headers },
    }),
  );
}

/** Longest body that is read, bytes. */
const MOST_BODY_BYTES = 1024;

/** The level stands in the query, or in a body of JSON where bodies are read: over the socket. */
async function setLogLevel(request: Request, management: Management): Promise<Response> {
  const given = new URL(request.url).searchParams.get("level") ?? levelOf(await readBody(request));
  const level = LOG_LEVELS.find((each) => each === given);
  if (level === undefined) {
    throw new HttpError(
      400,
      given === null
        ? `Which level? Say ?level= and one of ${LOG_LEVELS.join(", ")}`
        : `Unknown level${didYouMean(given, LOG_LEVELS) || ":"} expected one of ${LOG_LEVELS.join(", ")}`,
    );
  }
  management.setLogLevel(level);
  return json({ level });
}

async function readBody({ body }: Request): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  let [text, length] = ["", 0];
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MOST_BODY_BYTES) {
      throw new HttpError(
        400,
        `The body is too large: at most ${MOST_BODY_BYTES} bytes are read, as {"level":"debug"}`,
      );
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
    // No JSON is no level.
  }
  return null;
}
