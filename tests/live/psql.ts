/**
 * What a person types into psql.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { DEBIAN_15, type Server } from "./support.ts";

/**
 * Runs a script in psql as superuser.
 *
 * @param server Where.
 * @param script What is typed.
 * @param database The database.
 * @returns What it prints, without headers.
 */
export async function typeIntoPsql(server: Server, script: string, database = "postgres"): Promise<string> {
  const child = new Deno.Command(`${DEBIAN_15}/psql`, {
    args: ["-XAtq", "-v", "ON_ERROR_STOP=1", server.dsn({ user: "postgres", database })],
    env: { PGOPTIONS: "-c client_min_messages=warning" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`${script}\n`));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  assertEquals([code, decoder.decode(stderr)], [0, ""], script);
  return decoder.decode(stdout).trim();
}
