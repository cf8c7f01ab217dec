import { assertEquals } from "@std/assert";
import { keyFileProblem, passFileProblem, readFileFacts } from "../../src/postgres/private_file.ts";

const file = (mode: number | null, isOfRoot = false) => ({ isFile: true, mode, isOfRoot });

Deno.test("passFileProblem() rejects files that others may access", () => {
  for (const mode of [0o600, 0o400, 0o700, null]) assertEquals(passFileProblem("/p", file(mode)), "");
  for (const mode of [0o640, 0o604, 0o620, 0o601]) {
    assertEquals(/run chmod 0600 \/p/.test(passFileProblem("/p", file(mode))), true, mode.toString(8));
  }
  assertEquals(/no plain file/.test(passFileProblem("/p", { ...file(0o600), isFile: false })), true);
});

Deno.test("keyFileProblem() accepts a key of root that a group may read", () => {
  assertEquals(keyFileProblem("/k", file(0o600)), "");
  assertEquals(keyFileProblem("/k", file(0o640, true)), "");
  for (const facts of [file(0o640), file(0o644, true), file(0o660, true), file(0o604)]) {
    assertEquals(/run chmod 0600/.test(keyFileProblem("/k", facts)), true);
  }
});

Deno.test("readFileFacts() reads the file system", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.chmod(path, 0o640);
    const facts = await readFileFacts(path);
    assertEquals([facts?.isFile, facts?.mode], [true, Deno.build.os === "windows" ? null : 0o640]);
    assertEquals(await readFileFacts(`${path}.none`), null);
    assertEquals(await readFileFacts(`${path}/below`), null);
  } finally {
    await Deno.remove(path);
  }
});
