import { up } from "../../cluster/families.ts";
import type { Family } from "../../metrics/family.ts";

/**
 * What is said of a server that nothing is known of yet, because trying it takes longer than the probe may.
 *
 * @param server Its name.
 */
export function unreachedFamilies(server: string): readonly Family[] {
  return [{ ...up, samples: [{ labels: { instance: server }, value: 0 }] }];
}
