import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { negotiateEncoding, negotiateFormat } from "../../src/exposition/negotiate.ts";
import { soon } from "../fuzz/budget.ts";
import { ANY_CHARACTER } from "../fixtures/any_character.ts";

const TEXT = "text/plain; version=0.0.4; charset=utf-8";
const OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const OPENMETRICS_ESCAPING = `${OPENMETRICS}; escaping=underscores`;

/** Literal headers of real clients, then cases of RFC 9110. */
const ACCEPT: readonly (readonly [client: string, accept: string | null, contentType: string])[] = [
  [
    "Prometheus 2.24",
    "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    TEXT,
  ],
  [
    "Prometheus 2.42",
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75," +
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    OPENMETRICS,
  ],
  [
    "Prometheus 2.49 and later 2.x",
    "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4," +
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    OPENMETRICS,
  ],
  [
    "Prometheus 3",
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5," +
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    OPENMETRICS_ESCAPING,
  ],
  [
    "Prometheus 3 that prefers protobuf",
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6," +
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4," +
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
    OPENMETRICS_ESCAPING,
  ],
  [
    "Prometheus 3 that prefers text 0.0.4",
    "text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.5,*/*;q=0.2",
    TEXT,
  ],
  ["VictoriaMetrics", "text/plain;version=0.0.4;q=1,*/*;q=0.1", TEXT],
  ["curl", "*/*", TEXT],
  [
    "Firefox",
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    TEXT,
  ],
  [
    "Chromium",
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8," +
    "application/signed-exchange;v=b3;q=0.7",
    TEXT,
  ],
  ["no header", null, TEXT],
  ["an empty header", "", TEXT],
  [
    "the canonical type, quoted and spaced",
    'Application/OpenMetrics-Text ; Version="1.0.0" ; CharSet=UTF-8',
    OPENMETRICS,
  ],
  ["OpenMetrics of any version", "application/openmetrics-text", OPENMETRICS],
  ["OpenMetrics of another version", "application/openmetrics-text;version=2.0.0", TEXT],
  [
    "OpenMetrics of another version first",
    "application/openmetrics-text;version=2.0.0,application/openmetrics-text;version=1.0.0;q=0.1",
    OPENMETRICS,
  ],
  ["OpenMetrics refused", "application/openmetrics-text;q=0, */*", TEXT],
  ["OpenMetrics refused, nothing else", "application/openmetrics-text;q=0", TEXT],
  ["text refused", "text/plain;q=0, */*;q=0.1", OPENMETRICS],
  ["everything refused", "*/*;q=0", TEXT],
  ["equal weights, OpenMetrics first", "application/openmetrics-text, text/plain", OPENMETRICS],
  ["equal weights, text first", "text/plain, application/openmetrics-text", TEXT],
  ["equal weights, OpenMetrics named", "*/*, application/openmetrics-text", OPENMETRICS],
  ["any application type", "application/*", OPENMETRICS],
  ["any text type", "text/*, application/*;q=0.9", TEXT],
  ["only text 1.0.0", "text/plain;version=1.0.0", TEXT],
  ["something else", "application/json", TEXT],
  ["another character set", "application/openmetrics-text;charset=iso-8859-1,text/plain;q=0.1", TEXT],
  ["a weight that is none", "application/openmetrics-text;q=high,text/plain;q=0.1", TEXT],
  ["a negative weight", "application/openmetrics-text;q=-1,text/plain;q=0.1", TEXT],
  ["a weight past 1", "application/openmetrics-text;q=5,text/plain", OPENMETRICS],
  ["a separator within quotes", 'text/plain;x="a,application/openmetrics-text;q=1", */*;q=0.1', TEXT],
  ["a quote that never closes", 'text/plain;x="a,application/openmetrics-text', TEXT],
  [
    "a clause injected into escaping",
    'application/openmetrics-text;escaping="x; evil\\r\\n"',
    OPENMETRICS_ESCAPING,
  ],
];

for (const [client, accept, contentType] of ACCEPT) {
  Deno.test(`negotiateFormat() answers ${client}`, () => {
    const format = contentType === TEXT ? "text" : "openmetrics";
    assertEquals(negotiateFormat(accept), { format, contentType });
  });
}

const ACCEPT_ENCODING:
  readonly (readonly [client: string, acceptEncoding: string | null, encoding: string])[] = [
    ["Prometheus", "gzip", "gzip"],
    ["Prometheus without compression", "identity", "identity"],
    ["curl --compressed", "deflate, gzip, br, zstd", "gzip"],
    ["a browser", "gzip, deflate, br, zstd", "gzip"],
    ["no header", null, "identity"],
    ["an empty header", "", "identity"],
    ["gzip refused", "gzip;q=0", "identity"],
    ["gzip refused, others welcome", "gzip;q=0, *", "identity"],
    ["anything", "*", "gzip"],
    ["nothing else than identity", "identity, *;q=0", "identity"],
    ["identity liked better", "identity, gzip;q=0.5", "identity"],
    ["gzip liked better", "identity;q=0.5, gzip", "gzip"],
    ["its old name", "X-GZip", "gzip"],
    ["other codings", "br, zstd", "identity"],
    ["a name that contains it", "notgzip", "identity"],
  ];

for (const [client, acceptEncoding, encoding] of ACCEPT_ENCODING) {
  Deno.test(`negotiateEncoding() answers ${client}`, () => {
    assertEquals(negotiateEncoding(acceptEncoding), encoding);
  });
}

Deno.test("negotiation never throws, whatever the header, and returns one of its content types", () => {
  const fragment = fc.constantFrom(
    ...'*/;,="\\ \t.q01',
    "q=",
    "text/plain",
    "application/openmetrics-text",
    "version=1.0.0",
    "escaping=",
    "\r\n",
    "\0",
  );
  const header = fc.oneof(
    fc.string({ unit: ANY_CHARACTER }),
    fc.array(fragment).map((parts) => parts.join("")),
  );
  fc.assert(fc.property(header, (text) => {
    assert([TEXT, OPENMETRICS, OPENMETRICS_ESCAPING].includes(negotiateFormat(text).contentType));
    assert(["gzip", "identity"].includes(negotiateEncoding(text)));
  }));
});

Deno.test("negotiation ignores a header that is too long", () => {
  for (const piece of [",", ";", '"', "\\", "a,", "*/*;q=0.1,", 'x="\\",']) {
    const header = `application/openmetrics-text,${piece.repeat(5_000_000)}`;
    const answer = () => [negotiateFormat(header).format, negotiateEncoding(header)];
    assertEquals(soon(answer, 0.1), ["text", "identity"], JSON.stringify(piece));
  }
});
