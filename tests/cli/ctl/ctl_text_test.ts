import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  renderExporterStatus,
  renderPing,
  renderRefusal,
  renderReload,
} from "../../../src/cli/ctl/ctl_text.ts";

const RELOAD = { successful: true, by: "ctl", at: "T", problems: [], changes: [], needs_restart: [] };

const STATUS = {
  version: "1.2.3",
  pid: 7,
  uptime_seconds: 90061,
  log_level: "info",
  listening: ["[::]:9188"],
  web: { tls: true, client_auth: "RequireAndVerifyClientCert", users: 1, problems: ["web.yml:1:1: x"] },
  servers: [
    { name: "primary", up: true, role: "primary", lag_seconds: null, error: null },
    { name: "b", up: false, role: "standby", lag_seconds: 1.5, error: "Cannot reach it" },
  ],
  last_reload: RELOAD,
};

Deno.test("renderReload() lists what has changed, what needs a restart, or the problems", () => {
  assertEquals(renderReload(RELOAD), "Configuration reloaded: nothing has changed");
  assertEquals(
    renderReload({ ...RELOAD, changes: ["log changed"], needs_restart: ["state.file"] }),
    "Configuration reloaded:\n  log changed\n  state.file takes effect only after a restart",
  );
  assertEquals(
    renderReload({ ...RELOAD, successful: false, problems: ["a", "b"] }),
    "The new configuration cannot be used; the previous one stays in effect:\n  a\n  b",
  );
  assertEquals(renderReload({ error: "x" }), null);
});

Deno.test("renderExporterStatus() aligns columns", () => {
  assertEquals(
    renderExporterStatus(STATUS),
    [
      "pg-replication-exporter 1.2.3, process 7, up for 1d 1h",
      "listening  [::]:9188 (TLS, RequireAndVerifyClientCert, 1 login)",
      "log level  info",
      "web configuration not in use: web.yml:1:1: x",
      "",
      "server   state  role     lag",
      "primary  up     primary  -",
      "b        down   standby  1.5 s",
      "         Cannot reach it",
      "",
      "last reload at T by ctl:",
      "Configuration reloaded: nothing has changed",
    ].join("\n"),
  );
  assertEquals(renderExporterStatus("nonsense"), null);
});

Deno.test("renderPing() and renderRefusal()", () => {
  assertEquals(
    renderPing({ version: "1", revision: "abc", pid: 7 }),
    "pg-replication-exporter 1 (revision abc), process 7, is running",
  );
  assertEquals(renderRefusal({ status: 403, body: { error: "No" } }), "No");
  assertEquals(renderRefusal({ status: 401, body: "x" }).includes("PGREPL_CTL_PASSWORD"), true);
  assertEquals(
    renderRefusal({ status: 502, body: "Bad gateway" }),
    "The exporter returned status 502: Bad gateway",
  );
});

Deno.test("renderExporterStatus() lists 50 of many servers, those that are down first", () => {
  const servers = Array.from({ length: 1000 }, (_, index) => ({
    name: `db${index}`,
    up: index !== 999,
    role: "primary",
    lag_seconds: null,
    error: null,
  }));
  const text = renderExporterStatus({ ...STATUS, servers }) ?? "";
  assertStringIncludes(text, "\ndb999   down");
  assertStringIncludes(text, "and 950 more servers (--json lists all)");
  assertEquals(text.split("\n").filter((line) => line.startsWith("db")).length, 50);
});
