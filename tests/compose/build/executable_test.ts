import { assertEquals } from "@std/assert";
import { systemOf } from "../../../compose/build/executable.ts";

function bytes(parts: Readonly<Record<number, readonly number[]>>): Uint8Array {
  const all = new Uint8Array(256);
  for (const [offset, values] of Object.entries(parts)) all.set(values, Number(offset));
  return all;
}

const ELF = [0x7f, 0x45, 0x4c, 0x46];
const MACH = [0xcf, 0xfa, 0xed, 0xfe];
const PE = { 0: [0x4d, 0x5a], 0x3c: [0x80, 0, 0, 0] };

for (
  const [name, head] of [
    ["linux-x64", bytes({ 0: ELF, 18: [0x3e, 0] })],
    ["linux-arm64", bytes({ 0: ELF, 18: [0xb7, 0] })],
    ["macos-x64", bytes({ 0: MACH, 4: [7, 0, 0, 1] })],
    ["macos-arm64", bytes({ 0: MACH, 4: [0xc, 0, 0, 1] })],
    ["windows-x64", bytes({ ...PE, 0x80: [0x50, 0x45, 0, 0, 0x64, 0x86] })],
    [null, bytes({ 0: ELF, 18: [0xf3, 0] })],
    [null, bytes({ ...PE, 0x3c: [0xff, 0xff, 0, 0] })],
    [null, bytes({})],
    [null, new Uint8Array(ELF)],
  ] as const
) {
  Deno.test(`systemOf() recognizes ${name ?? "an unknown system"}`, () => assertEquals(systemOf(head), name));
}

Deno.test(
  { name: "systemOf() recognizes the running Deno", ignore: Deno.build.os !== "linux" },
  async () => {
    using file = await Deno.open(Deno.execPath());
    const head = new Uint8Array(4096);
    await file.read(head);
    assertEquals(systemOf(head), Deno.build.arch === "x86_64" ? "linux-x64" : "linux-arm64");
  },
);
