import { assertEquals } from "@std/assert";
import { runProgram } from "../program.ts";

const PAGE = await Deno.readTextFile(new URL("../../../docs/CONNECTIONS.md", import.meta.url));

/** The first code block in a language on the page. */
function blockOf(kind: string): string {
  return PAGE.split(`\n\`\`\`${kind}\n`)[1]?.split("```")[0] ?? "";
}

Deno.test("check-config prints the example of docs/CONNECTIONS.md", async () => {
  const { code, stdout, stderr } = await runProgram(["check-config", "--config.file=config.yml"], {
    environment: {
      POSTGRES_PASSWORD_FILE: "/run/secrets/monitor",
      PGSERVICEFILE: "/etc/pg_service.conf",
      PGSSLROOTCERT: "system",
    },
    files: {
      "config.yml": blockOf("yaml"),
      "/etc/pg_service.conf": blockOf("ini"),
      "/run/secrets/monitor": "S3cret-canary",
    },
  });
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stdout.split("\n\nSettings\n")[0], blockOf("text").trimEnd());
  assertEquals(stdout.includes("canary"), false);
});
