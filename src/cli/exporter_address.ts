/**
 * Parses the address of a running exporter.
 *
 * @param text The address. No problem repeats it, since it may contain a password.
 * @param options The flag it was given with, and where its login belongs.
 * @returns The address, or what is wrong with it.
 */
export function parseExporterAddress(
  text: string,
  { flag, login }: { readonly flag: string; readonly login: string },
): URL | string {
  const url = URL.parse(withScheme(text));
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return `Flag "--${flag}" is not an address: expected HOST:PORT, http://HOST:PORT or https://HOST:PORT of an exporter`;
  }
  if (url.username !== "" || url.password !== "") {
    return `Flag "--${flag}" must not contain a login: ${login}`;
  }
  return url.search !== "" || url.hash !== ""
    ? `Flag "--${flag}" must end with the path: no ? and no # after it`
    : url;
}

/** `db1:9188` and `:9188` mean HTTP, as in the configuration of Prometheus. */
function withScheme(text: string): string {
  if (!/^(\[[\da-f:.]+\]|[\w.-]*):\d+(\/|$)/i.test(text)) return text;
  return `http://${text.startsWith(":") ? "localhost" : ""}${text}`;
}

/** The `Authorization` header of a login, in UTF-8. */
export function basicAuthorization(user: string, password: string): string {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))}`;
}
