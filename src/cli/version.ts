import { BUILD } from "./build_info.ts";
import type { Invocation } from "./command.ts";

/** `version`: prints one line in the format of Prometheus's exporters. */
export function showVersion({ context }: Pick<Invocation, "context">): Promise<number> {
  const { deno } = Deno.version;
  context.writeStdout(
    `pg-replication-exporter, version ${BUILD.version} (revision: ${BUILD.revision}, deno: ${deno}, platform: ${Deno.build.target})\n`,
  );
  return Promise.resolve(0);
}
