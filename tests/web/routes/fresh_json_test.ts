import { assertEquals, assertRejects } from "@std/assert";
import { HttpError } from "../../../src/web/http_error.ts";
import { answerJson } from "../../../src/web/routes/fresh_json.ts";
import { get } from "../fakes.ts";

Deno.test("answerJson() collects before it renders what must be fresh", async () => {
  for (const [query, expected] of [["", ["cached"]], ["?fresh=true", ["collect", 0]]] as const) {
    const calls: (string | number)[] = [];
    const response = await answerJson(get(`/x${query}`), {
      collect: () => Promise.resolve(void calls.push("collect")),
      render: (of) => {
        calls.push(of?.maxAgeSeconds ?? "cached");
        return "{}";
      },
    });
    assertEquals([await response.text(), calls], ["{}", [...expected]]);
  }
});

Deno.test("answerJson() is 503 until there is a view, and 400 for other parameters", async () => {
  const options = { collect: () => Promise.resolve(), render: () => null };
  for (const [query, status] of [["", 503], ["?fresh=yes", 400], ["?max_age=1", 400]] as const) {
    const error = await assertRejects(() => answerJson(get(`/x${query}`), options), HttpError);
    assertEquals(error.status, status);
  }
});
