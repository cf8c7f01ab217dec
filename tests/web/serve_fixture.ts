/**
 * A server in a process of its own: prints its port and ends when its standard input does.
 *
 * @module
 */
import { listen } from "../../src/web/listen.ts";
import { appWith, fakeScraper } from "./fakes.ts";

if (import.meta.main) {
  // As the program does. Deno panics when the first one is added while no descriptor is left.
  Deno.addSignalListener("SIGTERM", () => {});
  const end = new AbortController();
  const { addresses, finished } = await listen(appWith(fakeScraper()), {
    addresses: [{ hostname: "127.0.0.1", port: 0 }],
    signal: end.signal,
    limits: { callSeconds: 0.2 },
  });
  await Deno.stdout.write(new TextEncoder().encode(`${addresses[0]?.port}\n`));
  await Deno.stdin.readable.pipeTo(new WritableStream());
  end.abort();
  await finished;
  // Nothing may hold the process now: it must end by itself.
}
