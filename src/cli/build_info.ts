/** What this program was built from; `deno task compile` writes this file anew with the commit. */
export const BUILD: { readonly version: string; readonly revision: string } = {
  // A test holds this to deno.json, which no layer may import.
  version: "0.1.0",
  revision: "unknown",
};
