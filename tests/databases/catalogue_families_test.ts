import { assertEquals } from "@std/assert";
import { measureCatalogues } from "../../src/databases/catalogue_families.ts";
import type { View } from "../../src/domain/view.ts";
import { viewOf } from "../cluster/findings/views.ts";
import { subscriptionScene } from "../cluster/findings/subscription_scene.ts";
import { content, publication, subscribed, subscriptionView, table } from "../fixtures/catalogues.ts";

const linesOf = (view: View) =>
  [...measureCatalogues(view)].map(({ family, labels, value }) =>
    `${family.name.replace("pgrepl_", "")} ${
      Object.values(labels).filter((each) => each !== "").join(" ")
    } ${value}`
  );

Deno.test("measureCatalogues(): nothing without logical replication", () =>
  assertEquals(linesOf(viewOf()), []));

Deno.test("measureCatalogues(): databases, publications and tables by state", () => {
  assertEquals(linesOf(subscriptionScene()), [
    "database_read_success primary shop 1",
    "database_read_age_seconds primary shop 60",
    "database_read_duration_seconds primary shop 0.05",
    "publication_info primary shop pb false insert,update,delete,truncate false 1",
    "publication_tables primary shop pb 1",
    "publication_tables_without_identity primary shop pb 0",
    "database_read_success standby app 1",
    "database_read_age_seconds standby app 60",
    "database_read_duration_seconds standby app 0.05",
    "subscription_tables standby follower initialize 0",
    "subscription_tables standby follower copying 0",
    "subscription_tables standby follower finished_copying 0",
    "subscription_tables standby follower synchronized 0",
    "subscription_tables standby follower ready 1",
  ]);
});

Deno.test("measureCatalogues(): a database that was never read has no numbers", () => {
  const catalogues = [{ server: "primary", database: "shop", content: null, failedBecause: "It is gone" }];
  assertEquals(linesOf(viewOf({ view: { catalogues } })), ["database_read_success primary shop 0"]);
});

Deno.test("measureCatalogues(): tables that cannot be updated matter only where updates are published", () => {
  const keyless = content([table("public.a", { key: [] })]).tables;
  const counts = (actions: readonly string[]) =>
    linesOf(subscriptionScene({
      publisher: { tables: keyless, publications: [publication("pb", ["public.a"], { actions })] },
    })).filter((line) => line.includes("identity"));
  assertEquals(counts(["insert", "delete"]), ["publication_tables_without_identity primary shop pb 1"]);
  assertEquals(counts(["insert"]), []);
});

Deno.test("measureCatalogues(): a subscription has the key of its other series", () => {
  const { fact } = subscriptionView({ subscription: "follower#2" });
  const view = viewOf({
    standbySnapshot: { cluster: "shop" },
    standby: { subscriptions: [fact] },
    view: {
      catalogues: [{
        server: "standby",
        database: "app",
        content: content([], { subscriptions: [subscribed("follower", {})] }),
        failedBecause: null,
      }],
    },
  });
  assertEquals(
    linesOf(view).filter((line) => line.endsWith("ready 0")),
    ["subscription_tables standby shop follower#2 ready 0"],
  );
});
