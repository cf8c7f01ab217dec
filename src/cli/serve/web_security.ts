import type { Config, ListenAddress } from "../../config/config.ts";
import { formatListenAddress } from "../../config/listen_address.ts";
import type { Logger } from "../../domain/log.ts";
import type { WebSecurity } from "../../web/security/security.ts";
import type { SecurityFile } from "../../web/security/security_file.ts";
import type { CommandContext } from "../context.ts";

/**
 * Opens the web configuration.
 *
 * @param config Names it, or does not.
 * @param options The process, and where changes are logged.
 * @returns null when there is none.
 * @throws {ConfigError} When it cannot be used.
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

/**
 * What an operator should know about who can read what goes out.
 *
 * @param addresses Where it listens.
 * @param security What guards it.
 * @returns One sentence each; empty when all is well.
 */
export function exposureWarnings(
  addresses: readonly ListenAddress[],
  { tls, users }: Pick<WebSecurity, "tls" | "users">,
): readonly string[] {
  const open = addresses.filter(({ hostname }) => !isLoopback(hostname)).map(formatListenAddress);
  if (open.length === 0 || tls !== null) return [];
  const where = open.join(", ");
  return [
    users.size === 0
      ? `Whoever reaches ${where} can read everything: configure TLS or logins with --web.config.file, or listen on ` +
        "a loopback address"
      : `Passwords and answers go out in the clear at ${where}: configure TLS in --web.config.file`,
  ];
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/**
 * Names by which we are known, for management over plain HTTP.
 *
 * @param config Says where it listens, and which names it has besides.
 * @returns In small letters; addresses may be among them.
 */
export function ownNames({ web }: Pick<Config, "web">): readonly string[] {
  const listening = web.listenAddresses.map(({ hostname }) => hostname.toLowerCase());
  return [...listening, ...web.managementHosts ?? []].filter((name) => name !== "");
}

/**
 * Whether every client has to show who it is.
 *
 * @param security What guards us.
 */
export function knowsClients({ tls, users }: Pick<WebSecurity, "tls" | "users">): boolean {
  return users.size > 0 || tls?.clientAuth === "RequireAndVerifyClientCert";
}
