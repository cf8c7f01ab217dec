import { assertEquals, assertRejects } from "@std/assert";
import { checksums, layOut, pack, type PackedFile, sourceDate } from "../../../compose/build/archive.ts";
import { findProgram, runWithInput } from "../../exposition/programs.ts";

const DATE = new Date("2026-03-04T05:06:08Z");
const OTHER_DATE = new Date("2001-01-01T00:00:00Z");

async function withDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "pgrepl-archive-" });
  try {
    await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** The same files, written to another place, in another order, at another time of day. */
async function packTwice(directory: string, ending: string): Promise<readonly (readonly [string, string])[]> {
  const source = `${directory}/source`;
  await Deno.writeTextFile(source, "#!/bin/sh\n");
  const files: readonly PackedFile[] = [
    { path: "p-1/b/deep.txt", content: "deep\n", mode: 0o644 },
    { path: "p-1/run", content: { copyOf: source }, mode: 0o755 },
    { path: "p-1/a.txt", content: "a\n", mode: 0o600 },
  ];
  const archives: (readonly [string, string])[] = [];
  for (const [name, order] of [["one", files], ["two", files.toReversed()]] as const) {
    await Deno.mkdir(`${directory}/${name}`);
    await Deno.utime(source, OTHER_DATE, OTHER_DATE);
    await layOut(`${directory}/${name}`, order, DATE);
    const archive = `${directory}/${name}${ending}`;
    await pack(archive, { parent: `${directory}/${name}`, name: "p-1", date: DATE });
    archives.push([archive, await checksums(directory, [`${name}${ending}`])]);
  }
  return archives;
}

Deno.test("pack() writes the same .tar.gz for the same files, in order and without owners", () =>
  withDirectory(async (directory) => {
    const [one, two] = await packTwice(directory, ".tar.gz");
    assertEquals(one?.[1].slice(0, 64), two?.[1].slice(0, 64));
    const { stdout } = await runWithInput("tar", {
      args: ["--utc", "--full-time", "--numeric-owner", "-tvzf", one?.[0] ?? ""],
      input: "",
    });
    assertEquals(stdout.trimEnd().split("\n").map((line) => line.replaceAll(/\s+/g, " ")), [
      "drwxr-xr-x 0/0 0 2026-03-04 05:06:08 p-1/",
      "-rw------- 0/0 2 2026-03-04 05:06:08 p-1/a.txt",
      "drwxr-xr-x 0/0 0 2026-03-04 05:06:08 p-1/b/",
      "-rw-r--r-- 0/0 5 2026-03-04 05:06:08 p-1/b/deep.txt",
      "-rwxr-xr-x 0/0 10 2026-03-04 05:06:08 p-1/run",
    ]);
  }));

const zip = await findProgram("zip");

Deno.test({
  name: "pack() writes the same .zip for the same files",
  ignore: zip === null,
  fn: () =>
    withDirectory(async (directory) => {
      const [one, two] = await packTwice(directory, ".zip");
      assertEquals(one?.[1].slice(0, 64), two?.[1].slice(0, 64));
    }),
});

Deno.test("checksums() writes the format of sha256sum", () =>
  withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/b`, "b");
    await Deno.writeTextFile(`${directory}/a`, "");
    const sums = await checksums(directory, ["b", "a"]);
    assertEquals(sums.split("\n")[0], `e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a`);
    await Deno.writeTextFile(`${directory}/SHA256SUMS`, sums);
    const check = new Deno.Command("sha256sum", {
      args: ["--check", "--strict", "SHA256SUMS"],
      cwd: directory,
    });
    const { code, stdout } = await check.output();
    assertEquals([code, new TextDecoder().decode(stdout)], [0, "a: OK\nb: OK\n"]);
  }));

Deno.test("sourceDate() is SOURCE_DATE_EPOCH", async () => {
  assertEquals(await sourceDate("/", "1700000000"), new Date(1700000000000));
  await assertRejects(() => sourceDate("/", "yesterday"), RangeError, "expected seconds since 1970");
});
