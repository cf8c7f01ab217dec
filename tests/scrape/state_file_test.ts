import { assertEquals } from "@std/assert";
import type { LogFields, Logger } from "../../src/domain/log.ts";
import { StateFile, type StateFileSystem } from "../../src/scrape/state_file.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";

const PATH = "/state/lag.json";
const TRACKS = [{
  cluster: "",
  systemIdentifier: "7000000000000000001",
  server: "primary",
  timeline: 1,
  samples: [{ at: 990, position: 0x3000000n }, { at: 1000, position: 0x4000000n }],
}];

/** A file system in memory that records calls, and fails on request. */
function memory(files: Map<string, string> = new Map()) {
  const done: string[] = [];
  const failing = new Set<string>();
  const check = (what: string) =>
    failing.has(what) ? Promise.reject(new Error(`No ${what}`)) : Promise.resolve(void done.push(what));
  const system: StateFileSystem = {
    read: (path) => check("read").then(() => files.get(path) ?? null),
    write: (path, text) => check("write").then(() => void files.set(path, text)),
    rename: (from, to) =>
      check("rename").then(() => {
        files.set(to, files.get(from) ?? "");
        files.delete(from);
      }),
  };
  return { files, system, done, failing };
}

function stateFile(system: StateFileSystem, clock = new FakeClock()) {
  const lines: [string, string, LogFields][] = [];
  const at = (level: string) => (message: string, fields: LogFields = {}) => {
    lines.push([level, message, fields]);
  };
  const logger: Logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  return { file: new StateFile({ path: PATH, files: system, clock, logger }), lines };
}

Deno.test("StateFile writes a temporary file and renames it, and another process reads it", async () => {
  const { files, system, done } = memory();
  const written = stateFile(system).file;
  written.names.set("1 10.0.0.2 5432 ", "db2");
  await written.write(TRACKS);
  assertEquals(done, ["write", "rename"]);
  assertEquals([...files.keys()], [PATH]);
  const { file, lines } = stateFile(system, new FakeClock({ monotonic: 5, wall: 1_750_000_060 }));
  const read = await file.read();
  assertEquals(file.names, written.names);
  assertEquals(read.map(({ samples }) => samples.map(({ at }) => at)), [[-65, -55]]);
  assertEquals(lines.map(([level, message]) => [level, message]), [
    ["info", "Restored the lag history from the state file"],
  ]);
});

Deno.test("StateFile starts empty without a log line when there is no file", async () => {
  const { file, lines } = stateFile(memory().system);
  assertEquals([await file.read(), lines], [[], []]);
});

Deno.test("StateFile renames a damaged file and logs it", async () => {
  const { files, system } = memory(new Map([[PATH, '{"version":1,"tra']]));
  const { file, lines } = stateFile(system);
  assertEquals(await file.read(), []);
  assertEquals([...files], [[`${PATH}.damaged`, '{"version":1,"tra']]);
  assertEquals(lines.map(([level, message, { set_aside }]) => [level, message, set_aside]), [[
    "error",
    "The state file is damaged and was renamed; the lag history starts again now",
    `${PATH}.damaged`,
  ]]);
});

Deno.test("StateFile that cannot be read or renamed does not stop the exporter", async () => {
  const unreadable = memory();
  unreadable.failing.add("read");
  const first = stateFile(unreadable.system);
  assertEquals(await first.file.read(), []);
  assertEquals(first.lines.map(([level, , { error }]) => [level, error]), [["error", "No read"]]);
  const stuck = memory(new Map([[PATH, "damaged"]]));
  stuck.failing.add("rename");
  const second = stateFile(stuck.system);
  assertEquals(await second.file.read(), []);
  assertEquals(second.lines.map(([level, , fields]) => [level, fields.set_aside_error]), [[
    "error",
    "No rename",
  ]]);
});

Deno.test("StateFile logs once that it cannot write, and once that it can again; the old file stays complete", async () => {
  const { files, system, failing } = memory(new Map([[PATH, "before"]]));
  const { file, lines } = stateFile(system);
  failing.add("write");
  await file.write(TRACKS);
  await file.write(TRACKS);
  assertEquals([...files], [[PATH, "before"]]);
  failing.delete("write");
  await file.write(TRACKS);
  await file.write(TRACKS);
  assertEquals(lines.map(([level, message]) => [level, message]), [
    ["error", "Cannot write the state file; lag will be unknown for a while after a restart"],
    ["info", "The state file can be written again"],
  ]);
});
