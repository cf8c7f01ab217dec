/** One clause of an `Accept` or `Accept-Encoding` header. */
export interface AcceptClause {
  /** The media range or coding, lower case. */
  readonly token: string;
  /** Parameters by lower-case name, without `q`; values without their quotes. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Weight from 0 (refused) to 1. */
  readonly quality: number;
}

/** Longest header that is parsed; Prometheus sends less than 300 characters. */
const MAX_HEADER_CHARACTERS = 8192;

/** RFC 9110's qvalue, with any number of digits because some clients send more than three. */
const QUALITY = /^(?:\d+\.?\d*|\.\d+)$/;

/**
 * Parses a header that lists what a client accepts (RFC 9110, section 12.5).
 *
 * Never throws: an invalid clause is ignored, and so is a header that is too long.
 *
 * @param header The header's value; several lines joined by commas.
 * @returns Its clauses in order.
 */
export function parseAccept(header: string): readonly AcceptClause[] {
  if (header.length > MAX_HEADER_CHARACTERS) return [];
  const clauses: AcceptClause[] = [];
  for (const text of splitUnquoted(header, ",")) {
    const [token = "", ...rest] = splitUnquoted(text, ";");
    const parameters = new Map<string, string>();
    for (const parameter of rest) {
      const equals = parameter.indexOf("=");
      if (equals > 0) {
        parameters.set(
          parameter.slice(0, equals).trim().toLowerCase(),
          unquoteParameter(parameter.slice(equals + 1).trim()),
        );
      }
    }
    const quality = parameters.get("q") ?? "1";
    parameters.delete("q");
    if (token !== "" && QUALITY.test(quality)) {
      clauses.push({ token: token.toLowerCase(), parameters, quality: Math.min(1, Number(quality)) });
    }
  }
  return clauses;
}

/** Splits at a separator that is not within double quotes, and trims the parts. */
function splitUnquoted(text: string, separator: "," | ";"): string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (isQuoted && character === "\\") index++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === separator && !isQuoted) {
      parts.push(text.slice(start, index).trim());
      start = index + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}

function unquoteParameter(value: string): string {
  const isQuoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"');
  return isQuoted ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value;
}
