import { up } from "../../cluster/families.ts";
import type { ServerConfig } from "../../config/config.ts";
import type { Family } from "../../metrics/family.ts";

/**
 * What is published of a server of which nothing is known yet, because trying it takes longer than the probe may.
 *
 * @param server The server.
 */
export function unreachedFamilies(
  { name, cluster }: Pick<ServerConfig, "name" | "cluster">,
): readonly Family[] {
  return [{ ...up, samples: [{ labels: { instance: name, cluster }, value: 0 }] }];
}
