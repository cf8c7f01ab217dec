import { assertEquals, assertStringIncludes } from "@std/assert";
import { createManagementApi, type Management, type ReloadReport } from "../../../src/web/management/api.ts";

const REPORT: ReloadReport = {
  successful: true,
  by: "test",
  at: "2026-01-01T00:00:00.000Z",
  duration_seconds: 0.1,
  problems: [],
  changes: [],
  needs_restart: [],
};

function api(changes: Partial<Management> = {}) {
  const calls: string[] = [];
  const errors: unknown[] = [];
  const management: Management = {
    ping: () => ({ pid: 1 }),
    status: () => ({ servers: [] }),
    config: () => ({ log: {} }),
    reload: (by) => {
      calls.push(`reload ${by}`);
      return Promise.resolve({ ...REPORT, by });
    },
    setLogLevel: (level) => void calls.push(`level ${level}`),
    shutdown: () => void calls.push("shutdown"),
    ...changes,
  };
  const app = createManagementApi(management, { by: "test", onError: (error) => errors.push(error) });
  const ask = async (method: string, path: string, body?: string) => {
    const response = await app(
      new Request(`http://ctl${path}`, body === undefined ? { method } : { method, body }),
    );
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  return { ask, calls, errors };
}

Deno.test("createManagementApi() answers in JSON", async () => {
  const { ask, calls } = api();
  assertEquals((await ask("GET", "/v1/ping")).body, { pid: 1 });
  assertEquals((await ask("GET", "/v1/status")).body, { servers: [] });
  const config = await ask("GET", "/v1/config");
  assertEquals([config.body, config.headers.get("content-type")], [{ log: {} }, "application/json"]);
  for (const path of ["/v1/reload", "/-/reload"]) {
    assertEquals((await ask("POST", path)).body, { ...REPORT, by: "test" });
  }
  assertEquals((await ask("POST", "/v1/shutdown")).body, { stopping: true });
  assertEquals(calls, ["reload test", "reload test", "shutdown"]);
});

Deno.test("createManagementApi() reads the level from the query or from a body", async () => {
  const { ask, calls } = api();
  assertEquals((await ask("PUT", "/v1/log-level?level=debug")).body, { level: "debug" });
  assertEquals((await ask("POST", "/v1/log-level", '{"level":"warn"}')).body, { level: "warn" });
  assertEquals(calls, ["level debug", "level warn"]);
  const wrong = await ask("PUT", "/v1/log-level?level=debgu");
  assertEquals([wrong.status, wrong.body.error.includes('did you mean "debug"?')], [400, true]);
  assertEquals((await ask("PUT", "/v1/log-level", "no json")).status, 400);
  assertEquals((await ask("PUT", "/v1/log-level", "[]")).status, 400);
  const long = await ask("PUT", "/v1/log-level", `{"level":"debug"${" ".repeat(1024)}}`);
  assertEquals([long.status, long.body.error.includes("more than 1024 bytes")], [400, true]);
  assertEquals(calls.length, 2);
});

Deno.test("createManagementApi() reports what is wrong with a reload, or with the request", async () => {
  const { ask, errors } = api({
    reload: () => Promise.resolve({ ...REPORT, successful: false, problems: ["a", "b"] }),
    status: () => {
      throw new Error("secret");
    },
  });
  const failed = await ask("POST", "/v1/reload");
  assertEquals([failed.status, failed.body.problems], [422, ["a", "b"]]);
  const method = await ask("GET", "/-/reload");
  assertEquals([method.status, method.headers.get("allow")], [405, "POST, PUT"]);
  assertStringIncludes((await ask("GET", "/v1/nothing")).body.error, "choose one of /v1/ping");
  const fault = await ask("GET", "/v1/status");
  assertEquals([fault.status, fault.body.error.includes("secret"), errors.length], [500, false, 1]);
});
