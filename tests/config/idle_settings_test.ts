import { assertEquals } from "@std/assert";
import { idleSettings } from "../../src/config/idle_settings.ts";

Deno.test("idleSettings() lists settings without effect, and only those", () => {
  const probe = { modules: new Map(), allowedTargets: ["db9"] };
  const web = { allowPlainManagement: true, managementHosts: ["db1.example.com"] };
  assertEquals(idleSettings({ web, probe }), [
    "web.allow-plain-management has no effect without web.enable-management",
    "web.management-host has no effect without web.enable-management",
    "probe.allowed_targets has no effect without a login in probe.modules",
  ]);
  assertEquals(idleSettings({ web: { ...web, enableManagement: true }, probe: null }), []);
  assertEquals(idleSettings({ web: {} }), []);
});
