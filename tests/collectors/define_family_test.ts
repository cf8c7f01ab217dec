import { assertEquals } from "@std/assert";
import { defineFamily } from "../../src/collectors/define_family.ts";

Deno.test("defineFamily() puts the prefix and the server's labels first", () => {
  assertEquals(defineFamily("slot_active", { help: "Active.", labels: ["slot"] }), {
    name: "pgrepl_slot_active",
    type: "gauge",
    help: "Active.",
    labels: ["instance", "cluster", "slot"],
  });
});

Deno.test("defineFamily() takes type and unit from the name", () => {
  const summary = (name: string) => {
    const { type, unit } = defineFamily(name, { help: "Help." });
    return `${type} ${unit ?? "-"}`;
  };
  assertEquals(summary("lag_bytes"), "gauge bytes");
  assertEquals(summary("start_timestamp_seconds"), "gauge seconds");
  assertEquals(summary("headroom_ratio"), "gauge ratio");
  assertEquals(summary("sent_bytes_total"), "counter bytes");
  assertEquals(summary("failed_total"), "counter -");
  assertEquals(summary("server_info"), "info -");
  assertEquals(summary("megabytes"), "gauge -");
});
