import { assertEquals } from "@std/assert";
import { type KeywordSettings, readLibpqSettings } from "../../src/config/libpq_values.ts";

function read(
  values: Readonly<Record<string, string>>,
): KeywordSettings & { readonly problems: readonly string[] } {
  const problems: string[] = [];
  return { ...readLibpqSettings((keyword) => values[keyword] ?? "", problems), problems };
}

Deno.test("readLibpqSettings() reads every value of libpq", () => {
  const settings = read({
    load_balance_hosts: "random",
    target_session_attrs: "prefer-standby",
    sslcertmode: "disable",
    sslsni: "0",
    sslnegotiation: "direct",
    ssl_min_protocol_version: "TLSv1.3",
    ssl_max_protocol_version: "TLSv1.3",
    channel_binding: "require",
    require_auth: "scram-sha-256,none",
    passfile: "/p",
  });
  assertEquals(settings.problems, []);
  const { isBalanced, sessionAttributes, showsCertificate, usesSni, isDirectTls, minTlsVersion } = settings;
  assertEquals([isBalanced, sessionAttributes, showsCertificate, usesSni, isDirectTls, minTlsVersion], [
    true,
    "prefer-standby",
    false,
    false,
    true,
    "TLSv1.3",
  ]);
  const { maxTlsVersion, channelBinding, allowedAuth, passFile } = settings;
  assertEquals([maxTlsVersion, channelBinding, passFile], ["TLSv1.3", "require", "/p"]);
  assertEquals(allowedAuth, ["scram-sha-256", "none"]);
});

Deno.test("readLibpqSettings() raises a minimum below TLS 1.2", () => {
  assertEquals(read({ ssl_min_protocol_version: "TLSv1" }).minTlsVersion, "TLSv1.2");
  assertEquals(read({ ssl_max_protocol_version: "TLSv1" }).problems.length, 1);
  const reversed = { ssl_min_protocol_version: "TLSv1.3", ssl_max_protocol_version: "TLSv1.2" };
  assertEquals(read(reversed).problems.length, 1);
});

Deno.test("readLibpqSettings() reads require_auth as libpq does", () => {
  const methods = (text: string) => read({ require_auth: text }).allowedAuth;
  assertEquals(methods("!password,!md5"), ["scram-sha-256", "none"]);
  assertEquals(methods("!none"), ["password", "md5", "scram-sha-256"]);
  assertEquals(methods("gss,md5"), ["md5"]);
  for (const wrong of ["gss", "md5,!none", "md5,md5", "scram", "", "md5,"].filter((text) => text !== "")) {
    assertEquals(read({ require_auth: wrong }).problems.length, 1, wrong);
  }
});

Deno.test("readLibpqSettings() shows no invalid value", () => {
  const keywords = ["load_balance_hosts", "target_session_attrs", "sslcertmode", "sslsni", "channel_binding"];
  for (const keyword of [...keywords, "require_auth", "ssl_min_protocol_version", "sslnegotiation"]) {
    const { problems } = read({ [keyword]: "QXZJ" });
    assertEquals([problems.length, problems.join().includes("QXZJ")], [1, false], keyword);
  }
});
