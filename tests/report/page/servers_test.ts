import { assertEquals, assertStringIncludes } from "@std/assert";
import { renderServers } from "../../../src/report/page/servers.ts";
import { SERVER, textOf } from "./reports.ts";

Deno.test("renderServers() shows the data of a server", () => {
  assertStringIncludes(
    textOf(renderServers([SERVER])),
    "primary db1.example:5432 up primary 0/5000060 1 2.0 KiB/s 18.4 2 s",
  );
});

Deno.test("renderServers() marks the data of a server that is down as last known", () => {
  const down = {
    ...SERVER,
    up: false,
    status: "critical",
    trouble: "Nothing listens there",
    data_age_seconds: 95,
  } as const;
  assertStringIncludes(
    textOf(renderServers([down])),
    "down Nothing listens there primary (last known) 0/5000060 (last known) 1 2.0 KiB/s 18.4 1 min 35 s",
  );
});

Deno.test("renderServers() shows a server never reached as unknown", () => {
  const never = {
    ...SERVER,
    up: false,
    status: "critical",
    role: null,
    timeline: null,
    version: null,
    data_age_seconds: null,
    position_lsn: null,
    wal_bytes_per_second: null,
  } as const;
  assertStringIncludes(
    textOf(renderServers([never], { caption: "Others" })),
    "down unknown: never reached unknown unknown unknown unknown never read",
  );
  assertEquals(renderServers([]), "");
});
