import { assertEquals, assertStringIncludes } from "@std/assert";
import { runProgram } from "../../compose/build/programs.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const TARGET = `linux-${Deno.build.arch === "x86_64" ? "x64" : "arm64"}`;

async function text(program: string, ...args: string[]): Promise<string> {
  return new TextDecoder().decode(await runProgram(program, { args }));
}

Deno.test({
  name: "deno task release makes an archive whose program runs, and its checksum",
  ignore: Deno.build.os !== "linux" || Deno.env.get("DENORT_BIN") === undefined,
  fn: async () => {
    const output = await Deno.makeTempDir({ prefix: "pgrepl-release-" });
    try {
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          "--quiet",
          `${ROOT}compose/build/release.ts`,
          `--targets=${TARGET}`,
          `--output=${output}`,
        ],
        env: { SOURCE_DATE_EPOCH: "1700000000" },
        stdin: "null",
      }).output();
      assertEquals(success, true, new TextDecoder().decode(stderr));
      const { version } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
      const directory = `pg-replication-exporter-${version}-${TARGET}`;
      const archive = `${output}/${directory}.tar.gz`;
      const sums = await Deno.readTextFile(`${output}/SHA256SUMS`);
      assertEquals(sums, `${(await text("sha256sum", archive)).slice(0, 64)}  ${directory}.tar.gz\n`);
      await runProgram("tar", { args: ["-xzf", archive, `--directory=${output}`] });
      const program = `${output}/${directory}/pg-replication-exporter`;
      assertStringIncludes(
        await text("env", `TMPDIR=${output}`, program, "--version"),
        `version ${version} `,
      );
      // What goes with it was made of the same definitions as what is in it.
      for (
        const [shell, file] of [["bash", "pg-replication-exporter.bash"], [
          "zsh",
          "_pg-replication-exporter",
        ]] as const
      ) {
        const packed = await Deno.readTextFile(`${output}/${directory}/completions/${file}`);
        assertEquals(await text("env", `TMPDIR=${output}`, program, "completion", shell), packed);
      }
    } finally {
      await Deno.remove(output, { recursive: true });
    }
  },
});
