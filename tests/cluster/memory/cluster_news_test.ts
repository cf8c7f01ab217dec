import { assert, assertEquals } from "@std/assert";
import { ClusterNews } from "../../../src/cluster/memory/cluster_news.ts";

Deno.test("ClusterNews changes for the name that it concerns, or for all", () => {
  const news = new ClusterNews();
  const names = ["shop", "bank"];
  const changed = (change: () => void): readonly boolean[] => {
    const before = [news.revision, ...names.map((name) => news.of(name))];
    change();
    return [news.revision, ...names.map((name) => news.of(name))].map((each, index) =>
      each !== before[index]
    );
  };
  assertEquals(changed(() => {}), [false, false, false]);
  assertEquals(changed(() => news.add("shop")), [true, true, false]);
  assertEquals(changed(() => news.addOfAll()), [true, true, true]);
  assertEquals(changed(() => news.add("bank")), [true, false, true]);
});

Deno.test("a name that was forgotten and returns has other news than before", () => {
  const news = new ClusterNews();
  news.add("shop");
  const before = news.of("shop");
  news.keepOnly(new Set(["bank"]));
  news.add("shop");
  assert(news.of("shop") > before);
});
