/** The screen of `bgpd top` as lines: a pure function of what is known, what the user looks at, and the size. */

import { printable } from "../../../types/mod.ts";
import { shorten } from "../text/shorten.ts";
import { type Colour, paint } from "../text/table.ts";
import { formatBytes, formatDuration, plural } from "../text/units.ts";
import { displayWidth, padLeft, padRight, startOf } from "../text/width.ts";
import { isEcho, sessionText } from "./session_text.ts";
import { alertsOf, severityOf, stateText } from "./top_alerts.ts";
import type { TopData, TopPeer } from "./top_data.ts";
import type { SortName, TopState, TopView } from "./top_keys.ts";

export interface Size {
  /** `Infinity`: everything is shown whole. */
  readonly columns: number;
  readonly rows: number;
}

export interface ScreenOptions {
  readonly size: Size;
  readonly useColour: boolean;
  /** The lines about the selected peer, for the view of details. */
  readonly detail: readonly string[];
}

export interface Screen {
  /** At most as many as the terminal has rows, and none is wider than the terminal. */
  readonly lines: readonly string[];
  readonly view: TopView;
}

interface TopColumn {
  readonly title: string;
  readonly sort?: SortName;
  readonly align: "left" | "right";
  /** The column goes in this order, 1 first, if the terminal is narrow; 0: never. */
  readonly goes: number;
  /** No text of the column is shortened below this width; without it texts stay whole. */
  readonly least?: number;
  text(peer: TopPeer, data: TopData): string;
}

const columns: readonly TopColumn[] = [
  { title: "Peer", sort: "name", align: "left", goes: 0, least: 14, text: ({ peer }) => peer },
  { title: "AS", sort: "as", align: "right", goes: 6, text: ({ peerAs }) => String(peerAs ?? "") },
  { title: "State", sort: "problem", align: "left", goes: 0, text: (peer, data) => stateText(peer, data.isRunning) },
  {
    title: "Since",
    sort: "since",
    align: "right",
    goes: 7,
    text: ({ since }, { now, isRunning }) =>
      since === null || !isRunning ? "" : formatDuration(now - Date.parse(since)),
  },
  { title: "Received", sort: "received", align: "right", goes: 0, text: ({ routes }) => String(routes) },
  { title: "Accepted", sort: "accepted", align: "right", goes: 5, text: ({ accepted }) => String(accepted) },
  { title: "Sent", sort: "sent", align: "right", goes: 0, text: ({ sent }) => String(sent) },
  { title: "Upd/s", sort: "rate", align: "right", goes: 8, text: ({ updatesRate }) => rateText(updatesRate) },
  { title: "Out/s", align: "right", goes: 4, text: ({ sentRate }) => rateText(sentRate) },
  { title: "Lag", sort: "lag", align: "right", goes: 3, text: ({ lag }) => String(lag) },
  { title: "Address", align: "left", goes: 1, text: ({ peer, remoteIp }) => remoteIp === peer ? "" : remoteIp ?? "" },
  {
    title: "Description",
    align: "left",
    goes: 2,
    least: 12,
    text: (peer) => severityOf(peer) < 2 ? peer.reason ?? peer.description ?? "" : peer.description ?? "",
  },
];

function rateText(rate: number | undefined): string {
  if (rate === undefined) return "-";
  return rate === 0 ? "0" : rate < 10 ? rate.toFixed(1) : String(Math.round(rate));
}

