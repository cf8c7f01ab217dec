import type { Config } from "./config.ts";

/**
 * Settings that do nothing without another one.
 *
 * @param config What may have them.
 * @returns One sentence each.
 */
export function idleSettings(
  { web, probe }: Pick<Config, "probe"> & { readonly web: Partial<Config["web"]> },
): readonly string[] {
  const { enableManagement, allowPlainManagement, managementHosts = [] } = web;
  const idle = enableManagement ? [] : [
    ...(allowPlainManagement ? ["web.allow-plain-management"] : []),
    ...(managementHosts.length > 0 ? ["web.management-host"] : []),
  ];
  return [
    ...idle.map((name) => `${name} does nothing without web.enable-management`),
    ...(probe && probe.modules.size === 0 && probe.allowedTargets.length > 0
      ? ["probe.allowed_targets does nothing without a login in probe.modules"]
      : []),
  ];
}
