import { assert, assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { appEndpoints, type HttpEndpoint } from "../../src/web/endpoints.ts";
import { managementEndpoints } from "../../src/web/management/endpoints.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { reasonToSkip, untilHolds } from "./support.ts";

/** What a path needs to be answered with 200 by an exporter of `primary` and `standby`. */
function pathFor({ path }: HttpEndpoint): string {
  if (path === "/probe") return "/probe?target=standby";
  if (path === "/v1/log-level") return "/v1/log-level?level=debug";
  if (path.startsWith("/runbooks/")) return "/runbooks/PgreplServerDown";
  return path.replace("NAME", path.endsWith("/primary") ? "primary" : "standby");
}

Deno.test({
  name: "docs/HTTP.md: a running exporter responds to every path, by every method, as documented",
  ignore: reasonToSkip() !== null,
  async fn() {
    await using cluster = await startCluster({ standbys: 1, synchronous: "standby" });
    const servers = cluster.servers.map((server) => `--server=${server.name}=${server.dsn()}`);
    const allowed = ["--web.enable-management", "--web.allow-plain-management"];
    await using exporter = await ServeProcess.start(FROM_SOURCE, {
      args: [...servers, ...allowed, "--management.socket=none", "--collect.deadline=30s"],
    });
    const last = ({ path }: HttpEndpoint) => path.endsWith("/shutdown") ? 1 : 0;
    const endpoints: readonly HttpEndpoint[] = [...appEndpoints("/metrics"), ...managementEndpoints];
    for (const endpoint of endpoints.toSorted((a, b) => last(a) - last(b))) {
      for (const method of endpoint.methods) {
        const asked = `${method} ${pathFor(endpoint)}`;
        const ask = async () => {
          const response = await fetch(exporter.url + pathFor(endpoint), { method });
          await response.body?.cancel();
          // No server here has a subscription.
          const status = endpoint.path.endsWith("/subscriber") ? 503 : endpoint.statuses[0]?.[0];
          assertEquals(response.status, status, asked);
          const type = response.headers.get("content-type")?.split(";")[0] ?? "none";
          assert(endpoint.type.includes(type), `${asked} answered ${type}, not ${endpoint.type}`);
        };
        // The state of a server depends on its last reading: it may take until all is known. An end is asked
        // for once.
        if (last(endpoint) === 1) await ask();
        else await untilHolds(`what is said of ${asked}`, ask);
      }
      if (last(endpoint) === 1) continue;
      const refused = await fetch(exporter.url + pathFor(endpoint), { method: "DELETE" });
      await refused.body?.cancel();
      assertEquals([refused.status, refused.headers.get("allow")], [405, endpoint.methods.join(", ")]);
    }
    assertEquals((await exporter.ended()).code, 0, "it ended as it was told");
  },
});
