import { LineCounter, parseDocument } from "yaml";
import { ConfigError } from "../../config/config_error.ts";
import { explainSyntax } from "../../config/file/document.ts";
import { parseDuration } from "../../config/units.ts";
import { judgeCipherSuites, judgeCurves, type NamesVerdict } from "./tls_names.ts";
import { configWarnings } from "./config_warnings.ts";
import { type Entry, type Report, YamlSection } from "./yaml_section.ts";

/** What is asked of clients, by the names of Go's crypto/tls. */
export type ClientAuth =
  | "NoClientCert"
  | "RequestClientCert"
  | "RequireAnyClientCert"
  | "VerifyClientCertIfGiven"
  | "RequireAndVerifyClientCert";

/** TLS as the file words it: certificates by path or as they are. */
export interface TlsWish {
  /** Certificate chain: the PEM itself, or the file it is in. */
  readonly certificate: PemSource;
  /** Its key. */
  readonly key: PemSource;
  /** Authorities of client certificates; null when there are none. */
  readonly clientCa: PemSource | null;
  /** What is asked of clients. */
  readonly clientAuth: ClientAuth;
  /** A client certificate must bear one of these names; null: any may come. */
  readonly allowedSans: readonly string[] | null;
  /** Least version. */
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
  /** Highest version. */
  readonly maxVersion: "TLSv1.2" | "TLSv1.3";
}

/** Where a PEM text comes from, and the key of the file that said so. */
export type PemSource =
  | { readonly key: string; readonly place: number | null; readonly text: string }
  | { readonly key: string; readonly place: number | null; readonly path: string };

/** A bucket of requests: it holds `burst`, and gains one every `intervalSeconds`. */
export interface RateLimit {
  /** Seconds between two requests in the long run. */
  readonly intervalSeconds: number;
  /** Requests that may come at once. */
  readonly burst: number;
}

/** The file, understood. */
export interface WebConfig {
  /** TLS; null when the file does not ask for it. */
  readonly tls: TlsWish | null;
  /** bcrypt hashes by user; empty: no login is asked for. */
  readonly users: ReadonlyMap<string, string>;
  /** Headers that every answer gets. */
  readonly headers: ReadonlyMap<string, string>;
  /** Bound of all requests together; null when there is none. */
  readonly rateLimit: RateLimit | null;
  /** What works, but not quite as it is written. */
  readonly warnings: readonly string[];
}

const CLIENT_AUTH: readonly ClientAuth[] = [
  "NoClientCert",
  "RequestClientCert",
  "RequireAnyClientCert",
  "VerifyClientCertIfGiven",
  "RequireAndVerifyClientCert",
];

/** A bcrypt hash, as htpasswd and Go write it. */
const BCRYPT = /^\$2[aby]?\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

/** Headers that may be set, and the values they may have; null: any. */
const HEADERS: ReadonlyMap<string, readonly string[] | null> = new Map([
  ["Content-Security-Policy", null],
  ["X-Frame-Options", ["deny", "sameorigin"]],
  ["X-Content-Type-Options", ["nosniff"]],
  ["X-XSS-Protection", null],
  ["Strict-Transport-Security", null],
]);

/** A text that can be the value of a header. */
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;

/** Gathers problems, with their place in the file. */
export class WebConfigProblems {
  readonly #path: string;
  readonly #lines: LineCounter;
  readonly #problems: { readonly offset: number; readonly sentence: string }[] = [];

  /** Has none yet. */
  constructor(path: string, lines: LineCounter) {
    this.#path = path;
    this.#lines = lines;
  }

  /** Notes one. */
  readonly report: Report = (place, sentence) => this.at(place ?? 0, sentence);

  /** Notes one at a position of the text. */
  at(offset: number, sentence: string): void {
    this.#problems.push({ offset, sentence });
  }

