/**
 * A server in a process of its own: prints its port and ends when its standard input does.
 *
 * @module
 */
import { listen } from "../../../src/web/listen.ts";
import { appWith, fakeScraper } from "../fakes.ts";

if (import.meta.main) {
  const end = new AbortController();
  const { addresses, finished } = listen(appWith(fakeScraper()), {
    addresses: [{ hostname: "127.0.0.1", port: 0 }],
    signal: end.signal,
  });
  await Deno.stdout.write(new TextEncoder().encode(`${addresses[0]?.port}\n`));
  await Deno.stdin.readable.pipeTo(new WritableStream());
  end.abort();
  await finished;
}
