import { assertEquals } from "@std/assert";
import { parseAccept } from "../../src/exposition/accept_header.ts";

Deno.test("parseAccept() reads clauses with their parameters and weights", () => {
  assertEquals(parseAccept('Text/Plain; Version="0.0.4";charset=UTF-8;q=0.25 , */*;Q=.1,gzip'), [
    { token: "text/plain", parameters: new Map([["version", "0.0.4"], ["charset", "UTF-8"]]), quality: 0.25 },
    { token: "*/*", parameters: new Map(), quality: 0.1 },
    { token: "gzip", parameters: new Map(), quality: 1 },
  ]);
});

Deno.test("parseAccept() reads quoted strings", () => {
  assertEquals(parseAccept('a;x="1,2;3";y="say \\"hi\\"",b'), [
    { token: "a", parameters: new Map([["x", "1,2;3"], ["y", 'say "hi"']]), quality: 1 },
    { token: "b", parameters: new Map(), quality: 1 },
  ]);
});

Deno.test("parseAccept() ignores invalid clauses", () => {
  assertEquals(parseAccept(",;q=1,a;q=x,b;q=,c;q=-1,d;q=1e3,e;=1;f;q=0"), [
    { token: "e", parameters: new Map(), quality: 0 },
  ]);
  assertEquals(parseAccept("gzip".padEnd(8193)), []);
  assertEquals(parseAccept(""), []);
});
