import { up } from "../../cluster/families.ts";
import type { ServerConfig } from "../../config/config.ts";
import type { Family } from "../../metrics/family.ts";

/** Families of a server whose first collection has not ended within the probe's budget: `pgrepl_up` 0. */
export function unreachedFamilies(
  { name, cluster }: Pick<ServerConfig, "name" | "cluster">,
): readonly Family[] {
  return [{ ...up, samples: [{ labels: { instance: name, cluster }, value: 0 }] }];
}
