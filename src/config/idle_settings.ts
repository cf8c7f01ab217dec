import type { Config } from "./config.ts";

/**
 * Settings without effect because another one is missing.
 *
 * @param config The configuration.
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
    ...idle.map((name) => `${name} has no effect without web.enable-management`),
    ...(probe && probe.modules.size === 0 && probe.allowedTargets.length > 0
      ? ["probe.allowed_targets has no effect without a login in probe.modules"]
      : []),
  ];
}
