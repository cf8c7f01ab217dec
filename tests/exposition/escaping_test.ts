import { assertEquals } from "@std/assert";
import { escapeQuoted, escapeTextHelp } from "../../src/exposition/escaping.ts";

const CASES: readonly { text: string; quoted: string; help: string }[] = [
  { text: "", quoted: "", help: "" },
  { text: "walreceiver", quoted: "walreceiver", help: "walreceiver" },
  { text: 'say "hi"', quoted: 'say \\"hi\\"', help: 'say "hi"' },
  { text: "a\nb", quoted: "a\\nb", help: "a\\nb" },
  { text: "C:\\DIR", quoted: "C:\\\\DIR", help: "C:\\\\DIR" },
  { text: "\\n", quoted: "\\\\n", help: "\\\\n" },
  { text: '\\"\n', quoted: '\\\\\\"\\n', help: '\\\\"\\n' },
  { text: "tab\tand\rreturn", quoted: "tab\tand\rreturn", help: "tab\tand\rreturn" },
  { text: "grün 備 🐘", quoted: "grün 備 🐘", help: "grün 備 🐘" },
];

Deno.test("escapeQuoted() escapes backslash, line feed and quote, nothing else", () => {
  for (const { text, quoted } of CASES) assertEquals(escapeQuoted(text), quoted, JSON.stringify(text));
});

Deno.test("escapeTextHelp() leaves quotes as they are", () => {
  for (const { text, help } of CASES) assertEquals(escapeTextHelp(text), help, JSON.stringify(text));
});
