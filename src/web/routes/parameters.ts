import { didYouMean } from "../../config/suggestion.ts";
import { HttpError } from "../http_error.ts";

/**
 * Reads the query of a request.
 *
 * @param query The query.
 * @param known Names of its parameters.
 * @returns The value of each parameter that is given.
 * @throws {HttpError} 400 for an unknown or a repeated parameter.
 */
export function readQuery<const Name extends string>(
  query: URLSearchParams,
  known: readonly Name[],
): Readonly<Partial<Record<Name, string>>> {
  for (const given of new Set(query.keys())) {
    if (!known.some((name) => name === given)) {
      throw new HttpError(400, `Unknown parameter${didYouMean(given, known)}: expected ${known.join(", ")}`);
    }
    if (query.getAll(given).length > 1) throw new HttpError(400, `Parameter ${given} is given twice`);
  }
  const values: Partial<Record<Name, string>> = {};
  for (const name of known) {
    const value = query.get(name);
    if (value !== null) values[name] = value;
  }
  return values;
}

/**
 * The name of a server in a path.
 *
 * @param name As in the URL.
 * @throws {HttpError} 400 when it is not encoded as a URL requires.
 */
export function decodeServerName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw new HttpError(400, "The server's name is not encoded as a URL requires");
  }
}