  /**
   * Ends the reading.
   *
   * @throws {ConfigError} When a problem was noted: all of them, in the file's order.
   */
  finish(): void {
    if (this.#problems.length === 0) return;
    const inOrder = this.#problems.toSorted((a, b) => a.offset - b.offset);
    throw new ConfigError(inOrder.map(({ offset, sentence }) => {
      const { line, col } = this.#lines.linePos(offset);
      return `${this.#path}:${Math.max(1, line)}:${Math.max(1, col)}: ${sentence}`;
    }));
  }
}

/**
 * Understands a web configuration file.
 *
 * @param text The file.
 * @param path Its path, for messages; paths inside are relative to its directory.
 * @returns What it says, and where to note what turns out to be wrong later; nothing it names was read yet.
 * @throws {ConfigError} With every problem, each with line and column.
 */
export function parseWebConfig(
  text: string,
  path: string,
): { readonly config: WebConfig; readonly problems: WebConfigProblems } {
  const lines = new LineCounter();
  // exporter-toolkit reads YAML 1.1, where yes and on are switches too.
  const document = parseDocument(text, { version: "1.1", lineCounter: lines, prettyErrors: false });
  const problems = new WebConfigProblems(path, lines);
  // The parser's own messages repeat parts of the file: keys and hashes.
  for (const { code, pos } of document.errors) {
    problems.at(pos[0], `Cannot parse the YAML: ${explainSyntax(code)}`);
  }
  problems.finish();
  const { report } = problems;
  const root = new YamlSection(document.contents, { path: "", report });
  const warnings: string[] = [];
  const directory = path.replace(/[^/]*$/, "");
  const tls = readTls(root.section("tls_server_config"), { report, warnings, directory });
  const http = root.section("http_server_config");
  http.flag("http2");
  const headers = readHeaders(http.section("headers"), report);
  http.finish();
  const users = readUsers(root.section("basic_auth_users"), report);
  const rateLimit = readRateLimit(root.section("rate_limit"), report);
  root.finish();
  problems.finish();
  warnings.push(...configWarnings({ tls, users }));
  return { config: { tls, users, headers, rateLimit, warnings }, problems };
}

interface Reading {
  readonly report: Report;
  readonly warnings: string[];
  readonly directory: string;
}

function readTls(section: YamlSection, reading: Reading): TlsWish | null {
  const { report } = reading;
  const certificate = readPem(section, { inline: "cert", file: "cert_file", ...reading });
  const key = readPem(section, { inline: "key", file: "key_file", ...reading });
  const clientCa = readPem(section, { inline: "client_ca", file: "client_ca_file", ...reading });
  const auth = section.text("client_auth_type");
  const clientAuth = readClientAuth(auth, report);
  const sanEntries = section.list("client_allowed_sans");
  const sans = sanEntries?.map(({ value }) => value) ?? null;
  const minVersion = readVersion(section.text("min_version"), {
    reading,
    fallback: "TLSv1.2",
    isLeast: true,
  });
  const maximum = section.text("max_version");
  const maxVersion = readVersion(maximum, { reading, fallback: "TLSv1.3", isLeast: false });
  const suites = section.list("cipher_suites");
  if (suites !== null && suites.length > 0) {
    checkNames(suites, {
      report,
      verdict: judgeCipherSuites(suites.map(({ value }) => value)),
      // Of TLS 1.3 no file chooses the suites.
      isMoot: minVersion === "TLSv1.3",
      kind: "cipher suite",
    });
  }
  const curves = section.list("curve_preferences");
  if (curves !== null && curves.length > 0) {
    const verdict = judgeCurves(curves.map(({ value }) => value));
    checkNames(curves, { report, verdict, isMoot: false, kind: "curve" });
  }
  section.flag("prefer_server_cipher_suites");
  const { isEmpty, place } = section;
  section.finish();
  if (isEmpty) return null;
  if (minVersion > maxVersion) {
    report(maximum.place, "max_version is below min_version: no client could connect");
  }
  if (certificate === null) {
    report(place, "tls_server_config needs cert_file, or the certificate itself as cert");
  }
  if (key === null) report(place, "tls_server_config needs key_file, or the key itself as key");
  const isVerified = clientAuth === "VerifyClientCertIfGiven" || clientAuth === "RequireAndVerifyClientCert";
  if (isVerified && clientCa === null) {
    report(
      auth.place,
      `client_auth_type ${clientAuth} needs client_ca_file: whose certificates are to be trusted`,
    );
  }
  if (clientCa !== null && clientAuth === "NoClientCert") {
    report(
      clientCa.place,
      `${clientCa.key} is of no use without client_auth_type, e.g. RequireAndVerifyClientCert`,
    );
  }
  if (sans !== null && clientAuth !== "RequireAnyClientCert" && clientAuth !== "RequireAndVerifyClientCert") {
    report(
      sanEntries?.[0]?.place ?? place,
      `client_allowed_sans needs client_auth_type RequireAndVerifyClientCert, with client_ca_file: with ${clientAuth} a ` +
        "client may come without a certificate",
    );
  }
  if (certificate === null || key === null) return null;
  return { certificate, key, clientCa, clientAuth, allowedSans: sans, minVersion, maxVersion };
}

/** What no path has that somebody would give on purpose. */
const NO_PATH = /[\r\n"|]|-----|: |^.{1024}/;

function readPem(
  section: YamlSection,
  options: Reading & { readonly inline: string; readonly file: string },
): PemSource | null {
  const { report, directory, inline, file } = options;
  const text = section.text(inline);
  const path = section.text(file);
  if (text.value !== "" && path.value !== "") {
    report(text.place, `${inline} and ${file} are both given: remove one of them`);
  }
  if (NO_PATH.test(path.value)) {
    // A line without its colon goes on the line above: this may be a key.
    report(path.place, `${file} is no path: expected one line without quotes; is a colon missing below it?`);
    return null;
  }
  if (path.value !== "") {
    const full = path.value.startsWith("/") ? path.value : `${directory}${path.value}`;
    return { key: file, place: path.place, path: full };
  }
  return text.value === "" ? null : { key: inline, place: text.place, text: text.value };
}

function readClientAuth({ value, place }: Entry<string>, report: Report): ClientAuth {
  if (value === "") return "NoClientCert";
  // Its name of old.
  if (value === "RequireClientCert") return "RequireAnyClientCert";
  const known = CLIENT_AUTH.find((each) => each === value);
  if (known === undefined) {
    report(place, `Unknown client_auth_type "${value}": expected one of ${CLIENT_AUTH.join(", ")}`);
  }
  return known ?? "NoClientCert";
}

function readVersion(
  { value, place }: Entry<string>,
  options: {
    readonly reading: Reading;
    readonly fallback: TlsWish["minVersion"];
    readonly isLeast: boolean;
  },
): TlsWish["minVersion"] {
  const { reading: { report, warnings }, fallback, isLeast } = options;
  switch (value) {
    case "":
      return fallback;
    case "TLS12":
      return "TLSv1.2";
    case "TLS13":
      return "TLSv1.3";
    case "TLS10":
    case "TLS11":
      if (isLeast) warnings.push(`min_version is ${value}, but nothing below TLS 1.2 is spoken`);
      else {report(
          place,
          `max_version is ${value}, but nothing below TLS 1.2 is spoken: expected TLS12 or TLS13`,
        );}
      return fallback;
  }
  report(place, `Unknown TLS version "${value}": expected TLS12 or TLS13`);
  return fallback;
}

function checkNames(
  names: readonly Entry<string>[],
  options: {
    readonly report: Report;
    readonly verdict: NamesVerdict;
    readonly isMoot: boolean;
    readonly kind: "cipher suite" | "curve";
  },
): void {
  const { report, verdict: { unknown, unwanted }, isMoot, kind } = options;
  for (const { value, place } of names) {
    if (unknown.includes(value)) {
      report(place, `Unknown ${kind} "${value}": expected a name of Go's crypto/tls`);
    }
  }
  if (unknown.length > 0 || unwanted.length === 0 || isMoot) return;
  report(
    names[0]?.place ?? null,
    `The ${kind}s cannot be narrowed down: this program's TLS always offers ${
      unwanted.join(", ")
    } too. Add what is ` +
      "missing, or remove the list" +
      (kind === "curve" ? "" : ", or set min_version to TLS13, which has none of them"),
  );
}

function readHeaders(section: YamlSection, report: Report): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const { key, keyPlace, value, place } of section.entries()) {
    const values = HEADERS.get(key);
    if (values === undefined) {
      report(keyPlace, `Header "${key}" cannot be set: expected one of ${[...HEADERS.keys()].join(", ")}`);
    } else if (values !== null && !values.includes(value)) {
      report(place ?? keyPlace, `Header "${key}" is "${value}", expected ${values.join(" or ")}`);
    } else if (!HEADER_VALUE.test(value)) {
      report(place ?? keyPlace, `Header "${key}" must be one line of plain ASCII`);
    } else if (value !== "") headers.set(key, value);
  }
  return headers;
}

