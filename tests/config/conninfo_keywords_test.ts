import { assertEquals } from "@std/assert";
import {
  IGNORED_KEYWORDS,
  KNOWN_KEYWORDS,
  LIBPQ_ENVIRONMENT,
  SUPPORTED_KEYWORDS,
  UNSUPPORTED_KEYWORDS,
} from "../../src/config/conninfo_keywords.ts";

Deno.test("every keyword is either supported, ignored or unsupported", () => {
  const all = [...SUPPORTED_KEYWORDS, ...IGNORED_KEYWORDS, ...UNSUPPORTED_KEYWORDS.keys()];
  assertEquals(new Set(all).size, all.length);
  assertEquals(KNOWN_KEYWORDS.size, all.length);
});

Deno.test("every variable of libpq belongs to a supported or unsupported keyword, none is ignored", () => {
  const heard = new Set([...SUPPORTED_KEYWORDS, ...UNSUPPORTED_KEYWORDS.keys()]);
  assertEquals(LIBPQ_ENVIRONMENT.filter(([, keyword]) => !heard.has(keyword)), []);
});
