import { assertEquals, assertRejects } from "@std/assert";
import { type CtlTarget, readCtlTarget } from "../../../src/cli/ctl/ctl_target.ts";
import { ConfigError } from "../../../src/config/config_error.ts";
import { makePair } from "../../fixtures/certificates.ts";

type Texts = Readonly<Record<string, string>>;

function targetOf(options: Texts = {}, environment: Texts = {}, files: Texts = {}): Promise<CtlTarget> {
  return readCtlTarget({
    context: {
      environment: (name) => environment[name],
      readTextFile: (path) => {
        const text = files[path];
        return text === undefined ? Promise.reject(new Deno.errors.NotFound()) : Promise.resolve(text);
      },
    },
    option: (name) => options[name],
  });
}

Deno.test("readCtlTarget() reads the exporter from flags and environment", async () => {
  assertEquals(await targetOf(), {
    kind: "socket",
    path: "/run/pg-replication-exporter/ctl.sock",
  });
  assertEquals(await targetOf({ socket: "/x" }, { PGREPL_MANAGEMENT_SOCKET: "/y" }), {
    kind: "socket",
    path: "/x",
  });
  assertEquals(await targetOf({}, { PGREPL_MANAGEMENT_SOCKET: "/y" }), {
    kind: "socket",
    path: "/y",
  });
  const { certificate: cert, key } = makePair();
  const files = { "ca.pem": "CA", "c.pem": cert, "k.pem": key };
  const options = {
    url: "https://db1:9188//",
    user: "ä",
    "ca-file": "ca.pem",
    "cert-file": "c.pem",
    "key-file": "k.pem",
  };
  assertEquals(await targetOf(options, { PGREPL_CTL_PASSWORD: "p:q" }, files), {
    kind: "url",
    url: "https://db1:9188/",
    authorization: "Basic w6Q6cDpx",
    caCertificates: "CA",
    identity: { cert, key },
  });
});

Deno.test("readCtlTarget() refuses a certificate and a key that do not match", async () => {
  const options = { url: "https://db1:9188", "cert-file": "c.pem", "key-file": "k.pem" };
  const files = { "c.pem": makePair().certificate, "k.pem": makePair().key };
  const error = await assertRejects(() => targetOf(options, {}, files), ConfigError);
  assertEquals(error.problems, [
    'Flag "--key-file": the file is not the key of the certificate: give both of one pair',
  ]);
});

for (
  const [options, expected] of [
    [{ url: "https://a", socket: "/x" }, ['Flags "--url" and "--socket" name two exporters: give one']],
    [{ user: "a", "ca-file": "x" }, [
      'Flag "--ca-file" needs "--url", the address of an exporter',
      'Flag "--user" needs "--url", the address of an exporter',
    ]],
    [{ url: "db1" }, [
      'Flag "--url" is not an address: expected HOST:PORT, http://HOST:PORT or https://HOST:PORT of an exporter',
    ]],
    [{ url: "https://a:canary@db1" }, [
      'Flag "--url" must not contain a login: give --user, and the password in PGREPL_CTL_PASSWORD',
    ]],
    [{ url: "https://db1", user: "a", "cert-file": "no.pem" }, [
      'Flags "--cert-file" and "--key-file" belong together: give both',
      'Flag "--user" needs the password in PGREPL_CTL_PASSWORD',
      'Flag "--cert-file": there is no such file',
    ]],
  ] as const
) {
  Deno.test(`ctl refuses ${Object.keys(options).join(" with ")}`, async () => {
    const error = await assertRejects(() => targetOf(options), ConfigError);
    assertEquals(error.problems, [...expected]);
  });
}
