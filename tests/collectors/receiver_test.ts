import { assertEquals } from "@std/assert";
import { receiver } from "../../src/collectors/receiver.ts";
import type { Row } from "../../src/postgres/decode.ts";
import { linesOf, linesOfRows, nullExcept } from "./collecting.ts";

const STREAMING: Row = {
  status: "streaming",
  slot_name: "s1",
  sender_host: "10.0.0.1",
  sender_port: "5432",
  received_tli: "2",
  written_lsn: "0/5000100",
  flushed_lsn: "0/5000080",
  latest_end_lsn: "0/5000200",
  latest_end_age: "3.5",
  last_message_age: "0.25",
  last_message_latency: "-0.001",
};

Deno.test("receiver publishes a streaming receiver", async () => {
  assertEquals(await linesOfRows(receiver, [STREAMING]), [
    'pgrepl_receiver_info{instance="a",sender_host="10.0.0.1",sender_port="5432",slot="s1"} 1',
    'pgrepl_receiver_last_message_age_seconds{instance="a"} 0.25',
    'pgrepl_receiver_last_message_latency_seconds{instance="a"} -0.001',
    'pgrepl_receiver_latest_end_age_seconds{instance="a"} 3.5',
    'pgrepl_receiver_position_bytes{instance="a",position="flushed"} 83886208',
    'pgrepl_receiver_position_bytes{instance="a",position="upstream"} 83886592',
    'pgrepl_receiver_position_bytes{instance="a",position="written"} 83886336',
    'pgrepl_receiver_running{instance="a"} 1',
    'pgrepl_receiver_status{instance="a",status="connecting"} 0',
    'pgrepl_receiver_status{instance="a",status="restarting"} 0',
    'pgrepl_receiver_status{instance="a",status="starting"} 0',
    'pgrepl_receiver_status{instance="a",status="stopped"} 0',
    'pgrepl_receiver_status{instance="a",status="stopping"} 0',
    'pgrepl_receiver_status{instance="a",status="streaming"} 1',
    'pgrepl_receiver_status{instance="a",status="waiting"} 0',
    'pgrepl_receiver_timeline{instance="a"} 2',
  ]);
});

Deno.test("receiver publishes 0 when none runs, and no status", () => {
  assertEquals(linesOf(receiver, []), ['pgrepl_receiver_running{instance="a"} 0']);
});

Deno.test("receiver publishes nothing for a row of NULLs, which means a missing right", async () => {
  assertEquals(await linesOfRows(receiver, [nullExcept(STREAMING)]), []);
});

Deno.test("receiver publishes no age of messages that never arrived", async () => {
  const row = nullExcept(STREAMING, "status", "sender_host", "sender_port");
  const lines = await linesOfRows(receiver, [{ ...row, status: "starting" }]);
  assertEquals(lines.filter((line) => !line.startsWith("pgrepl_receiver_status")), [
    'pgrepl_receiver_info{instance="a",sender_host="10.0.0.1",sender_port="5432"} 1',
    'pgrepl_receiver_running{instance="a"} 1',
  ]);
});

Deno.test("receiver does not take one for streaming that has had no message yet", async () => {
  const lines = await linesOfRows(receiver, [{ ...STREAMING, last_message_latency: "0.000000" }]);
  assertEquals(lines.filter((line) => line.includes("_status{") && line.endsWith(" 1")), [
    'pgrepl_receiver_status{instance="a",status="connecting"} 1',
  ]);
});

Deno.test("receiver gives an unknown status a series of its own", async () => {
  const lines = await linesOfRows(receiver, [{ ...STREAMING, status: "napping" }]);
  assertEquals(lines.filter((line) => line.includes("_status{") && line.endsWith(" 1")), [
    'pgrepl_receiver_status{instance="a",status="napping"} 1',
  ]);
});
