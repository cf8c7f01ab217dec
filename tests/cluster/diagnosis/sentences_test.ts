import { assertEquals } from "@std/assert";
import { behind, notApplied, upstreamName } from "../../../src/cluster/diagnosis/sentences.ts";
import { END, lagOf, MIB, situation, standby } from "./situations.ts";

Deno.test("behind() says what is known, and nothing when nothing is", () => {
  assertEquals(behind({ lag: lagOf(1536, 3) }, "; "), "; 1.5 KiB and 3.0 s behind");
  assertEquals(behind({ lag: lagOf(1536) }, "; "), "; 1.5 KiB behind");
  assertEquals(behind({ lag: lagOf(null, 3) }, ", "), ", 3.0 s behind");
  assertEquals(behind({ lag: lagOf(null) }, "; "), "");
  assertEquals(behind({ lag: lagOf(0) }, "; "), "; it has no backlog so far");
  assertEquals(behind({ lag: lagOf(0) }, ", ", "and is level"), ", and is level");
});

Deno.test("notApplied() is what was received and not applied, by the latest report", () => {
  const own = standby({}, { replayPosition: END - MIB });
  assertEquals(notApplied(situation({ own })), "1.0 MiB received and not applied");
  const latest = { received: END + 4n * MIB, replayed: END - MIB };
  assertEquals(notApplied(situation({ own, ...latest })), "5.0 MiB received and not applied");
  assertEquals(
    notApplied(situation({ own, ...latest, replayed: END + 4n * MIB })),
    "0 B received and not applied",
  );
  assertEquals(notApplied(situation({ own: null })), "0 B received and not applied");
});

Deno.test("upstreamName() stands in a sentence, known or not", () => {
  assertEquals(upstreamName(situation()), "primary");
  assertEquals(upstreamName(situation({ upstream: null })), "its upstream");
});
