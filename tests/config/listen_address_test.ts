import { assertEquals, assertThrows } from "@std/assert";
import { formatListenAddress, parseHostName, parseListenAddress } from "../../src/config/listen_address.ts";

Deno.test("parseListenAddress() reads host and port, formatListenAddress() formats them", () => {
  for (
    const [text, hostname, port] of [
      [":9188", "", 9188],
      ["127.0.0.1:9188", "127.0.0.1", 9188],
      ["localhost:0", "localhost", 0],
      ["[::1]:9188", "::1", 9188],
      ["[::]:65535", "::", 65535],
    ] as const
  ) {
    assertEquals(parseListenAddress(text), { hostname, port }, text);
    assertEquals(formatListenAddress({ hostname, port }), text);
  }
});

Deno.test("parseListenAddress() rejects malformed text and says what was expected", () => {
  for (
    const text of [
      "",
      "localhost",
      ":",
      ":x",
      "::1:9188",
      "[::1]",
      "a b:1",
      "http://h:1",
      ":1/",
      "-1",
      ":-1",
    ]
  ) {
    assertThrows(() => parseListenAddress(text), SyntaxError, "expected host:port", text);
  }
  assertThrows(() => parseListenAddress("9188"), SyntaxError, 'did you mean ":9188"?');
  assertThrows(() => parseListenAddress(":65536"), SyntaxError, "expected a port from 0 to 65535");
});

Deno.test("parseHostName() accepts only a name, and normalizes it as browsers do", () => {
  for (
    const [text, expected] of [["db1", "db1"], ["DB1.Example.com.", "db1.example.com"], [
      "bücher.example",
      "xn--bcher-kva.example",
    ]]
  ) {
    assertEquals(parseHostName(text ?? ""), expected);
  }
  for (const text of ["", "db1:9188", "http://db1", "db1/", ".example", "a b", "*.example.com", "[::1]"]) {
    assertThrows(() => parseHostName(text), SyntaxError, "expected only a name");
  }
});
