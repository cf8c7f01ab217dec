import type { Report } from "../model.ts";
import type { WatchKey } from "./keys.ts";
import { recordLags, type SeenLags, SORT_KEYS, type SortKey } from "./rows.ts";

/** Why reports are missing. */
export interface SourceTrouble {
  /** What failed, and what to do. */
  readonly message: string;
  /** Since when, Unix seconds: the latest report, or the start. */
  readonly since: number;
}

/** Everything the screen depends on, besides its size and the time. */
export interface WatchState {
  /** Name of the source of reports. */
  readonly source: string;
  /** The latest report; null before the first. */
  readonly latest: Report | null;
  /** The report shown while paused; null when not paused. */
  readonly frozen: Report | null;
  /** Whether the screen is paused. */
  readonly isPaused: boolean;
  /** Why reports are missing; null when they are not. */
  readonly trouble: SourceTrouble | null;
  /** Lags seen so far. */
  readonly seen: SeenLags;
  /** Sort order of the rows. */
  readonly sort: SortKey;
  /** Whether the order is reversed. */
  readonly isReversed: boolean;
  /** Whether the help is shown. */
  readonly isHelp: boolean;
  /** Rows of the table, or lines of the help, scrolled past. */
  readonly scroll: number;
  /** Whether the user has quit. */
  readonly hasEnded: boolean;
}

/** How far the current screen can scroll. */
export interface ScrollLimits {
  /** The largest useful offset. */
  readonly maxScroll: number;
  /** Rows on one page. */
  readonly pageRows: number;
}

/** Something that changes the state. */
export type WatchAction =
  | { readonly type: "report"; readonly report: Report }
  | { readonly type: "trouble"; readonly trouble: SourceTrouble }
  | { readonly type: "key"; readonly key: WatchKey; readonly limits: ScrollLimits };

/**
 * The state before the first report.
 *
 * @param source Name of the source of reports.
 * @param sort The sort order to begin with.
 */
export function initialState(source: string, sort: SortKey): WatchState {
  return {
    source,
    latest: null,
    frozen: null,
    isPaused: false,
    trouble: null,
    seen: new Map(),
    sort,
    isReversed: false,
    isHelp: false,
    scroll: 0,
    hasEnded: false,
  };
}

/**
 * The report to show: the latest, or the one shown when paused.
 *
 * @param state The state.
 */
export function shownReport(state: WatchState): Report | null {
  return state.isPaused ? state.frozen ?? state.latest : state.latest;
}

/**
 * The state after an action.
 *
 * @param state The state before.
 * @param action The action. Reports are recorded while paused too, so that nothing is missing afterwards.
 */
export function reduce(state: WatchState, action: WatchAction): WatchState {
  switch (action.type) {
    case "report": {
      const { report } = action;
      return { ...state, latest: report, seen: recordLags(state.seen, report), trouble: null };
    }
    case "trouble":
      return { ...state, trouble: action.trouble };
    case "key":
      return press(state, action);
  }
}

function press(
  state: WatchState,
  { key, limits: { maxScroll, pageRows } }: { readonly key: WatchKey; readonly limits: ScrollLimits },
): WatchState {
  const scrollTo = (scroll: number) => ({ ...state, scroll: Math.max(0, Math.min(maxScroll, scroll)) });
  const from = Math.min(state.scroll, maxScroll);
  switch (key) {
    case "quit":
      return { ...state, hasEnded: true };
    case "pause":
      return { ...state, isPaused: !state.isPaused, frozen: state.isPaused ? null : state.latest };
    case "sort": {
      const next = (SORT_KEYS.indexOf(state.sort) + 1) % SORT_KEYS.length;
      return { ...state, sort: SORT_KEYS[next] ?? "lag", scroll: 0 };
    }
    case "reverse":
      return { ...state, isReversed: !state.isReversed };
    case "help":
      return { ...state, isHelp: !state.isHelp, scroll: 0 };
    case "close":
      return state.isHelp ? { ...state, isHelp: false, scroll: 0 } : state;
    case "up":
      return scrollTo(from - 1);
    case "down":
      return scrollTo(from + 1);
    case "page_up":
      return scrollTo(from - Math.max(1, pageRows - 1));
    case "page_down":
      return scrollTo(from + Math.max(1, pageRows - 1));
    case "first":
      return scrollTo(0);
    case "last":
      return scrollTo(maxScroll);
    case "redraw":
      return state;
  }
}
