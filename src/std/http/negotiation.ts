/** One clause of `Accept-Encoding`. */
interface Clause {
  readonly encoding: string;
  readonly quality: number;
  readonly position: number;
}

/** How well an offered encoding is liked. */
interface Rank {
  readonly offered: string;
  readonly quality: number;
  readonly exact: boolean;
  readonly position: number;
}

function parseClauses(header: string): Clause[] {
  const parts = header.split(",");
  const clauses = parts.flatMap((part, position): Clause[] => {
    const [encoding = "", ...parameters] = part.trim().split(";");
    if (encoding.trim() === "") return [];
    const quality = parameters.map((parameter) => parameter.trim().split("=")).find(([name]) => name === "q")
      ?.[1];
    return [{
      encoding: encoding.trim().toLowerCase(),
      quality: quality ? parseFloat(quality) : 1,
      position,
    }];
  });
  // RFC 9110 12.5.3: "identity" is acceptable unless excluded by name or by "*;q=0".
  if (!clauses.some(({ encoding }) => encoding === "identity" || encoding === "*")) {
    const least = Math.min(1, ...clauses.map(({ quality }) => quality || 1));
    clauses.push({ encoding: "identity", quality: least, position: parts.length - 1 });
  }
  return clauses;
}

/**
 * The encoding a request likes best of those offered.
 *
 * A request without the header gets the first one offered: look for the header where that must be `identity`.
 *
 * @param request The request.
 * @param encodings What can be offered; name `identity` among them.
 * @returns The best one; `undefined` when none is acceptable.
 */
export function acceptsEncodings(
  request: Pick<Request, "headers">,
  ...encodings: string[]
): string | undefined {
  const header = request.headers.get("accept-encoding");
  if (!header) return encodings[0];
  const clauses = parseClauses(header);
  const ranks = encodings.flatMap((offered): Rank[] => {
    const name = offered.toLowerCase();
    const named = clauses.filter(({ encoding }) => encoding === name);
    const matching = named.length > 0 ? named : clauses.filter(({ encoding }) => encoding === "*");
    const best = matching.toSorted((a, b) => b.quality - a.quality || b.position - a.position)[0];
    return best === undefined || !(best.quality > 0)
      ? []
      : [{ offered, quality: best.quality, exact: named.length > 0, position: best.position }];
  });
  return ranks.toSorted((a, b) =>
    b.quality - a.quality || Number(b.exact) - Number(a.exact) || a.position - b.position
  )[0]?.offered;
}
