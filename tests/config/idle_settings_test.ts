import { assertEquals } from "@std/assert";
import { idleSettings } from "../../src/config/idle_settings.ts";

Deno.test("idleSettings() names what does nothing alone, and is silent where it does", () => {
  const probe = { modules: new Map(), allowedTargets: ["db9"] };
  const web = { allowPlainManagement: true, managementHosts: ["db1.example.com"] };
  assertEquals(idleSettings({ web, probe }), [
    "web.allow-plain-management does nothing without web.enable-management",
    "web.management-host does nothing without web.enable-management",
    "probe.allowed_targets does nothing without a login in probe.modules",
  ]);
  assertEquals(idleSettings({ web: { ...web, enableManagement: true }, probe: null }), []);
  assertEquals(idleSettings({ web: {} }), []);
});
