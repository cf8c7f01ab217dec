import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { adviceUnder, questionOf } from "../../../src/cluster/managers/advise.ts";
import { CERTAINTIES, type ClusterManager, MANAGERS } from "../../../src/domain/manager.ts";
import { checkManagedAdvice } from "../findings/managed.ts";
import { INTENTS } from "./intents.ts";

const BY_HAND = "ALTER SYSTEM SET everything = on; pg_ctl restart";
const place = { server: "db3", applicationName: "n3" };

function manager(more: Partial<ClusterManager> = {}): ClusterManager {
  return { manager: "patroni", certainty: "certain", by: ["a sign"], clusterName: "shop", ...more };
}

Deno.test("every intent under every manager is a sentence without steps by hand", () => {
  for (const name of MANAGERS) {
    for (const certainty of CERTAINTIES) {
      for (const intent of Object.values(INTENTS)) {
        const under = { manager: name, certainty };
        const advice = adviceUnder(BY_HAND, { remedy: { intent }, manager: manager(under), place });
        assertEquals(checkManagedAdvice(advice, under), [], `${name}: ${intent.kind}`);
        assertMatch(
          advice,
          /^(?:[A-Z]|patronictl |kubectl |repmgr |repmgrd |pg_autoctl |stolonctl |az )/,
          name,
        );
        assert(!advice.endsWith("."), advice);
      }
    }
  }
});

Deno.test("adviceUnder() is the advice by hand where nobody is in charge, and where it holds under any manager", () => {
  const remedy = { intent: INTENTS.rebuild };
  assertEquals(adviceUnder(BY_HAND, { remedy, manager: null, place }), BY_HAND);
  assertEquals(adviceUnder(BY_HAND, { remedy: undefined, manager: manager(), place }), BY_HAND);
});

Deno.test("adviceUnder() asks first where a manager is only likely", () => {
  const advice = adviceUnder(BY_HAND, {
    remedy: { intent: INTENTS.rebuild, before: "If it is wrong:" },
    manager: manager({ certainty: "likely" }),
    place,
  });
  assertMatch(
    advice,
    /^First find out whether Patroni is in charge \(patronictl list shop shows its members\)\. If it is: If it is wrong: .*patronictl reinit shop n3.*\. Otherwise: ALTER SYSTEM/,
  );
});

Deno.test("names that cannot be seen are placeholders, with where to find them", () => {
  const advice = adviceUnder(BY_HAND, {
    remedy: { intent: INTENTS.rebuild },
    manager: manager({ clusterName: "" }),
    place: { server: "db3", applicationName: null },
  });
  assertStringIncludes(advice, "patronictl list CLUSTER (it shows the name of MEMBER)");
});

Deno.test("questionOf() names how to see a manager where it can be seen", () => {
  assertEquals(questionOf(manager({ manager: "rds" })), "First find out whether Amazon RDS is in charge.");
});

Deno.test("a name that a client has chosen cannot become more than a name in a command", () => {
  for (const applicationName of ["$(id>/tmp/x)", "a'$(id)'", "a;id", "--as-root", 'a"b']) {
    for (const name of MANAGERS) {
      for (const intent of Object.values(INTENTS)) {
        const said = adviceUnder("by hand", {
          remedy: {
            intent: intent.kind === "add_synchronous"
              ? { ...intent, standbys: ["n2", applicationName] }
              : intent,
          },
          manager: manager({ manager: name, clusterName: applicationName }),
          place: { server: "db1", applicationName },
        });
        // In a word of the shell between apostrophes it is only text.
        const bare = said.replaceAll(/'(?:[^']|'\\\\'')*'/g, "");
        assertEquals(bare.includes(applicationName), false, `${name} ${intent.kind}: ${said}`);
      }
    }
  }
});
