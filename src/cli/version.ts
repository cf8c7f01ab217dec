import { BUILD } from "./build_info.ts";
import type { Invocation } from "./command.ts";

/**
 * `version`: one line, as the field's exporters write it.
 *
 * @param invocation Where to write.
 * @returns 0.
 */
export function showVersion({ context }: Pick<Invocation, "context">): Promise<number> {
  const { deno } = Deno.version;
  context.writeStdout(
    `pg-replication-exporter, version ${BUILD.version} (revision: ${BUILD.revision}, deno: ${deno}, platform: ${Deno.build.target})\n`,
  );
  return Promise.resolve(0);
}
