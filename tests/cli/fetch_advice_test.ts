import { assertEquals } from "@std/assert";
import { adviceOnFetch } from "../../src/cli/fetch_advice.ts";

const WORDS = { caFlag: "--from.ca-file", otherwise: "check that an exporter listens there" };

Deno.test("adviceOnFetch() says what to do about each thing that the HTTP client says", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["invalid peer certificate: UnknownIssuer", "name the authority of its certificate with --from.ca-file"],
    [
      'invalid peer certificate: certificate not valid for name "127.0.0.1"; certificate is only valid for DnsName("a")',
      "ask by a name that its certificate has",
    ],
    ["invalid peer certificate: Expired", "renew its certificate"],
    ["invalid peer certificate: NotValidYet", "check both clocks"],
    [
      "received fatal alert: CertificateRequired",
      "it wants a certificate of ours: give --cert-file and --key-file to ctl",
    ],
    ["client error (SendRequest): invalid HTTP version parsed", "it may want TLS: ask with https://"],
    ["received corrupt message of type InvalidContentType", "it may speak no TLS: ask with http://"],
    ["tcp connect error: Connection refused (os error 111)", WORDS.otherwise],
  ];
  for (const [detail, advice] of cases) assertEquals(adviceOnFetch(detail, WORDS), advice, detail);
});

Deno.test("adviceOnFetch() does not ask for an authority that was given: a server may not show that itself", () => {
  const advice = adviceOnFetch("invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))", WORDS);
  assertEquals([advice.includes("CA:FALSE"), advice.includes("--from.ca-file")], [true, false]);
});
