import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { compilerFor, failure, NoDenortError, renderBuildInfo } from "../../../compose/build/compile.ts";
import { runtimeFlags } from "../../../compose/build/runtime_flags.ts";

const running = { path: "/opt/deno", version: "2.9.6" };

Deno.test("compilerFor() takes the running Deno unless another one fits DENORT_BIN", () => {
  const own = { command: ["/opt/deno"], env: {} };
  assertEquals(compilerFor({}, running), own);
  assertEquals(compilerFor({ DENORT_BIN: "/x", DENORT_DENO: "2.9.6" }, running), own);
  assertEquals(compilerFor({ DENORT_DENO: "2.6.8" }, running), own);
  assertEquals(compilerFor({ DENORT_BIN: "/x", DENORT_DENO: "2.6.8" }, running).command, [
    "npx",
    "-y",
    "deno@2.6.8",
  ]);
});

Deno.test("failure() distinguishes a missing denort from sources that do not compile", () => {
  const missing = failure("error sending request for url (https://x/denort-x86_64.zip)", "2.9.6");
  assert(missing instanceof NoDenortError);
  assertStringIncludes(missing.message, "Set DENORT_BIN");
  const wrong = failure("TS2304 [ERROR]: Cannot find name 'x'", "2.9.6");
  assertEquals(wrong instanceof NoDenortError, false);
  assertStringIncludes(wrong.message, "TS2304");
});

Deno.test("renderBuildInfo() writes a module that says version and revision", async () => {
  const source = renderBuildInfo({ version: "1.2.3", revision: "abc" });
  const module = await import(`data:application/typescript,${encodeURIComponent(source)}`);
  assertEquals(module.BUILD, { version: "1.2.3", revision: "abc" });
});

Deno.test("runtimeFlags() allows writing to a few places, no running, no libraries", () => {
  const flags = runtimeFlags();
  assertEquals(flags.map((flag) => flag.split("=")[0]), [
    "--v8-flags",
    "--unstable-net",
    "--no-prompt",
    "--allow-net",
    "--allow-read",
    "--allow-sys",
    "--allow-write",
    "--allow-env",
    "--ignore-env",
  ]);
  assertStringIncludes(flags.join(" "), ",PGREPL_*,");
  const places = flags.find((flag) => flag.startsWith("--allow-write="))?.replace(/^.*?=/, "").split(",") ??
    [];
  assertEquals(places.slice(0, 3), [
    "/var/lib/pg-replication-exporter",
    "/run/pg-replication-exporter",
    "/run/systemd/notify",
  ]);
  assertEquals(
    places.slice(3).filter((place) => !/^(\/var)?\/run\/postgresql$|\.s\.PGSQL\.\d+$/.test(place)),
    [],
  );
});
