import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ConfigError } from "../../../src/config/config_error.ts";
import { SecurityFile } from "../../../src/web/security/security_file.ts";
import { FakeClock } from "../../fixtures/fake_clock.ts";
import { FakeLogger } from "../../fixtures/fake_logger.ts";
import { HASH } from "./corpus.ts";

const ALICE = `basic_auth_users:\n  alice: ${HASH}\n`;
const BOB = `basic_auth_users:\n  bob: ${HASH}\n`;

async function opened() {
  const clock = new FakeClock();
  const logger = new FakeLogger();
  const files = new Map([["web.yml", ALICE]]);
  let reads = 0;
  const file = await SecurityFile.open({
    path: "web.yml",
    readTextFile: (path) => {
      reads++;
      const text = files.get(path);
      return text === undefined ? Promise.reject(new Deno.errors.NotFound()) : Promise.resolve(text);
    },
    fingerprint: (path) =>
      files.has(path) ? Promise.resolve(files.get(path) ?? "") : Promise.reject(new Deno.errors.NotFound()),
    isTlsFull: true,
    clock,
    logger,
  });
  const users = () => [...file.current.users.keys()];
  const errors = () => logger.lines.filter(({ level }) => level === "error").length;
  return { file, files, clock, users, errors, reads: () => reads };
}

Deno.test("SecurityFile reads the file again only after a change, and calls its listeners", async () => {
  const { file, files, users, reads } = await opened();
  const told: number[] = [];
  file.onChange(({ users }) => told.push(users.size));
  await file.check();
  assertEquals([reads(), users()], [1, ["alice"]]);
  files.set("web.yml", BOB);
  await file.check();
  assertEquals([reads(), users(), told], [2, ["bob"], [1]]);
  await file.check({ isForced: true });
  assertEquals(reads(), 3);
});

Deno.test("SecurityFile keeps the old configuration when the new file is invalid, and logs that once", async () => {
  const { file, files, users, errors } = await opened();
  files.set("web.yml", "basic_auth_user: {}\n");
  await file.check();
  assertEquals([users(), errors()], [["alice"], 0], "it may be half written");
  for (let round = 0; round < 5; round++) await file.check();
  assertEquals([users(), errors()], [["alice"], 1]);
  assertStringIncludes(file.error?.message ?? "", 'did you mean "basic_auth_users"?');
  files.delete("web.yml");
  await file.check({ isForced: true });
  assertEquals([users(), errors()], [["alice"], 2]);
  files.set("web.yml", BOB);
  await file.check();
  assertEquals([users(), file.error], [["bob"], null]);
});

Deno.test("SecurityFile keeps the old configuration when a listener rejects the new one", async () => {
  const { file, files, users, errors } = await opened();
  let isRefused = true;
  file.onChange(() => {
    if (isRefused) throw new TypeError("a key of an unknown kind: S3cret");
  });
  files.set("web.yml", BOB);
  await file.check({ isForced: true });
  assertEquals([users(), errors()], [["alice"], 1]);
  assertStringIncludes(file.error?.message ?? "", "cannot be used (TypeError)");
  assertEquals(file.error?.message.includes("S3cret"), false);
  isRefused = false;
  await file.check({ isForced: true });
  assertEquals([users(), file.error], [["bob"], null]);
});

Deno.test("SecurityFile logs a problem at once when a reload is requested", async () => {
  const { file, files, errors } = await opened();
  files.set("web.yml", "nonsense: {}\n");
  await file.check({ isForced: true });
  assertEquals([errors(), file.error === null], [1, false]);
});

Deno.test("SecurityFile reads an invalid file again without a change", async () => {
  const { file, files, clock, reads } = await opened();
  files.set("web.yml", "nonsense: {}\n");
  await file.check();
  await file.check();
  await file.check();
  assertEquals(reads(), 3);
  await clock.advance(15);
  await file.check();
  assertEquals(reads(), 4);
});

Deno.test("SecurityFile watches the file until the signal aborts", async () => {
  const { file, files, clock, users } = await opened();
  const end = new AbortController();
  const following = file.follow(end.signal);
  files.set("web.yml", BOB);
  await clock.advance(1);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(users(), ["bob"]);
  end.abort();
  await following;
});

Deno.test("SecurityFile.open() rejects an invalid file", async () => {
  await assertRejects(
    () =>
      SecurityFile.open({
        path: "web.yml",
        readTextFile: () => Promise.resolve("nonsense: 1"),
        fingerprint: () => Promise.resolve(""),
        isTlsFull: true,
        clock: new FakeClock(),
        logger: new FakeLogger(),
      }),
    ConfigError,
    "nonsense",
  );
});
