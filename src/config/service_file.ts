import { KNOWN_KEYWORDS } from "./conninfo_keywords.ts";
import { didYouMean } from "./suggestion.ts";

/**
 * Reads one service of a service file (`pg_service.conf`), as libpq does.
 *
 * A section `[name]` has lines `keyword=value`, without spaces around `=`; `#` begins a comment line; the first value
 * of a repeated keyword applies, and the first section of a repeated service.
 * {@link https://www.postgresql.org/docs/current/libpq-pgservice.html}
 *
 * @param text The file.
 * @param options `service`: its name; `path` of the file, for messages.
 * @returns Values by keyword; null when the file does not have the service.
 * @throws {SyntaxError} With file and line; values are not shown.
 */
export function parseServiceFile(
  text: string,
  { service, path }: { readonly service: string; readonly path: string },
): ReadonlyMap<string, string> | null {
  let parameters: Map<string, string> | null = null;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    if (line.startsWith("[")) {
      if (parameters !== null) return parameters;
      if (line.startsWith(`[${service}]`)) parameters = new Map();
      continue;
    }
    if (parameters === null) continue;
    const fail = (reason: string): never => {
      throw new SyntaxError(`Cannot read service "${service}": ${path}:${index + 1} ${reason}`);
    };
    if (line.startsWith("ldap")) {
      fail("refers to an LDAP server, which is not supported: write the keywords here");
    }
    const equals = line.indexOf("=");
    if (equals === -1) fail('has no "=": expected keyword=value');
    const keyword = line.slice(0, equals);
    if (keyword === "service" || keyword === "servicefile") {
      fail(`has "${keyword}": a service cannot refer to another one`);
    }
    if (!KNOWN_KEYWORDS.has(keyword)) {
      const spaces = keyword !== keyword.trim() ? ': no spaces are allowed around "="' : "";
      fail(`has an unknown keyword${spaces || didYouMean(keyword, KNOWN_KEYWORDS)}`);
    }
    const value = line.slice(equals + 1);
    if (!parameters.has(keyword)) parameters.set(keyword, value);
  }
  return parameters;
}
