import type { Clock } from "../../domain/clock.ts";
import { clientOf } from "../client.ts";
import type { App } from "../handler.ts";
import { errorResponse, HttpError } from "../http_error.ts";
import { answerErrors } from "../middleware/errors.ts";
import { setSecurityHeaders } from "../middleware/security_headers.ts";
import { Logins, type LoginsOptions, parseBasicAuth } from "./basic_auth.ts";
import type { WebSecurity } from "./security.ts";
import { RateLimiter } from "./rate_limiter.ts";

/** What guards an app. */
export interface SecureAppOptions {
  /** What holds at the moment. */
  readonly security: () => WebSecurity;
  /** Compares a password with a bcrypt hash. */
  readonly compare: LoginsOptions["compare"];
  /** Time. */
  readonly clock: Clock;
  /** Told of a failure that is our own; absent: nobody is. */
  readonly onError?: (error: unknown, request: Request) => void;
}

/**
 * Guards an app as a web configuration file says: every path, `/-/healthy` too.
 *
 * @param app Answers every request that may come in.
 * @param options What guards it.
 */
export function secureApp(app: App, options: SecureAppOptions): App {
  const limiter = new RateLimiter(options);
  const logins = new Logins(options);
  return answerErrors(async (request) => {
    const security = options.security();
    const response = await refuse(request, { security, limiter, logins }) ?? await app(request);
    for (const [name, value] of security.headers) response.headers.set(name, value);
    return response;
  }, options);
}

async function refuse(
  request: Request,
  guards: { readonly security: WebSecurity; readonly limiter: RateLimiter; readonly logins: Logins },
): Promise<Response | null> {
  const { security: { users, rateLimit }, limiter, logins } = guards;
  if (!limiter.allows(rateLimit)) {
    return answer(
      new HttpError(
        429,
        "More requests than rate_limit in the web configuration allows: try again in a moment",
        {
          headers: { "retry-after": String(Math.ceil(rateLimit?.intervalSeconds ?? 1)) },
        },
      ),
    );
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
      return answer(
        new HttpError(503, "Too many logins are being checked: try again in a second", {
          headers: { "retry-after": "1" },
        }),
      );
    case "refused":
      return answer(
        new HttpError(
          401,
          credentials === null
            ? "A user and a password are needed: send them as basic authentication"
            : "The user or the password is wrong",
          { headers: { "www-authenticate": 'Basic realm="pg-replication-exporter", charset="UTF-8"' } },
        ),
      );
  }
}

function answer(error: HttpError): Response {
  return setSecurityHeaders(errorResponse(error));
}