export function topScreen(data: TopData, state: TopState, options: ScreenOptions): Screen {
  const { size } = options;
  const peers = shownPeers(data, state);
  const names = peers.map(({ peer }) => peer);
  const head = headLines(data, peers.length, state, options);
  const foot = footLine(state, options);
  const room = Math.max(1, size.rows - head.length - 1);
  if (state.view === "help") {
    return { lines: cut([...head, ...helpLines(room), foot], size), view: viewOf(names, room) };
  }
  if (state.view === "detail") {
    const detail = options.detail.slice(state.detailFrom, state.detailFrom + room);
    const lines = [...head, ...fill(detail, room), foot];
    return { lines: cut(lines, size), view: { names, page: room, detailLines: options.detail.length } };
  }
  const lower = lowerLines(data, Math.max(3, Math.floor(room / 3)), options);
  const page = Math.max(1, room - lower.length - 1);
  const table = tableOf(peers, data, state, { ...options, page });
  return { lines: cut([...head, ...fill(table, page + 1), ...lower, foot], size), view: viewOf(names, page) };
}

function viewOf(names: readonly string[], page: number): TopView {
  return { names, page, detailLines: 0 };
}

/** Everything at once as text, for a pipe. */
export function topText(data: TopData, state: TopState, columnCount: number, useColour: boolean): string[] {
  const options = { size: { columns: columnCount, rows: Infinity }, useColour, detail: [] };
  const peers = shownPeers(data, state);
  return cut([
    ...headLines(data, peers.length, state, options),
    ...tableOf(peers, data, { ...state, selected: undefined }, { ...options, page: Infinity }),
    ...lowerLines(data, 20, options),
  ], options.size);
}

