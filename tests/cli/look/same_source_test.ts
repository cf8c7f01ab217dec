import { assertEquals } from "@std/assert";
import { sourceFlags, withFlags } from "../../../src/cli/look/same_source.ts";
import type { Invocation } from "../../../src/cli/command.ts";
import { runCommandLine } from "../../../src/cli/run.ts";
import { processContext } from "../../../src/cli/process_context.ts";
import { COLLECTORS } from "../program.ts";

/** The flags of a command line, as a command sees it. */
async function flagsOf(...args: readonly string[]): Promise<string> {
  let flags = "none";
  const code = async (invocation: Invocation) => {
    flags = await sourceFlags(invocation);
    return 0;
  };
  await runCommandLine(["preflight", "standby", ...args], {
    context: { ...processContext, environment: () => undefined, environmentNames: () => [] },
    program: {
      collectors: COLLECTORS,
      commands: [{
        name: "preflight",
        help: "",
        operands: "NAME",
        operandCount: [1, 1],
        isVerdict: true,
        hasSettings: true,
        load: () => Promise.resolve(code),
      }],
    },
  });
  return flags;
}

Deno.test("sourceFlags() repeats the servers and other settings of the command line, quoted for a shell", async () => {
  assertEquals(
    await flagsOf("--server=a=host=db1 user=m", "--server", "b=postgresql://m@db2/postgres", "--json"),
    " '--server=a=host=db1 user=m' --server=b=postgresql://m@db2/postgres",
  );
  assertEquals(
    await flagsOf(
      "--server=a=host=db1 user='m'",
      "--discover-standbys",
      "--no-collector.slots",
      "--sample=1s",
    ),
    String.raw` '--server=a=host=db1 user='\''m'\''' --discover-standbys=true --collector.slots=false`,
  );
});

Deno.test("sourceFlags() repeats the exporter that was asked", async () => {
  assertEquals(await flagsOf("--from=db1:9188"), " --from=db1:9188");
  assertEquals(
    await flagsOf("--from=https://db1:9188", "--from.ca-file=/etc/my ca.pem"),
    " --from=https://db1:9188 '--from.ca-file=/etc/my ca.pem'",
  );
});

Deno.test("sourceFlags() repeats no password, and nothing where the command line names no source", async () => {
  for (
    const dsn of [
      "postgresql://m:c4n4ry@db1/postgres",
      "host=db1 user=m password=c4n4ry",
      "host=db1 user=m sslpassword=c4n4ry",
    ]
  ) {
    assertEquals(
      await flagsOf(`--server=a=${dsn}`),
      " # with the same --server: it contains a password",
      dsn,
    );
  }
  assertEquals(await flagsOf(), "");
});

Deno.test("withFlags() completes only commands of this program", () => {
  assertEquals(withFlags(["SELECT 1;", "pg-replication-exporter doctor"], " --from=db1:9188"), [
    "SELECT 1;",
    "pg-replication-exporter doctor --from=db1:9188",
  ]);
  assertEquals(withFlags(["Run: pg-replication-exporter doctor", "See doctor", ""], " --from=x:1"), [
    "Run: pg-replication-exporter doctor --from=x:1",
    "See doctor",
    "",
  ]);
});