function readUsers(section: YamlSection, report: Report): ReadonlyMap<string, string> {
  const users = new Map<string, string>();
  for (const { key, keyPlace, value, place } of section.entries()) {
    // The value is not repeated: it may be a password in the clear.
    if (!BCRYPT.test(value)) {
      report(
        place ?? keyPlace,
        `The password of user "${key}" is no bcrypt hash: make one with htpasswd -nBC 10 ""`,
      );
    }
    // Nor is the name, which may be one with a password behind it.
    if (key.includes(":")) {
      report(keyPlace, "A user's name has a colon, which ends it in basic authentication");
    }
    users.set(key, value);
  }
  return users;
}

function readRateLimit(section: YamlSection, report: Report): RateLimit | null {
  const interval = section.text("interval");
  const burst = section.count("burst");
  section.finish();
  if (section.isEmpty) return null;
  let intervalSeconds = 0;
  try {
    if (interval.value !== "") intervalSeconds = parseDuration(interval.value);
  } catch (error) {
    report(interval.place, error instanceof Error ? error.message : String(error));
  }
  if (intervalSeconds === 0) return null;
  if (burst.value === null || burst.value < 1) {
    report(
      burst.place ?? section.place,
      "rate_limit needs burst, at least 1: how many requests may come at once",
    );
  }
  return { intervalSeconds, burst: burst.value ?? 1 };
}
