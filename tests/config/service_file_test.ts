import { assertEquals, assertFalse, assertInstanceOf, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseServiceFile } from "../../src/config/service_file.ts";
import { thrownBy } from "./thrown_by.ts";

function read(text: string, service = "a"): Readonly<Record<string, string>> | null {
  const found = parseServiceFile(text, { service, path: "/s.conf" });
  return found === null ? null : Object.fromEntries(found);
}

Deno.test("parseServiceFile() reads one section", () => {
  assertEquals(read("[b]\nport=1\n[a]\nhost=h\n\n# comment\n  port=2  \n[c]\nport=3"), {
    host: "h",
    port: "2",
  });
  assertEquals(read("[a]\nport=1\nport=2\n[a]\nport=3"), { port: "1" });
  assertEquals(read("[a]\npassword=a = b\noptions=-c a=b"), { password: "a = b", options: "-c a=b" });
  assertEquals(read("[a]"), {});
  assertEquals(read("[ab]\nport=1"), null);
  assertEquals(read("nonsense\n[b]\nnonsense"), null, "other sections are not looked into");
});

Deno.test("parseServiceFile() reports file, line and what was expected", () => {
  for (
    const [text, words] of [
      ["[a]\nport", '/s.conf:2 has no "=": expected keyword=value'],
      ["[a]\n\nprot=1", '/s.conf:3 has an unknown keyword, did you mean "port"?'],
      ["[a]\nport = 1", 'no spaces are allowed around "="'],
      ["[a]\nservice=b", 'has "service": a service cannot refer to another one'],
      ["[a]\nservicefile=b", 'has "servicefile"'],
      ["[a]\nldap://x", "LDAP"],
    ] as const
  ) assertThrows(() => read(text), SyntaxError, words, text);
});

Deno.test("parseServiceFile() throws only SyntaxErrors, and shows no value", () => {
  const line = fc.oneof(
    fc.constantFrom(
      "[a]",
      "[b]",
      "port=1",
      "password=QXZJ",
      "QXZJ",
      "service=QXZJ",
      " QXZJ = 1",
      "QXZJ=QXZJ",
    ),
    fc.string(),
  );
  fc.assert(fc.property(fc.array(line), (lines) => {
    const error = thrownBy(() => read(lines.join("\n")));
    if (error === undefined) return;
    assertInstanceOf(error, SyntaxError);
    assertFalse(error.message.includes("QXZJ"), error.message);
  }));
});
