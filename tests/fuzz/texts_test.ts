import { assert, assertInstanceOf } from "@std/assert";
import fc from "fast-check";
import { ConfigError } from "../../src/config/config_error.ts";
import { fromSource } from "../../src/config/connection_parameters.ts";
import { resolveTarget } from "../../src/config/connection_target.ts";
import { parseConninfo } from "../../src/config/conninfo.ts";
import { parseListenAddress } from "../../src/config/listen_address.ts";
import { findPassword } from "../../src/config/pass_file.ts";
import { parseProbeTarget } from "../../src/config/probe_target.ts";
import { parseServiceFile } from "../../src/config/service_file.ts";
import { parseDuration, parseSize } from "../../src/config/units.ts";
import { parseTableName } from "../../src/domain/table_name.ts";
import { negotiateEncoding, negotiateFormat } from "../../src/exposition/negotiate.ts";
import { parseBasicAuth } from "../../src/web/security/basic_auth.ts";
import { parseSubjectAltNames } from "../../src/web/security/client_certificate.ts";
import { parseWebConfig } from "../../src/web/security/web_config.ts";
import { CANARY, fuzz, SlowError, soon } from "./budget.ts";
import { ANY_CHARACTER } from "../fixtures/any_character.ts";

/** Pieces that mean something to one of the parsers, and some that mean nothing. */
const piece = fc.oneof(
  fc.constantFrom(
    ..."'\"\\=:@/?&%#[]{}(),;*.-_ \t\r\n\0|!><~+",
    ...[
      "postgresql://",
      "host=",
      "password=",
      "%00",
      "%zz",
      "q=0",
      "gzip",
      "text/plain",
      "é",
      "\ud800",
      "\u202e",
      "1e9",
    ],
    ...[
      "application/openmetrics-text",
      "escaping",
      "Basic ",
      "DNS:",
      "IP Address:",
      "[a]\n",
      "localhost",
      "9",
      "a",
    ],
  ),
  fc.string({ unit: ANY_CHARACTER, maxLength: 4 }),
);
/** Some pieces, or few of them very often: what takes a parser long. */
const text = fc.oneof(
  { weight: 4, arbitrary: fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join("")) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.array(piece, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 100, max: 8000 }),
      piece,
    )
      .map(([pieces, count, end]) => pieces.join("").repeat(count) + end),
  },
);

/** Every reader of text that somebody else wrote, and the errors it may throw. */
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  parseConninfo,
  resolveTarget: (given) => resolveTarget(fromSource(parseConninfo(given), "test")),
  findPassword: (given) => findPassword(given, { host: "h", port: 1, database: "d", user: "u" }),
  parseServiceFile: (given) => parseServiceFile(given, { service: "a", path: "/s" }),
  parseListenAddress,
  parseProbeTarget,
  parseDuration,
  parseSize,
  parseTableName,
  negotiateFormat,
  negotiateEncoding,
  parseBasicAuth,
  parseSubjectAltNames,
};
/** What may stand in any header, so that nothing at all is an error. */
const NEVER_FAILING = [
  "findPassword",
  "negotiateFormat",
  "negotiateEncoding",
  "parseBasicAuth",
  "parseSubjectAltNames",
];

for (const [name, read] of Object.entries(READERS)) {
  Deno.test(`fuzz: ${name}() handles any text in time, and throws only its own error`, async () => {
    await fuzz(
      fc.property(text, (given) => {
        try {
          soon(() => read(given));
        } catch (error) {
          if (error instanceof SlowError) throw error;
          assert(!NEVER_FAILING.includes(name), `${error}`);
          assert(
            error instanceof SyntaxError || error instanceof RangeError || error instanceof ConfigError,
            `${error}`,
          );
        }
      }),
      300,
    );
  });
}

const WEB_CONFIG = `tls_server_config:
  cert_file: server.crt
  key: "${CANARY}"
  client_auth_type: RequireAndVerifyClientCert
  client_allowed_sans: [a, b]
basic_auth_users:
  alice: ${CANARY}
  bob: $2y$10$${"a".repeat(53)}
http_server_config:
  headers:
    X-Frame-Options: deny
rate_limit:
  interval: 1s
  burst: 10
`;

/** A file in which a hand has slipped. */
const slipped = fc.array(
  fc.record({
    at: fc.nat({ max: WEB_CONFIG.length }),
    gone: fc.nat({ max: 3 }),
    piece: fc.constantFrom(
      "",
      ":",
      "-",
      "\n",
      " ",
      "'",
      '"',
      "[",
      "]",
      "{",
      "}",
      "&a ",
      "*a",
      "!x ",
      "|",
      "#",
      "\t",
      "? ",
      "%",
    ),
  }),
  { minLength: 1, maxLength: 5 },
).map((slips) =>
  slips.reduce(
    (file, slip) => file.slice(0, slip.at) + slip.piece + file.slice(slip.at + slip.gone),
    WEB_CONFIG,
  )
);
// What is deeper than the parser can go takes it tens of milliseconds: tried once each.
const OPENINGS = ["[", "{", "- ", "? ", "a: [", "&a [*a, "] as const;
const nested = fc.tuple(fc.constantFrom(...OPENINGS), fc.integer({ min: 1, max: 300 }))
  .map(([open, depth]) => open.repeat(depth));

Deno.test("fuzz: parseWebConfig() handles any text in time; its errors are ConfigErrors and show no secret", async () => {
  const check = (given: string) => {
    try {
      soon(() => parseWebConfig(given, "web.yml"), 5);
    } catch (error) {
      if (error instanceof SlowError) throw error;
      assertInstanceOf(error, ConfigError, `${error}`);
      // Pieces of it as well: a slip may have cut it in two.
      assert(!/QzCan|Canary|aryZq/.test(error.message), error.message);
    }
  };
  for (const open of OPENINGS) for (const depth of [2000, 20_000]) check(open.repeat(depth));
  await fuzz(fc.property(fc.oneof(slipped, slipped, text, nested), check), 800);
});
