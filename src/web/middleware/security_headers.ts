import type { App } from "../handler.ts";

/**
 * Headers that every response carries. The policy is for whatever is not the page, which brings its own: nothing
 * may be loaded, run or framed.
 */
const HEADERS: readonly (readonly [name: string, value: string])[] = [
  ["x-content-type-options", "nosniff"],
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
  ["referrer-policy", "no-referrer"],
  // No page of another site may have it as a picture, script or frame, and so in its process.
  ["cross-origin-resource-policy", "same-origin"],
  // A stored measurement is a wrong one.
  ["cache-control", "no-store"],
];

/**
 * Adds the security headers that a response does not set itself.
 *
 * @param app Answers every request.
 */
export function addSecurityHeaders(app: App): App {
  return async (request) => setSecurityHeaders(await app(request));
}

/**
 * Sets on one response the security headers that it does not set itself.
 *
 * @param response The response; changed and returned.
 */
export function setSecurityHeaders(response: Response): Response {
  for (const [name, value] of HEADERS) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  return response;
}
