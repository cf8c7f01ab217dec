import type { Config, ListenAddress } from "../../config/config.ts";
import { formatListenAddress } from "../../config/listen_address.ts";
import type { Logger } from "../../domain/log.ts";
import type { WebSecurity } from "../../web/security/security.ts";
import type { SecurityFile } from "../../web/security/security_file.ts";
import type { CommandContext } from "../context.ts";

/**
 * Opens the web configuration; null when there is none.
 *
 * @throws {ConfigError} When it is invalid.
 */
export async function openWebSecurity(
  { web: { configFile } }: Config,
  { context, logger }: { readonly context: CommandContext; readonly logger: Logger },
): Promise<SecurityFile | null> {
  if (!configFile) return null;
  const [{ SecurityFile }, { hasFullTls }] = await Promise.all([
    import("../../web/security/security_file.ts"),
    import("../../web/security/security.ts"),
  ]);
  return await SecurityFile.open({
    path: configFile,
    readTextFile: (path) => context.readTextFile(path),
    fingerprint: async (path) => {
      const { mtime, size, ino } = await Deno.stat(path);
      return `${mtime?.getTime()} ${size} ${ino}`;
    },
    isTlsFull: hasFullTls(Deno.version.deno),
    clock: context.clock,
    logger,
  });
}

/** Warnings about data that others can read: one sentence each for missing TLS or logins on open addresses. */
export function exposureWarnings(
  addresses: readonly ListenAddress[],
  { tls, users }: Pick<WebSecurity, "tls" | "users">,
): readonly string[] {
  const open = addresses.filter(({ hostname }) => !isLoopback(hostname)).map(formatListenAddress);
  if (open.length === 0 || tls !== null) return [];
  const where = open.join(", ");
  return [
    users.size === 0
      ? `Anyone who can reach ${where} can read everything: configure TLS or logins with --web.config.file, or listen on ` +
        "a loopback address"
      : `Passwords and responses are sent unencrypted at ${where}: configure TLS in --web.config.file`,
  ];
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** Names of this host that management requests over plain HTTP may use, in lower case; some may be addresses. */
export function ownNames({ web }: Pick<Config, "web">): readonly string[] {
  const listening = web.listenAddresses.map(({ hostname }) => hostname.toLowerCase());
  return [...listening, ...web.managementHosts ?? []].filter((name) => name !== "");
}

/** Whether every client must authenticate. */
export function knowsClients({ tls, users }: Pick<WebSecurity, "tls" | "users">): boolean {
  return users.size > 0 || tls?.clientAuth === "RequireAndVerifyClientCert";
}
