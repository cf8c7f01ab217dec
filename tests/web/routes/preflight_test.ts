import { assertEquals } from "@std/assert";
import { derivePreflight } from "../../../src/cluster/preflight/derive_preflight.ts";
import { derivePreflightReport } from "../../../src/report/preflight.ts";
import { readPreflight } from "../../../src/report/read_preflight.ts";
import { trio } from "../../cluster/preflight/scenes.ts";
import { appWith, fakeScraper, get, STILL_CLOCK } from "../fakes.ts";

Deno.test("/api/v1/preflight/NAME is what preflight --json prints, and must not be cached", async () => {
  const view = trio();
  const app = appWith(fakeScraper({ view }));
  for (const name of ["standby", "primary", "nobody", "no body"]) {
    const response = await app(get(`/api/v1/preflight/${encodeURIComponent(name)}`));
    assertEquals([response.status, response.headers.get("cache-control")], [200, "no-store"]);
    const made = { wallNow: STILL_CLOCK.wall(), build: { version: "1.2.3", revision: "" } };
    assertEquals(
      readPreflight(await response.text()),
      derivePreflightReport(derivePreflight(view, name), made),
    );
  }
});
