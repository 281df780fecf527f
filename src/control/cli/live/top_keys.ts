/** What the user of `bgpd top` looks at, and how keys change it. Pure. */

import type { Key } from "../text/keys.ts";

export const sortNames = ["problem", "name", "as", "since", "received", "accepted", "sent", "rate", "lag"] as const;
export type SortName = typeof sortNames[number];

export interface TopState {
  readonly view: "peers" | "detail" | "help";
  /** The peer under the cursor; `undefined`: the first one. */
  readonly selected: string | undefined;
  /** The first line of the details that is shown. */
  readonly detailFrom: number;
  readonly sort: SortName;
  readonly isReversed: boolean;
  /** Only peers whose name, address, AS, description, group or state contains this text. */
  readonly filter: string;
  readonly editsFilter: boolean;
}

export const firstState: TopState = {
  view: "peers",
  selected: undefined,
  detailFrom: 0,
  sort: "problem",
  isReversed: false,
  filter: "",
  editsFilter: false,
};

/** What is on the screen. */
export interface TopView {
  /** The names of the peers that match the filter, in order. */
  readonly names: readonly string[];
  /** How many lines of peers, or of details, fit. */
  readonly page: number;
  /** How many lines the details have. */
  readonly detailLines: number;
}

export function pressTopKey(state: TopState, key: Key, view: TopView): TopState | "quit" {
  if (key.kind === "key" && key.name === "ctrl-c") return "quit";
  if (state.editsFilter) return filterKey(state, key);
  if (state.view === "help") return isQuit(key) ? "quit" : { ...state, view: "peers" };
  if (state.view === "detail") return detailKey(state, key, view);
  return key.kind === "text" ? letterKey(state, key.text) : moveKey(state, key.name, view);
}

function isQuit(key: Key): boolean {
  return key.kind === "text" && key.text === "q";
}

function filterKey(state: TopState, key: Key): TopState {
  if (key.kind === "text") return { ...state, filter: state.filter + key.text, selected: undefined };
  switch (key.name) {
    case "enter":
      return { ...state, editsFilter: false };
    case "escape":
      return { ...state, editsFilter: false, filter: "" };
    case "backspace":
      return { ...state, filter: [...state.filter].slice(0, -1).join("") };
    case "ctrl-u":
      return { ...state, filter: "" };
    default:
      return state;
  }
}

function letterKey(state: TopState, letter: string): TopState | "quit" {
  const sortBy = (sort: SortName) => ({ ...state, sort, isReversed: false });
  switch (letter) {
    case "q":
      return "quit";
    case "?":
    case "h":
      return { ...state, view: "help" };
    case "/":
      return { ...state, editsFilter: true };
    case "r":
      return { ...state, isReversed: !state.isReversed };
    case "s":
      return sortBy(neighbour(state.sort, 1));
    case "S":
      return sortBy(neighbour(state.sort, -1));
    case "p":
      return sortBy("problem");
    case "n":
      return sortBy("name");
    case "u":
      return sortBy("rate");
    default:
      return state;
  }
}

function neighbour(sort: SortName, step: number): SortName {
  return sortNames[(sortNames.indexOf(sort) + step + sortNames.length) % sortNames.length] ?? "problem";
}

function moveKey(state: TopState, name: string, { names, page }: TopView): TopState {
  const at = Math.max(0, names.indexOf(state.selected ?? ""));
  const select = (index: number): TopState => ({
    ...state,
    selected: names[Math.max(0, Math.min(names.length - 1, index))],
  });
  switch (name) {
    case "up":
      return select(at - 1);
    case "down":
      return select(at + 1);
    case "pageUp":
      return select(at - page);
    case "pageDown":
      return select(at + page);
    case "home":
      return select(0);
    case "end":
      return select(names.length - 1);
    case "enter":
      return names.length === 0 ? state : { ...select(at), view: "detail", detailFrom: 0 };
    case "escape":
      return { ...state, filter: "" };
    default:
      return state;
  }
}

function detailKey(state: TopState, key: Key, { page, detailLines }: TopView): TopState {
  if (key.kind === "text") {
    if (key.text === "?") return { ...state, view: "help" };
    return isQuit(key) ? { ...state, view: "peers" } : state;
  }
  const show = (from: number): TopState => ({
    ...state,
    detailFrom: Math.max(0, Math.min(detailLines - page, from)),
  });
  switch (key.name) {
    case "up":
      return show(state.detailFrom - 1);
    case "down":
      return show(state.detailFrom + 1);
    case "pageUp":
      return show(state.detailFrom - page);
    case "pageDown":
      return show(state.detailFrom + page);
    case "home":
      return show(0);
    case "end":
      return show(detailLines);
    case "enter":
    case "escape":
    case "left":
    case "backspace":
      return { ...state, view: "peers" };
    default:
      return state;
  }
}
