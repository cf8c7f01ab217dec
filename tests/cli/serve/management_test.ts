import { assertEquals } from "@std/assert";
import { createManagement } from "../../../src/cli/serve/management.ts";
import type { ReloadReport } from "../../../src/web/management/api.ts";
import { FakeClock } from "../../fixtures/fake_clock.ts";
import { plainestConfig } from "../../fixtures/plainest_config.ts";

Deno.test("createManagement(): the log level applies until the next reload, a shutdown follows its response", async () => {
  const clock = new FakeClock();
  const calls: string[] = [];
  let last: ReloadReport | null = null;
  const management = createManagement({
    service: { view: () => null },
    reloader: {
      get last() {
        return last;
      },
      reload: (by) =>
        Promise.resolve(
          last = {
            successful: true,
            by,
            at: "",
            duration_seconds: 0,
            problems: [],
            changes: [],
            needs_restart: [],
          },
        ),
    },
    clock,
    config: () => plainestConfig(),
    listening: () => [{ hostname: "::1", port: 9188 }],
    socketPath: () => null,
    security: () => ({ tls: null, users: new Map([["a", "b"]]), problems: [] }),
    setLogLevel: (level) => void calls.push(level),
    shutdown: (by) => void calls.push(by),
  });
  await clock.advance(5);
  const { uptime_seconds, log_level, listening, web } = management.status();
  assertEquals([uptime_seconds, log_level, listening], [5, "info", ["[::1]:9188"]]);
  assertEquals(web, { tls: false, client_auth: "NoClientCert", users: 1, problems: [] });
  management.setLogLevel("debug");
  assertEquals(management.status()["log_level"], "debug");
  await management.reload("test");
  assertEquals(management.status()["log_level"], "info");
  management.shutdown();
  assertEquals(calls, ["debug"]);
  await clock.advance(1);
  assertEquals(calls, ["debug", "management"]);
});
