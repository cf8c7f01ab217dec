import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { escapeHtml, markup } from "../../src/report/markup.ts";

Deno.test("markup escapes text but not markup", () => {
  const items = ["<a>", "\"b\" & 'c'"].map((text) => markup`<li title="${text}">${text}</li>`);
  assertEquals(
    markup`<ul>${items}</ul>${markup`<hr>`}${"x"}`.text,
    '<ul><li title="&lt;a&gt;">&lt;a&gt;</li><li title="&quot;b&quot; &amp; &#39;c&#39;">&quot;b&quot; &amp; &#39;c&#39;' +
      "</li></ul><hr>x",
  );
});

Deno.test("escapeHtml() replaces what HTML forbids", () => {
  assertEquals(escapeHtml("a\0b\x1b\x7f\ud800\tc\n"), "a\ufffdb\ufffd\ufffd\ufffd\tc\n");
});

Deno.test("escapeHtml() leaves nothing that opens an element or ends an attribute, and keeps all text", () => {
  const entities = new Map([["&amp;", "&"], ["&lt;", "<"], ["&gt;", ">"], ["&quot;", '"'], ["&#39;", "'"]]);
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(..."<>&\"';#am p39ltgqu\u00e9") }), (text) => {
    const escaped = escapeHtml(text);
    assert(!/[<>"']/.test(escaped));
    assert(!/&(?!(amp|lt|gt|quot|#39);)/.test(escaped));
    assertEquals(escaped.replace(/&[^;]+;/g, (entity) => entities.get(entity) ?? "?"), text);
  }));
});
