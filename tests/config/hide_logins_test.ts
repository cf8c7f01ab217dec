import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { hideLogins } from "../../src/config/hide_logins.ts";

Deno.test("hideLogins() hides only logins and passwords", () => {
  for (
    const [text, hidden] of [
      ['Cannot parse "postgres://u:p@a:1/b": expected', 'Cannot parse "postgres://***@a:1/b": expected'],
      ["postgresql://u:a@b/c@host/db", "postgresql://***@host/db"],
      ["https://u@host/", "https://***@host/"],
      ["give http://HOST:PORT, or https://HOST:PORT", "give http://HOST:PORT, or https://HOST:PORT"],
      ['"host=a password=p user=b"', '"host=a password=*** user=b"'],
      ["password = 'a b\\' c' user=b", "password = *** user=b"],
      ["postgres://a/b?sslpassword=x&user=u", "postgres://a/b?sslpassword=***&user=u"],
      [
        '"password_file" cannot be read; check the password',
        '"password_file" cannot be read; check the password',
      ],
      ["web.yml:3:1: user@example", "web.yml:3:1: user@example"],
    ] as const
  ) assertEquals(hideLogins(text), hidden);
});

Deno.test("hideLogins() hides the whole password on a line", () => {
  const secret = fc.string({ unit: fc.constantFrom(..."QXZ:/@?#&=%'\""), minLength: 1 }).map((text) =>
    `Q${text}Q`
  );
  fc.assert(fc.property(secret, fc.constantFrom("a", "127.0.0.1:5432/db"), (text, where) => {
    const shown = hideLogins(`Cannot read "postgresql://monitor:${text}@${where}": expected`);
    assert(!/[QXZ]/.test(shown), shown);
    assertEquals(hideLogins(shown), shown);
  }));
});
