import { costOf } from "./basic_auth.ts";
import type { TlsConfig, WebConfig } from "./web_config.ts";

/** bcrypt cost from which a comparison takes more than a second. */
const EXPENSIVE_COST = 14;

/** What restricts access. */
const REMEDY = "use client_auth_type RequireAndVerifyClientCert with client_ca_file";

/**
 * Settings of a web configuration that exporter-toolkit accepts too, and that do not work as they may seem to.
 *
 * @param config The configuration.
 * @returns One sentence each, with a remedy.
 */
export function configWarnings({ tls, users }: Pick<WebConfig, "tls" | "users">): readonly string[] {
  const open = tls === null ? null : openAccessWarning(tls, { hasLogins: users.size > 0 });
  const expensive = [...users].filter(([, hash]) => costOf(hash) >= EXPENSIVE_COST).map(([user, hash]) =>
    `The password of user "${user}" has bcrypt cost ${
      costOf(hash)
    }: every wrong login, of any user, blocks the exporter ` +
    "for more than a second; create a hash of cost 10 to 12"
  );
  return [...open === null ? [] : [open], ...expensive];
}

/** Warns of client certificates that do not restrict access. */
function openAccessWarning(
  { clientAuth, allowedSans }: TlsConfig,
  { hasLogins }: { readonly hasLogins: boolean },
): string | null {
  switch (clientAuth) {
    case "RequireAnyClientCert": {
      const names = allowedSans === null ? "" : ", with a name of client_allowed_sans in it";
      return `client_auth_type RequireAnyClientCert does not verify certificates: anyone can create one${names}, so it does ` +
        `not restrict access; ${REMEDY}`;
    }
    case "RequestClientCert":
      return "client_auth_type RequestClientCert neither requires nor verifies a certificate, so it does not restrict " +
        `access; ${REMEDY}`;
    case "VerifyClientCertIfGiven":
      return hasLogins
        ? null
        : "client_auth_type VerifyClientCertIfGiven accepts clients without a certificate, and there are no " +
          `basic_auth_users, so it does not restrict access; ${REMEDY}`;
  }
  return null;
}
