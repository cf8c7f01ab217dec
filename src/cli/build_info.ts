/** What this program was built from; `deno task compile` rewrites this file with the commit. */
export const BUILD: { readonly version: string; readonly revision: string } = {
  // A test compares this with deno.json, which no layer may import.
  version: "0.1.0",
  revision: "unknown",
};
