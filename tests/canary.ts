/**
 * Secrets where none may be: every password of the lab bears a mark, and nothing that the program says may hold it.
 *
 * @module
 */
import { PASSWORD_MARK } from "../compose/lab/provision.ts";

/** How much of what surrounds a secret is shown. */
const AROUND = 60;

/** What PostgreSQL keeps instead of a password is almost one to an attacker who guesses. */
const VERIFIERS: readonly RegExp[] = [/SCRAM-SHA-256\$\d+:/, /\bmd5[0-9a-f]{32}\b/];

/**
 * Every way in which a text may stand in another: as it is, in small or large letters, encoded for a URL, in hexadecimal
 * digits, and in base64 wherever its bytes may begin there.
 *
 * @param secret The text.
 */
export function disguisesOf(secret: string): readonly string[] {
  const bytes = new TextEncoder().encode(secret);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"));
  const inBase64 = [0, 1, 2].flatMap((shift) => {
    const shifted = btoa(String.fromCharCode(...new Uint8Array(shift), ...bytes));
    // The first and last letters also depend on what stands before and behind.
    const core = shifted.replaceAll("=", "").slice(Math.ceil(shift * 4 / 3), -1);
    return [core, core.replaceAll("+", "-").replaceAll("/", "_")];
  });
  return [
    ...new Set([
      secret,
      secret.toLowerCase(),
      secret.toUpperCase(),
      encodeURIComponent(secret),
      hex.map((digits) => `%${digits}`).join(""),
      hex.join(""),
      ...inBase64,
    ]),
  ];
}

const MARKS = disguisesOf(PASSWORD_MARK);

/**
 * The secrets in a text.
 *
 * @param text What was said.
 * @param secrets What must not be in it besides the lab's passwords; those in any disguise.
 * @returns What was found, with its surroundings, one phrase each; empty when all is well.
 */
export function leaksIn(text: string, secrets: readonly string[] = []): readonly string[] {
  const places = [...MARKS, ...secrets.flatMap(disguisesOf)].map((each) =>
    [each, text.indexOf(each)] as const
  );
  const verifiers = VERIFIERS.map((pattern) => [pattern.source, text.search(pattern)] as const);
  return [...places, ...verifiers].filter(([, at]) => at >= 0).map(([each, at]) =>
    `${JSON.stringify(each)} in ${JSON.stringify(text.slice(Math.max(0, at - AROUND), at + AROUND))}`
  );
}

/**
 * Fails when a text holds a secret.
 *
 * @param text What was said.
 * @param options `what` said it; `secrets` besides the lab's passwords.
 * @throws {Error} With the place.
 */
export function assertNoSecret(
  text: string,
  { what, secrets = [] }: { readonly what: string; readonly secrets?: readonly string[] },
): void {
  const leaks = leaksIn(text, secrets);
  if (leaks.length > 0) throw new Error(`A secret is in ${what}: ${leaks.join("; ")}`);
}

/**
 * Fetches, and looks for secrets in status line, header fields and body.
 *
 * @param input What to fetch.
 * @param init As for `fetch`.
 * @returns The response, whole; not for streams.
 * @throws {Error} When there is a secret in it.
 */
export async function checkedFetch(input: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  const body = new Uint8Array(await response.arrayBuffer());
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  const text = `${response.statusText}\n${headers}\n${new TextDecoder().decode(body)}`;
  assertNoSecret(text, { what: `the answer to ${input}` });
  const { status, statusText } = response;
  const isEmpty = [204, 205, 304].includes(status);
  return new Response(isEmpty ? null : body, { status, statusText, headers: response.headers });
}
