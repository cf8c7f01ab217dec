import { assertEquals } from "@std/assert";
import { adviceOnFetch, explainFetchError } from "../../src/cli/fetch_advice.ts";

const WORDS = { caFlag: "--from.ca-file", otherwise: "check that an exporter listens there" };

Deno.test("adviceOnFetch() has advice for each error of the HTTP client", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["invalid peer certificate: UnknownIssuer", "name the CA of its certificate with --from.ca-file"],
    [
      'invalid peer certificate: certificate not valid for name "127.0.0.1"; certificate is only valid for DnsName("a")',
      "use a name that its certificate contains",
    ],
    ["invalid peer certificate: Expired", "renew its certificate"],
    ["invalid peer certificate: NotValidYet", "check the clocks of both hosts"],
    [
      "received fatal alert: CertificateRequired",
      "it requires a client certificate: use ctl with --cert-file and --key-file",
    ],
    ["client error (SendRequest): invalid HTTP version parsed", "it may require TLS: use https://"],
    ["received corrupt message of type InvalidContentType", "it may not use TLS: use http://"],
    ["tcp connect error: Connection refused (os error 111)", WORDS.otherwise],
  ];
  for (const [detail, advice] of cases) assertEquals(adviceOnFetch(detail, WORDS), advice, detail);
});

Deno.test("adviceOnFetch() explains that a server cannot use a CA certificate as its own", () => {
  const advice = adviceOnFetch("invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))", WORDS);
  assertEquals([advice.includes("CA:FALSE"), advice.includes("--from.ca-file")], [true, false]);
});

Deno.test("explainFetchError() shows the innermost cause, without the request", () => {
  const cause = new Error("error sending request for url (http://a/): tcp connect error: refused");
  const error = new TypeError("error sending request", { cause: new Error("client error", { cause }) });
  assertEquals(explainFetchError(error, WORDS), `tcp connect error: refused; ${WORDS.otherwise}`);
  assertEquals(explainFetchError("text", WORDS), `text; ${WORDS.otherwise}`);
});
