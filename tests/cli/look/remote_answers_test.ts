import { assertEquals, assertRejects } from "@std/assert";
import { openRemoteAnswers } from "../../../src/cli/look/remote_answers.ts";
import { ReportSourceError } from "../../../src/report/source.ts";
import { FakeClock } from "../../fixtures/fake_clock.ts";

/** Asks a server with this response once for a number. */
async function ask(answer: (request: Request) => Response): Promise<number> {
  const stop = new AbortController();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {}, signal: stop.signal },
    answer,
  );
  const exporter = openRemoteAnswers({
    url: `http://127.0.0.1:${server.addr.port}/below/api/v1/report`,
    authorization: null,
    caCertificates: null,
  }, {
    path: "/api/v1/number/a%20b",
    noun: "number",
    parse: (text) => {
      if (/^\d+$/.test(text)) return Number(text);
      throw new SyntaxError("Expected a number");
    },
    clock: new FakeClock(),
  });
  try {
    return await exporter.read(new AbortController().signal);
  } finally {
    await exporter.close();
    stop.abort();
    await server.finished;
  }
}

Deno.test("openRemoteAnswers() asks for fresh data beside the report's path", async () => {
  let asked = "";
  const answer = (request: Request) => {
    const { pathname, search } = new URL(request.url);
    asked = pathname + search;
    return new Response("7");
  };
  assertEquals([await ask(answer), asked], [7, "/below/api/v1/number/a%20b?fresh=true"]);
});

Deno.test("openRemoteAnswers() names what it asked for in every error", async () => {
  for (
    const [response, message] of [
      [() => new Response("x"), "is not a readable number. Expected a number"],
      [() => new Response("", { status: 404 }), "the exporter there has no numbers"],
      [() => new Response("", { status: 500 }), "expected 200 with a number"],
    ] as const
  ) {
    await assertRejects(() => ask(response), ReportSourceError, message);
  }
});
