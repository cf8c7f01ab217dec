import { assertEquals } from "@std/assert";
import {
  changedParts,
  needsRestart,
  plainConfig,
  serverStatuses,
} from "../../../src/cli/serve/management_status.ts";
import { fromSource } from "../../../src/config/connection_parameters.ts";
import { resolveTarget } from "../../../src/config/connection_target.ts";
import { EMPTY_VIEW } from "../../fixtures/empty_view.ts";
import { plainestConfig } from "../../fixtures/plainest_config.ts";

Deno.test("plainConfig() contains no secret, and converts to JSON", () => {
  const config = plainestConfig({
    probe: {
      modules: new Map([["m", {
        name: "m",
        target: resolveTarget(
          fromSource([["user", "u"], ["sslpassword", "canary-1"], ["password", "canary-2"]], "test"),
        ),
      }]]),
      allowedTargets: ["db1"],
    },
  });
  const text = JSON.stringify(plainConfig(config));
  assertEquals(text.includes("canary"), false);
  const { probe, collectors, servers } = JSON.parse(text);
  const { user, password, libpq } = probe.modules.m.target;
  assertEquals([user, password, libpq.sslPassword], ["u", "***", "***"]);
  assertEquals([collectors, servers[0].target.password], [["server"], "***"]);
});

Deno.test("changedParts() and needsRestart() name what differs", () => {
  const before = plainestConfig();
  assertEquals([changedParts(before, plainestConfig()), needsRestart(before, plainestConfig())], [[], []]);
  const next = plainestConfig({
    stateFile: "/var/lib/x",
    log: { level: "debug", format: "logfmt" },
    servers: [],
    web: { ...before.web, listenAddresses: [{ hostname: "", port: 1 }], configFile: "web.yml" },
  });
  assertEquals([...changedParts(before, next)].sort(), ["log", "stateFile", "web"]);
  assertEquals(needsRestart(before, next), ["web.listen-address", "web.config.file", "state.file"]);
});

Deno.test("serverStatuses() is empty before the first view", () => {
  assertEquals([serverStatuses(null), serverStatuses(EMPTY_VIEW)], [[], []]);
});
