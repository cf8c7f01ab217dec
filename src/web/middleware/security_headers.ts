import type { App } from "../handler.ts";

/**
 * Headers of every response. The policy allows no content, scripts or frames; the page has a policy of its own.
 */
const SECURITY_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ["x-content-type-options", "nosniff"],
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
  ["referrer-policy", "no-referrer"],
  // Keeps the response out of the process of another site's page, as an image, script or frame.
  ["cross-origin-resource-policy", "same-origin"],
  // A cached measurement is out of date.
  ["cache-control", "no-store"],
];

/**
 * Adds the security headers that a response does not set.
 *
 * @param app Answers every request.
 */
export function addSecurityHeaders(app: App): App {
  return async (request) => setSecurityHeaders(await app(request));
}

/**
 * Adds to one response the security headers that it does not set.
 *
 * @param response The response, which is changed and returned.
 */
export function setSecurityHeaders(response: Response): Response {
  for (const [name, value] of SECURITY_HEADERS) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  return response;
}
