import { assertEquals, assertFalse, assertInstanceOf, assertThrows } from "@std/assert";
import type { ConnectionTarget } from "../../src/config/config.ts";
import { ConfigError } from "../../src/config/config_error.ts";
import { fromSource, mergeParameters } from "../../src/config/connection_parameters.ts";
import { resolveTarget } from "../../src/config/connection_target.ts";
import { parseConninfo } from "../../src/config/conninfo.ts";
import { DEFAULT_LIBPQ_SETTINGS } from "../../src/config/libpq_settings.ts";
import { thrownBy } from "./thrown_by.ts";

function resolve(dsn: string, defaults: Readonly<Record<string, string>> = {}): ConnectionTarget {
  const own = fromSource(parseConninfo(dsn), "DSN");
  return resolveTarget(mergeParameters(own, fromSource(Object.entries(defaults), "environment")));
}

function problemsOf(dsn: string, defaults: Readonly<Record<string, string>> = {}): readonly string[] {
  const error = thrownBy(() => resolve(dsn, defaults));
  assertInstanceOf(error, ConfigError, dsn);
  return error.problems;
}

Deno.test("resolveTarget() applies libpq's defaults, and ours", () => {
  assertEquals(resolve("user=monitor"), {
    host: "localhost",
    hostAddress: "",
    port: 5432,
    user: "monitor",
    password: null,
    database: "postgres",
    sslMode: "prefer",
    sslRootCert: "",
    sslCert: "",
    sslKey: "",
    applicationName: "pg-replication-exporter",
    options: "",
    connectTimeoutSeconds: null,
    libpq: DEFAULT_LIBPQ_SETTINGS,
  });
});

Deno.test("resolveTarget() prefers the connection string to the defaults", () => {
  const target = resolve("host=db1 user=a sslmode=require connect_timeout=3 fallback_application_name=b", {
    user: "x",
    password: "hunter2",
    dbname: "app",
    port: "6432",
  });
  assertEquals([target.user, target.database, target.port], ["a", "app", 6432]);
  assertEquals([target.sslMode, target.connectTimeoutSeconds, target.applicationName], ["require", 3, "b"]);
  assertEquals(target.password?.reveal(), "hunter2");
});

Deno.test("resolveTarget() does not combine a given host with the environment's address", () => {
  const target = resolve("host=db1 user=a", { host: "db2", hostaddr: "10.0.0.2" });
  assertEquals([target.host, target.hostAddress], ["db1", ""]);
  const byAddress = resolve("hostaddr=10.0.0.1 user=a", { host: "db2" });
  assertEquals([byAddress.host, byAddress.hostAddress], ["10.0.0.1", "10.0.0.1"]);
  assertEquals(resolve("user=a", { host: "db2" }).host, "db2");
});

Deno.test("resolveTarget() reads sockets, IPv6 and scopes", () => {
  for (const host of ["/var/run/postgresql", "::1", "fe80::1%eth0", "db-1.example.com", "dänemark"]) {
    assertEquals(resolve(`host=${host} user=a`).host, host);
  }
});

Deno.test("resolveTarget() treats sslrootcert=system as libpq does", () => {
  const target = resolve("user=a sslrootcert=system");
  assertEquals([target.sslMode, target.sslRootCert], ["verify-full", ""]);
  assertEquals(problemsOf("user=a sslrootcert=system sslmode=require").length, 1);
});

Deno.test("resolveTarget() treats connect_timeout=0 and below as no limit", () => {
  assertEquals(resolve("user=a connect_timeout=0").connectTimeoutSeconds, null);
  assertEquals(resolve("user=a connect_timeout=-5").connectTimeoutSeconds, null);
});

Deno.test("resolveTarget() reports all problems at once", () => {
  const problems = problemsOf("host='a b' port=0 sslmode=reqire connect_timeout=x sslcrl=s");
  assertEquals(problems.map((problem) => /"(\w+)"|no (user)/.exec(problem)?.slice(1).join("")), [
    "sslcrl",
    "host",
    "port",
    "user",
    "connect_timeout",
    "sslmode",
  ]);
});

Deno.test("resolveTarget() rejects unsupported keywords, unless their value is harmless", () => {
  for (
    const parameter of [
      "sslcrl=a",
      "sslcrldir=a",
      "requirepeer=postgres",
      "gssencmode=require",
      "sslcertmode=require",
      "replication=true",
      "min_protocol_version=3.2",
      "ssl_max_protocol_version=TLSv1.1",
      "require_auth=gss",
      "sslnegotiation=direct",
      "channel_binding=require sslmode=disable",
    ]
  ) {
    assertEquals(problemsOf(`user=a ${parameter}`).length, 1, parameter);
  }
  assertEquals(resolve("user=a gssencmode=prefer keepalives=0 replication=off").user, "a");
  assertEquals(problemsOf("user=a", { sslcrl: "/x" }).length, 1, "asked for by the environment");
});

Deno.test("resolveTarget() reads several hosts", () => {
  const { host, port, libpq } = resolve("user=a host=b,c port=1,2 target_session_attrs=primary");
  assertEquals([host, port], ["b", 1]);
  assertEquals(libpq?.otherHosts, [{ host: "c", hostAddress: "", port: 2 }]);
  assertEquals(libpq?.sessionAttributes, "primary");
});

Deno.test("resolveTarget() rejects invalid ports", () => {
  for (const port of ["1,2", "65536", "0x10", "5432 ", "1e3"]) {
    assertThrows(
      () => resolveTarget(fromSource([["user", "a"], ["port", port]], "test")),
      ConfigError,
      '"port"',
      port,
    );
  }
});

Deno.test("resolveTarget() prefers the server's own password or file to the defaults", () => {
  const of = (own: Readonly<Record<string, string>>, defaults: Readonly<Record<string, string>>) => {
    const target = resolveTarget(mergeParameters(
      fromSource(Object.entries({ user: "a", ...own }), "own"),
      fromSource(Object.entries(defaults), "environment"),
    ));
    return [target.password?.reveal() ?? null, target.libpq?.passwordFile];
  };
  assertEquals(of({ password: "own" }, { password: "all", password_file: "/all" }), ["own", ""]);
  assertEquals(of({ password_file: "/own" }, { password: "all", password_file: "/all" }), [null, "/own"]);
  assertEquals(of({}, { password_file: "/all" }), [null, "/all"]);
  assertEquals(of({}, { password: "all" }), ["all", ""]);
});

Deno.test("resolveTarget() shows no value in a problem", () => {
  const values =
    "host='hunter2 x' port=hunter2 sslmode=hunter2 connect_timeout=hunter2 sslcrl=hunter2 require_auth=hunter2 target_session_attrs=hunter2 user=a";
  assertFalse(problemsOf(values).join().includes("hunter2"));
});
