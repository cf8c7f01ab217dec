import { assert, assertEquals } from "@std/assert";
import { createManagementApi, type Management, type ReloadReport } from "../../../src/web/management/api.ts";
import { managementEndpoints } from "../../../src/web/management/endpoints.ts";
import { withManagement } from "../../../src/web/management/gate.ts";

const REPORT: ReloadReport = {
  successful: true,
  by: "test",
  at: "2026-01-01T00:00:00.000Z",
  duration_seconds: 0.1,
  problems: [],
  changes: [],
  needs_restart: [],
};

function apiWith({ isReloadable = true, isEnabled = true } = {}) {
  const management: Management = {
    ping: () => ({}),
    status: () => ({}),
    config: () => ({}),
    reload: (by) => Promise.resolve({ ...REPORT, by, successful: isReloadable }),
    setLogLevel: () => {},
    shutdown: () => {},
  };
  const onError = (error: unknown) => {
    throw error;
  };
  return withManagement(() => Promise.resolve(new Response("the app")), {
    api: createManagementApi(management, { by: "test", onError }),
    state: () => ({ isEnabled, allowsPlain: true, hasTls: false, knowsClients: false, ownNames: [] }),
  });
}

for (const { path, methods, statuses, handler, type } of managementEndpoints) {
  Deno.test(`managementEndpoints: ${path} answers as documented`, async () => {
    const query = handler === "logLevel" ? "?level=debug" : "";
    const seen = new Set<number>();
    for (const method of methods) {
      for (const options of [{}, { isReloadable: false }, { isEnabled: false }]) {
        for (const asked of [query, "?level=loud"]) {
          const response = await apiWith(options)(new Request(`http://h${path}${asked}`, { method }));
          seen.add(response.status);
          assertEquals(response.headers.get("content-type"), type);
          assert(typeof await response.json() === "object");
        }
      }
    }
    assertEquals([...seen].sort(), statuses.map(([status]) => status));
    const refused = await apiWith()(new Request(`http://h${path}`, { method: "DELETE" }));
    assertEquals([refused.status, refused.headers.get("allow")], [405, methods.join(", ")]);
    await refused.body?.cancel();
  });
}

Deno.test("createManagementApi() serves only the paths of the table", async () => {
  const response = await apiWith()(new Request("http://h/v1/nothing"));
  assertEquals(response.status, 404);
  const { error } = await response.json();
  assertEquals(
    String(error).split("choose one of ")[1]?.split(", "),
    managementEndpoints.map(({ path }) => path),
  );
});
