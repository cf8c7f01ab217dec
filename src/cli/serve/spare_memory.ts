import type { Clock } from "../../domain/clock.ts";

/** Memory that V8 reserves, bytes. */
export interface Heap {
  /** All of it, used or not. */
  total(): number;
  /** Collects all garbage and returns what is not used to the system; everything else waits meanwhile. */
  collect(): void;
}

/** Interval between two looks at the heap, seconds. */
const LOOK_SECONDS = 30;
/** Less is not worth the work of collecting it. */
const WORTHWHILE = 10 * 2 ** 20;
/** A larger heap takes too long: a sample of the lag would be late. */
const LARGEST = 64 * 2 ** 20;

/** The heap of this process; null when V8 runs without `--expose-gc`. */
export function processHeap(): Heap | null {
  const gc: unknown = Reflect.get(globalThis, "gc");
  if (typeof gc !== "function") return null;
  return {
    total: () => Deno.memoryUsage().heapTotal,
    collect: () => void gc({ type: "major", flavor: "last-resort" }),
  };
}

/**
 * Returns memory that the start, a load or a large page has left over. V8 keeps it for the next time, and returns it
 * only when its embedder says that it is idle, which Deno does not.
 *
 * @param signal Ends it.
 * @param options `heap`: null to do nothing.
 */
export async function returnSpareMemory(
  signal: AbortSignal,
  { clock, heap = processHeap() }: { readonly clock: Clock; readonly heap?: Heap | null },
): Promise<void> {
  let kept = 0;
  while (heap !== null && !signal.aborted) {
    const total = heap.total();
    if (total >= kept + WORTHWHILE && total <= LARGEST) {
      heap.collect();
      kept = heap.total();
    }
    await clock.sleep(LOOK_SECONDS, signal).catch(() => {});
  }
}
