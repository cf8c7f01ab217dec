import { assertEquals } from "@std/assert";
import { nameForCommand, quoteForShell } from "../../src/domain/shell_text.ts";

Deno.test("quoteForShell() makes one word of any text", async () => {
  for (
    const word of [
      "a",
      "--server=a=host=b",
      "it's",
      "$(id)",
      "`id`",
      'a"b',
      "a b",
      "a\nb",
      "\\",
      "-p;id",
      "*",
    ]
  ) {
    const { stdout } = await new Deno.Command("sh", { args: ["-c", `printf %s ${quoteForShell(word)}`] })
      .output();
    assertEquals(new TextDecoder().decode(stdout), word);
  }
});

Deno.test("nameForCommand() is the name only if nothing could take it for more", () => {
  for (const name of ["n2", "pg-node-2", "db1.example:5432", "größe", "_a"]) {
    assertEquals(nameForCommand(name, "NAME"), name);
  }
  for (const name of [null, "", "-f", "$(id)", "a b", "it's", 'a"', "a;b", "a\nb", "`id`", "a\\", "a/b"]) {
    assertEquals(nameForCommand(name, "NAME"), "NAME", String(name));
  }
});
