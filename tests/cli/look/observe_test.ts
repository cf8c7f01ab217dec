import { assert, assertEquals, assertRejects } from "@std/assert";
import { observeServers } from "../../../src/cli/look/observe.ts";
import { collectors } from "../../../src/collectors/registry.ts";
import type { Config } from "../../../src/config/config.ts";
import { systemClock } from "../../../src/domain/clock.ts";
import type { Logger } from "../../../src/domain/log.ts";
import { processContext } from "../../../src/cli/process_context.ts";
import { DEFAULT_HEALTH_THRESHOLDS } from "../../../src/domain/thresholds.ts";
import { target } from "../../fixtures/targets.ts";

const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** Two servers at ports where nothing listens. */
function nowhere(): Config {
  return {
    servers: ["one", "two"].map((name, index) => ({
      name,
      cluster: "",
      target: target({ host: "127.0.0.1", port: index + 1 }),
    })),
    expectedStandbys: 1,
    collectors: new Set(collectors.map(({ name }) => name)),
    collect: { intervalSeconds: 15, maxAgeSeconds: 1, deadlineSeconds: 2 },
    lag: { sampleIntervalSeconds: 1 },
    web: { listenAddresses: [], telemetryPath: "/metrics", maxRequests: 40 },
    log: { level: "info", format: "logfmt" },
    health: DEFAULT_HEALTH_THRESHOLDS,
  };
}

Deno.test("observeServers() ends after the sample time even when no server responds", async () => {
  const seen: { readonly seconds: number; readonly known: boolean }[] = [];
  await using observation = observeServers(nowhere(), {
    context: processContext,
    logger: SILENT,
    collectors,
    sampleSeconds: 0.3,
    onProgress: ({ seconds, view }) => seen.push({ seconds, known: view !== null }),
  });
  const view = await observation.read(AbortSignal.timeout(60_000));
  assertEquals(view.servers.map(({ server, up }) => [server, up]), [["one", false], ["two", false]]);
  const known = seen.filter(({ known }) => known);
  assert((seen.at(-1)?.seconds ?? 0) - (known[0]?.seconds ?? Infinity) >= 0.29, JSON.stringify(seen));
  const { length } = seen;
  const later = await observation.read();
  assert(later.at >= view.at);
  assertEquals(seen.length, length, "only the first read waits");
});

Deno.test("observeServers() ends with the signal", async () => {
  await using observation = observeServers(nowhere(), {
    context: { ...processContext, clock: systemClock },
    logger: SILENT,
    collectors,
    sampleSeconds: 3600,
  });
  await assertRejects(
    () => observation.read(AbortSignal.abort(new Error("Told to stop"))),
    Error,
    "Told to stop",
  );
});
