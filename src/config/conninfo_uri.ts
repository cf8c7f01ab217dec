const SCHEME = /^postgres(?:ql)?:\/\//;

/** A reserved character in a password shows as text in the wrong place. */
const ENCODE = 'write "/", "@", ":" and other special characters of a user name or password as %2F, %40, %3A';

/**
 * Reports a malformed connection string.
 *
 * @param reason What is wrong, without any part of the string.
 * @throws {SyntaxError} Always.
 */
export function failConninfo(reason: string): never {
  throw new SyntaxError(`Cannot parse connection string: ${reason}`);
}

/** Percent-decodes a part. */
function decodePart(text: string, part: string): string {
  if (/\s/.test(text)) failConninfo(`the ${part} contains a space: write it as %20`);
  try {
    const decoded = decodeURIComponent(text);
    if (decoded.includes("\0")) failConninfo(`the ${part} contains %00`);
    return decoded;
  } catch (error) {
    if (error instanceof SyntaxError) throw error;
    failConninfo(
      `the ${part} has a percent sign without two hex digits of UTF-8 after it: write a percent sign as %25`,
    );
  }
}

/** Whether a connection string is a URI. */
export function isConninfoUri(text: string): boolean {
  return SCHEME.test(text);
}

/**
 * Parses a URI: `postgresql://[user[:password]@][host][:port][,…][/dbname][?keyword=value&…]`.
 *
 * As in libpq: every part is percent-decoded, an IPv6 address is in brackets, a socket's directory is
 * `%2Fvar%2Frun%2Fpostgresql` or `?host=/var/run/postgresql`, and `ssl=true` means `sslmode=require`. Unlike in libpq,
 * `@` in the path is an error: it is the rest of a password that was not encoded.
 *
 * @param text The URI.
 * @returns Pairs in their order.
 * @throws {SyntaxError} When it is malformed; the message shows no part of it.
 */
export function parseConninfoUri(text: string): readonly (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  let rest = text.replace(SCHEME, "");
  // Credentials are the text before the first "@", unless a "/" comes first.
  const credentials = /^([^@/]*)@/.exec(rest);
  if (credentials !== null) {
    const [whole, both = ""] = credentials;
    const colon = both.indexOf(":");
    pairs.push(["user", decodePart(colon === -1 ? both : both.slice(0, colon), "user name")]);
    if (colon !== -1) pairs.push(["password", decodePart(both.slice(colon + 1), "password")]);
    rest = rest.slice(whole.length);
  }
  const queryStart = rest.indexOf("?");
  const address = queryStart === -1 ? rest : rest.slice(0, queryStart);
  const slash = address.indexOf("/");
  const authority = slash === -1 ? address : address.slice(0, slash);
  const path = slash === -1 ? "" : address.slice(slash + 1);
  if (address.includes("@")) failConninfo(`unexpected "@": ${ENCODE}`);
  const hosts = authority.split(",").map(parseHost);
  // In a list of commas alone every element has its default.
  const list = (parts: readonly string[]) => parts.every((part) => part === "") ? "" : parts.join(",");
  pairs.push(
    ["host", hosts.length > 1 ? hosts.map(({ host }) => host).join(",") : hosts[0]?.host ?? ""],
    ["port", list(hosts.map(({ port }) => port))],
    ["dbname", decodePart(path, "path")],
  );
  if (queryStart !== -1) pairs.push(...parseQuery(rest.slice(queryStart + 1)));
  // Absent parts do not override the query.
  return pairs.filter(([, value]) => value !== "");
}

/** One element of the list of hosts. */
function parseHost(text: string): { readonly host: string; readonly port: string } {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]*))(?::(.*))?$/.exec(text);
  if (match === null) failConninfo(`the host is malformed: write an IPv6 address in brackets, and ${ENCODE}`);
  const port = decodePart(match[3] ?? "", "port");
  if (!/^\d*$/.test(port)) failConninfo(`the port is not a number: ${ENCODE}`);
  return { host: decodePart(match[1] ?? match[2] ?? "", "host"), port };
}

function parseQuery(query: string): (readonly [string, string])[] {
  if (query === "") return [];
  return query.split("&").map((parameter, index) => {
    const sides = parameter.split("=");
    const [keyword, value] = sides;
    if (keyword === undefined || value === undefined || sides.length !== 2) {
      failConninfo(`query parameter ${index + 1} is not of the form keyword=value`);
    }
    const pair = [decodePart(keyword, "query"), decodePart(value, "query")] as const;
    return pair[0] === "ssl" && pair[1] === "true" ? ["sslmode", "require"] as const : pair;
  });
}
