import { costOf } from "./basic_auth.ts";
import type { TlsConfig, WebConfig } from "./web_config.ts";

/** From here on a comparison takes over a second: bcrypt's binary logarithm of rounds. */
const DEAR_COST = 14;

/** What keeps clients out. */
const LOCK = "use client_auth_type RequireAndVerifyClientCert with client_ca_file";

/**
 * What a web configuration says that exporter-toolkit takes, too, and that is not what it sounds like.
 *
 * @param config The file, understood.
 * @returns One sentence each, with what to do; empty when there is nothing.
 */
export function configWarnings({ tls, users }: Pick<WebConfig, "tls" | "users">): readonly string[] {
  const noLock = tls === null ? null : describeNoLock(tls, { hasLogins: users.size > 0 });
  const dear = [...users].filter(([, hash]) => costOf(hash) >= DEAR_COST).map(([user, hash]) =>
    `The password of user "${user}" has the bcrypt cost ${
      costOf(hash)
    }: with it every wrong login, of any user, keeps ` +
    "the one thread busy for more than a second; make a hash of cost 10 to 12"
  );
  return [...noLock === null ? [] : [noLock], ...dear];
}

/** Client certificates that keep nobody out. */
function describeNoLock(
  { clientAuth, allowedSans }: TlsConfig,
  { hasLogins }: { readonly hasLogins: boolean },
): string | null {
  switch (clientAuth) {
    case "RequireAnyClientCert": {
      const names = allowedSans === null ? "" : ", with a name of client_allowed_sans in it";
      return `client_auth_type RequireAnyClientCert verifies no certificate: anybody can make one${names}, so it keeps ` +
        `nobody out; ${LOCK}`;
    }
    case "RequestClientCert":
      return `client_auth_type RequestClientCert verifies no certificate and needs none, so it keeps nobody out; ${LOCK}`;
    case "VerifyClientCertIfGiven":
      return hasLogins
        ? null
        : "client_auth_type VerifyClientCertIfGiven lets in who brings no certificate, and there are no " +
          `basic_auth_users, so it keeps nobody out; ${LOCK}`;
  }
  return null;
}
