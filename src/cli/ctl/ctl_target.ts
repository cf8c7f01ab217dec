import { ConfigError } from "../../config/config_error.ts";
import type { Invocation } from "../command.ts";
import { basicAuthorization, parseExporterAddress } from "../exporter_address.ts";
import { DEFAULT_SOCKET } from "../serve/management_socket.ts";

/** The exporter that `ctl` talks to. */
export type CtlTarget =
  | { readonly kind: "socket"; readonly path: string }
  | {
    readonly kind: "url";
    /** Its address, ends with `/`; contains no secret. */
    readonly url: string;
    /** The `Authorization` header; null without a login. */
    readonly authorization: string | null;
    /** CA certificates to trust besides the system's, PEM; null when none are given. */
    readonly caCertificates: string | null;
    /** Client certificate and key, PEM; null when none are given. */
    readonly identity: { readonly cert: string; readonly key: string } | null;
  };

/** Flags that need `--url`. */
const URL_FLAGS = ["ca-file", "cert-file", "key-file", "user"] as const;

/**
 * Reads which exporter the command line and the environment name.
 *
 * @throws {ConfigError} With every problem.
 */
export async function readCtlTarget(
  { context, option }: Pick<Invocation, "option"> & {
    readonly context: Pick<Invocation["context"], "environment" | "readTextFile">;
  },
): Promise<CtlTarget> {
  const url = option("url");
  const socket = option("socket");
  const problems: string[] = [];
  if (url !== undefined && socket !== undefined) {
    problems.push('Flags "--url" and "--socket" name two exporters: give one');
  }
  if (url === undefined) {
    for (const name of URL_FLAGS) {
      if (option(name) !== undefined) {
        problems.push(`Flag "--${name}" needs "--url", the address of an exporter`);
      }
    }
    if (problems.length > 0) throw new ConfigError(problems);
    const path = socket ?? context.environment("PGREPL_MANAGEMENT_SOCKET") ?? "";
    return { kind: "socket", path: path === "" || path === "none" ? DEFAULT_SOCKET : path };
  }
  const login = "give --user, and the password in PGREPL_CTL_PASSWORD";
  const address = parseExporterAddress(url, { flag: "url", login });
  if (typeof address === "string") problems.push(address);
  if ((option("cert-file") === undefined) !== (option("key-file") === undefined)) {
    problems.push('Flags "--cert-file" and "--key-file" belong together: give both');
  }
  const user = option("user");
  const password = context.environment("PGREPL_CTL_PASSWORD");
  if (user !== undefined && password === undefined) {
    problems.push('Flag "--user" needs the password in PGREPL_CTL_PASSWORD');
  }
  const read = async (name: "ca-file" | "cert-file" | "key-file"): Promise<string | null> => {
    const path = option(name);
    if (path === undefined) return null;
    try {
      return await context.readTextFile(path);
    } catch (error) {
      const reason = error instanceof Deno.errors.NotFound ? "there is no such file" : "it cannot be read";
      problems.push(`Flag "--${name}": ${reason}`);
      return null;
    }
  };
  const caCertificates = await read("ca-file");
  const cert = await read("cert-file");
  const key = await read("key-file");
  if (cert !== null && key !== null) {
    const { pairProblem } = await import("../../postgres/key_pair.ts");
    const wrong = pairProblem({ certificate: cert, key });
    if (wrong !== null) {
      problems.push(`Flag "--${wrong.of === "key" ? "key" : "cert"}-file": the file ${wrong.text}`);
    }
  }
  if (problems.length > 0 || typeof address === "string") throw new ConfigError(problems);
  return {
    kind: "url",
    url: address.href.replace(/\/*$/, "/"),
    authorization: user === undefined ? null : basicAuthorization(user, password ?? ""),
    caCertificates,
    identity: cert === null || key === null ? null : { cert, key },
  };
}
