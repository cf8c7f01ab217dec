import { assert, assertEquals } from "@std/assert";
import { readCorpus, runWith } from "./corpus.ts";

Deno.test("readProbe() reads modules, passwords and allowed targets", async () => {
  const specimen = (await readCorpus("good")).find(({ name }) => name === "probe");
  assert(specimen !== undefined);
  const { served } = await runWith(specimen);
  const probe = served?.config.probe;
  assertEquals([...probe?.modules.keys() ?? []], ["default", "files"]);
  const first = probe?.modules.get("default")?.target;
  assertEquals([first?.user, first?.sslMode, first?.sslRootCert], ["m", "verify-full", "ca.pem"]);
  assertEquals(first?.password?.reveal(), "p");
  const second = probe?.modules.get("files")?.target;
  assertEquals([second?.user, second?.libpq?.passwordFile], ["n", "secrets/all"]);
  assertEquals(second?.password, null);
  assertEquals(probe?.allowedTargets, ["*.db.example.com", "10.0.0.0/8", "fd00::/8", "db9", "192.0.2.1"]);
});

Deno.test("readProbe() is null without probe in the file", async () => {
  const { served } = await runWith({ name: "x", text: "servers: [{ name: a, dsn: host=a user=u }]" });
  assertEquals(served?.config.probe, null);
});
