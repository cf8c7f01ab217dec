/** Views for tests of what is published from them. */
import type { View } from "../../src/domain/view.ts";
import { EMPTY_VIEW } from "../fixtures/empty_view.ts";

/** A view in which nothing is known but what is given. */
export function viewOf(known: Partial<View>): View {
  return {
    ...EMPTY_VIEW,
    ...known,
  };
}
