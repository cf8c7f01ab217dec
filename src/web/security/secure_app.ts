import type { Clock } from "../../domain/clock.ts";
import { clientOf } from "../client.ts";
import type { App } from "../handler.ts";
import { errorResponse, HttpError } from "../http_error.ts";
import { answerErrors, setSecurityHeaders } from "../middleware.ts";
import { Logins, type LoginsOptions, parseBasicAuth } from "./basic_auth.ts";
import type { WebSecurity } from "./security.ts";
import { RateLimiter } from "./rate_limiter.ts";

/** What securing an app needs. */
export interface SecureAppOptions {
  /** The current web configuration. */
  readonly security: () => WebSecurity;
  /** Compares a password with a bcrypt hash. */
  readonly compare: LoginsOptions["compare"];
  /** Time. */
  readonly clock: Clock;
  /** Called with internal errors. */
  readonly onError?: (error: unknown, request: Request) => void;
}

/**
 * Applies rate limit, logins and headers of the web configuration to an app: to every path, `/-/healthy` included.
 *
 * @param app Answers the accepted requests.
 * @param options The web configuration, and what applying it needs.
 */
export function secureApp(app: App, options: SecureAppOptions): App {
  const limiter = new RateLimiter(options);
  const logins = new Logins(options);
  return answerErrors(async (request) => {
    const security = options.security();
    const response = await checkAccess(request, { security, limiter, logins }) ?? await app(request);
    for (const [name, value] of security.headers) response.headers.set(name, value);
    return response;
  }, options);
}

/** The refusal of a request; null when it is accepted. */
async function checkAccess(
  request: Request,
  guards: { readonly security: WebSecurity; readonly limiter: RateLimiter; readonly logins: Logins },
): Promise<Response | null> {
  const { security: { users, rateLimit }, limiter, logins } = guards;
  if (!limiter.allows(rateLimit)) {
    return refusalResponse(429, "rate_limit of the web configuration exceeded: try again in a moment", {
      retryAfter: Math.ceil(rateLimit?.intervalSeconds ?? 1),
    });
  }
  if (users.size === 0) return null;
  const credentials = parseBasicAuth(request.headers.get("authorization"));
  const outcome = credentials === null
    ? "refused"
    : await logins.check({ ...credentials, client: clientOf(request) }, users);
  switch (outcome) {
    case "accepted":
      return null;
    case "busy":
      return refusalResponse(503, "Too many logins are being checked: try again in a second", {
        retryAfter: 1,
      });
    case "refused":
      return refusalResponse(
        401,
        credentials === null
          ? "Log in with user and password (basic authentication)"
          : "Wrong user or password",
        { headers: { "www-authenticate": 'Basic realm="pg-replication-exporter", charset="UTF-8"' } },
      );
  }
}

function refusalResponse(...error: ConstructorParameters<typeof HttpError>): Response {
  return setSecurityHeaders(errorResponse(new HttpError(...error)));
}