function headLines(data: TopData, shown: number, state: TopState, { size, useColour }: ScreenOptions): string[] {
  const { now, peers, backlogRows } = data;
  const up = data.startedAt === undefined ? "" : `, up ${formatDuration(now - data.startedAt)}`;
  const who = data.isRunning
    ? `bgpd ${data.version}, pid ${data.pid ?? "unknown"}${up}`
    : "bgpd is not running: its last state";
  const clock = `${new Date(now).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const space = Number.isFinite(size.columns) ? size.columns - displayWidth(who) - clock.length : 2;
  const store = [
    `Database ${formatBytes(data.databaseBytes)}`,
    `log ${formatBytes(data.logBytes)}`,
    `${plural(backlogRows, "row")} to write`,
    ...data.memoryBytes === undefined ? [] : [`memory ${formatBytes(data.memoryBytes)}`],
    ...data.freeBytes === undefined ? [] : [`${formatBytes(data.freeBytes)} of disk free`],
  ];
  const count = (...wanted: number[]) => peers.filter((peer) => wanted.includes(severityOf(peer))).length;
  const down = count(0, 1), disabled = count(4);
  const routes = peers.reduce((sum, peer) => sum + peer.routes, 0);
  const accepted = peers.reduce((sum, peer) => sum + peer.accepted, 0);
  const downText = paint(`${down} down`, down > 0 && data.isRunning ? "red" : undefined, useColour);
  return [
    paint(who, data.isRunning ? "bold" : "red", useColour) + " ".repeat(Math.max(2, space)) + clock,
    fittingParts(store, size.columns),
    `${plural(peers.length, "peer")}: ${count(2, 3)} up, ${downText}${disabled > 0 ? `, ${disabled} disabled` : ""}; ${
      plural(routes, "route")
    } received, ${accepted} accepted`,
    state.filter === ""
      ? ""
      : paint(`${shown} of ${peers.length} match "${state.filter}"; Esc shows all`, "yellow", useColour),
  ];
}

/** A part that is cut off could mean something else: "72 GiB of disk". */
function fittingParts(parts: readonly string[], columns: number): string {
  return parts.reduce((line, part) => line.length + part.length + 2 <= columns ? `${line}, ${part}` : line);
}

function shownPeers({ peers }: TopData, { filter, sort, isReversed }: TopState): TopPeer[] {
  const wanted = filter.toLowerCase();
  const matching = peers.filter((peer) =>
    [peer.peer, peer.remoteIp, String(peer.peerAs ?? ""), peer.description, peer.group, peer.state]
      .some((text) => text?.toLowerCase().includes(wanted))
  );
  const sign = isReversed ? -1 : 1;
  return matching.sort((a, b) => sign * (compare(sort, a, b) || compare("name", a, b)));
}

/** Numbers come in falling order, because the great ones are of interest. */
function compare(sort: SortName, a: TopPeer, b: TopPeer): number {
  switch (sort) {
    case "problem":
      return severityOf(a) - severityOf(b) || b.lag - a.lag;
    case "name":
      return a.peer.localeCompare(b.peer, "en", { numeric: true });
    case "as":
      return (a.peerAs ?? 0) - (b.peerAs ?? 0);
    case "since":
      return (b.since ?? "").localeCompare(a.since ?? "");
    case "received":
      return b.routes - a.routes;
    case "accepted":
      return b.accepted - a.accepted;
    case "sent":
      return b.sent - a.sent;
    case "rate":
      return (b.updatesRate ?? 0) - (a.updatesRate ?? 0);
    case "lag":
      return b.lag - a.lag;
  }
}

interface Placed {
  readonly column: TopColumn;
  readonly width: number;
}

/** The columns that fit, with their widths: first texts become shorter, then columns go. */
function place(peers: readonly TopPeer[], data: TopData, available: number): Placed[] {
  const measured = columns.map((column) => ({
    column,
    width: Math.max(
      column.title.length,
      ...peers.map((peer) => displayWidth(printable(column.text(peer, data)))),
    ),
    isEmpty: peers.every((peer) => column.text(peer, data) === ""),
  })).filter(({ column, isEmpty }) => column.goes === 0 || !isEmpty);
  const total = (placed: readonly Placed[]) => placed.reduce((sum, { width }) => sum + width + 2, 0);
  let placed: Placed[] = measured;
  while (total(placed) > available) {
    const excess = total(placed) - available;
    const wide = placed.findLast(({ column: { least = Infinity }, width }) => width > least);
    if (wide !== undefined) {
      const width = Math.max(wide.column.least ?? 0, wide.width - excess);
      placed = placed.map((each) => each === wide ? { ...wide, width } : each);
      continue;
    }
    const goes = placed.filter(({ column }) => column.goes > 0).sort((a, b) => a.column.goes - b.column.goes)[0];
    if (goes === undefined) break;
    placed = placed.filter((each) => each !== goes);
  }
  return placed;
}

function tableOf(
  peers: readonly TopPeer[],
  data: TopData,
  state: TopState,
  { size, useColour, page }: ScreenOptions & { readonly page: number },
): string[] {
  if (data.peers.length === 0) return ["no peers are configured"];
  if (peers.length === 0) return [`no peer matches "${state.filter}"; Esc shows all`];
  const at = Math.max(0, peers.findIndex(({ peer }) => peer === state.selected));
  // The cursor stays in the middle of a long list.
  const from = Number.isFinite(page) ? Math.max(0, Math.min(peers.length - page, at - Math.floor(page / 2))) : 0;
  const placed = place(peers, data, size.columns);
  const row = (textOf: (column: TopColumn) => string, paintOf: (column: TopColumn) => Colour | undefined) =>
    placed.map(({ column, width }) => {
      const fit = column.title === "Peer" ? "address" : "end";
      const text = shorten(printable(textOf(column)), width, fit);
      return paint((column.align === "right" ? padLeft : padRight)(text, width), paintOf(column), useColour);
    }).join("  ");
  const arrow = state.isReversed ? "^" : "";
  const isScreen = Number.isFinite(size.rows);
  const titles = row(
    ({ title, sort }) => isScreen && sort === state.sort ? `${title}${arrow}` : title,
    ({ sort }) => isScreen && sort === state.sort ? "bold" : "dim",
  );
  const shown = peers.slice(from, Number.isFinite(page) ? from + page : undefined);
  return [
    ` ${titles}`,
    ...shown.map((peer, i) => {
      const mark = isScreen && from + i === at ? ">" : " ";
      return mark +
        row((column) => column.text(peer, data), ({ title }) => title === "State" ? colourOf(peer, data) : undefined);
    }),
  ];
}

function colourOf(peer: TopPeer, { isRunning }: TopData): Colour {
  if (!isRunning) return "dim";
  return (["red", "red", "yellow", "green", "dim"] as const)[severityOf(peer)];
}

/** Alerts, and below them the newest events: so many lines. */
function lowerLines(data: TopData, room: number, { size, useColour }: ScreenOptions): string[] {
  const alerts = alertsOf(data);
  const events = data.events.filter((event) => !isEcho(event))
    .map((event) => `${event.at.slice(11, 19)} ${event.peer ?? ""}: ${printable(sessionText(event).text)}`);
  const fitting = (text: string) => Number.isFinite(size.columns) ? shorten(text, size.columns, "end") : text;
  const most = Math.max(1, events.length === 0 ? room - 1 : Math.ceil((room - 1) * 2 / 3));
  const shown = alerts.slice(0, alerts.length > most ? most - 1 : most)
    .map(({ text, colour }) => paint(fitting(`! ${text}`), colour, useColour));
  if (alerts.length > most) shown.push(`  and ${plural(alerts.length - most + 1, "more alert")}`);
  const title = alerts.length === 0
    ? paint("No alerts. Last events:", "dim", useColour)
    : paint(`${plural(alerts.length, "alert")}:`, "red", useColour);
  const rest = Math.max(0, room - 1 - shown.length);
  return [title, ...shown, ...events.slice(0, rest).map((text) => paint(fitting(`  ${text}`), "dim", useColour))];
}

function footLine(state: TopState, { useColour }: ScreenOptions): string {
  if (state.editsFilter) return `filter: ${state.filter}_  (Enter keeps it, Esc drops it)`;
  const text = {
    peers: `q quit  ? help  / filter  s sort (${state.sort})  r reverse  Enter details`,
    detail: "Esc back  up and down scroll",
    help: "any key: back   q quit",
  }[state.view];
  return paint(text, "dim", useColour);
}

function helpLines(room: number): string[] {
  return fill([
    "q, Ctrl-C        quit",
    "up, down         move the cursor; also Page Up, Page Down, Home, End",
    "Enter            show everything about the peer; Esc goes back",
    "/                show only peers with this text in their name, address, AS,",
    "                 description, group or state",
    "s, S             sort by the next column, by the one before",
    "p, n, u          sort by problem, by name, by updates a second",
    "r                reverse the order",
    "",
    "Received, Accepted, Sent: routes.   Lag: routes not in the database yet.",
    "Upd/s: UPDATEs received each second.   Out/s: messages sent each second.",
    "What is wrong comes first: peers that are held, then peers without session.",
  ], room);
}

/** So many lines, with empty ones at the end. */
function fill(lines: readonly string[], count: number): string[] {
  if (!Number.isFinite(count)) return [...lines];
  return [...lines.slice(0, count), ...new Array<string>(Math.max(0, count - lines.length)).fill("")];
}

// deno-lint-ignore no-control-regex
const colours = /(\x1b\[\d+m)/g;

/** No line is wider than the terminal: it would push the lines below out of it. */
function cut(lines: readonly string[], { columns: width, rows }: Size): string[] {
  const shown = Number.isFinite(rows) && lines.length > rows
    ? [...lines.slice(0, rows - 1), lines.at(-1) ?? ""]
    : lines;
  return shown.map((line) => {
    const trimmed = line.trimEnd();
    if (displayWidth(trimmed.replaceAll(colours, "")) <= width) return trimmed;
    let start = "", taken = 0;
    for (const part of trimmed.split(colours)) {
      if (part.startsWith("\x1b")) start += part;
      else {
        const fits = startOf(part, width - taken);
        taken += displayWidth(fits);
        start += fits;
      }
    }
    return start;
  });
}
