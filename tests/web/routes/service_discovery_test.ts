import { assertEquals } from "@std/assert";
import { targetGroups } from "../../../src/web/routes/service_discovery.ts";
import { viewOf } from "../../cluster/findings/views.ts";
import { appWith, fakeScraper, get } from "../fakes.ts";

const at = (host: string, port = 5432) => ({ address: { host, hostAddress: "", port } });

Deno.test("targetGroups() lists every server that others can reach, with its labels", () => {
  const view = viewOf({ primarySnapshot: at("db1"), standbySnapshot: { ...at("::1", 5433), up: false } });
  assertEquals(targetGroups(view), [
    {
      targets: ["db1:5432"],
      labels: {
        __meta_pgrepl_server: "primary",
        __meta_pgrepl_cluster: "",
        __meta_pgrepl_role: "primary",
        __meta_pgrepl_up: "true",
        __meta_pgrepl_system_identifier: view.clusters[0]?.systemIdentifier ?? "?",
      },
    },
    {
      targets: ["[::1]:5433"],
      labels: {
        __meta_pgrepl_server: "standby",
        __meta_pgrepl_cluster: "",
        __meta_pgrepl_role: "standby",
        __meta_pgrepl_up: "false",
        __meta_pgrepl_system_identifier: view.clusters[0]?.systemIdentifier ?? "?",
      },
    },
  ]);
  assertEquals(targetGroups(viewOf({ primarySnapshot: at("/run/postgresql") })), []);
});

Deno.test("serviceDiscoveryRoute() answers JSON, and 503 before the first collection", async () => {
  const view = viewOf({ primarySnapshot: at("db1"), standbySnapshot: at("db2") });
  const response = await appWith(fakeScraper({ view }))(get("/sd"));
  assertEquals([response.status, response.headers.get("content-type")], [200, "application/json"]);
  assertEquals(await response.json(), targetGroups(view));
  assertEquals((await appWith(fakeScraper({ view: null }))(get("/sd"))).status, 503);
});
