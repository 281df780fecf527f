/** The work of `bgpd watch`: polls the database and prints what is new. */

import type { StoreReader } from "../../../store/mod.ts";
import type { Io } from "../command.ts";
import { notRunningText } from "../show/last_run.ts";
import { isoTime } from "../text/time.ts";
import { plural } from "../text/units.ts";
import { DaemonWatch, type Turn, whenFree } from "./daemon_watch.ts";
import { type Followed, Follower } from "./follower.ts";
import type { RouteConditions } from "./route_filter.ts";
import { formatLine, type LineLayout, watchJson, watchLine } from "./watch_text.ts";

/** How often the database is asked whether it changed; that costs microseconds. */
const pollMs = 150;
/** The pause is at least so many times as long as the queries of the last poll took. */
const restFactor = 4;
const longestPauseMs = 3_000;
/** The column of peers, on narrow and on wide terminals; a longer name only shifts its own line. */
const peerWidths = { narrow: 14, wide: 24, wideFrom: 120 } as const;

export interface WatchOptions {
  readonly conditions: RouteConditions;
  /** Only changes of best routes. */
  readonly best: boolean;
  /** The first moment to show; `undefined`: now. */
  readonly since: number | undefined;
  readonly count: number;
  /** A terminal shows so many changes of a poll, and how many more there are. */
  readonly most: number;
  readonly asJson: boolean;
}

/** Returns the exit code, when the user ends the command. */
export async function runWatch(reader: StoreReader, options: WatchOptions, io: Io): Promise<number> {
  const { conditions, best, since = io.now() } = options;
  if (best && conditions.peer !== undefined && io.outputIsTerminal && !options.asJson) {
    io.message("bgpd: only best routes of this peer are shown: what replaces one may come from another peer");
  }
  const follower = new Follower(reader, { conditions, best, since });
  const printer = new Printer(reader, options, io);
  reportLimits(reader, { from: options.since, best }, io);
  return await follow(reader, follower, printer, io);
}

async function follow(reader: StoreReader, follower: Follower, printer: Printer, io: Io): Promise<number> {
  const daemon = new DaemonWatch(reader, io.now());
  try {
    if (!daemon.runs) io.message(`${notRunningText(reader.lastRun())}; changes appear when it runs again`);
    else if (io.outputIsTerminal) io.message(`watching ${reader.path}; Ctrl-C ends`);
    for (;;) {
      const { isChanged, turn } = await whenFree(() => daemon.check(io.now())) ??
        { isChanged: true, turn: undefined };
      if (turn === "replaced") follower.restart(daemon.reader);
      const print = () => printer.print(follower.poll(daemon.reader), daemon.reader);
      if (isChanged && await whenFree(print) === true) return 0;
      if (turn !== undefined) io.message(turnText(turn, daemon.reader));
      if (!await io.wait(Math.max(pollMs, Math.min(longestPauseMs, printer.readMs * restFactor)))) return 0;
    }
  } finally {
    daemon.close();
  }
}

function turnText(turn: Turn, reader: StoreReader): string {
  switch (turn) {
    case "stopped":
      return `${notRunningText(reader.lastRun())}; changes appear when it runs again`;
    case "back":
      return "bgpd runs again";
    case "replaced":
      return `bgpd writes a new file ${reader.path}; the changes of that file follow`;
  }
}

/** Says what the database does not have. `from`: the start in the past. */
function reportLimits(
  reader: StoreReader,
  { from, best }: { readonly from: number | undefined; readonly best: boolean },
  io: Io,
): void {
  const isOff = reader.gaps(io.now(), io.now()).some(({ to }) => to.startsWith("9999"));
  if (isOff) io.message("bgpd: the history is off: withdraws and replaced routes are not shown");
  if (from === undefined) return;
  const begins = Math.max(reader.historyFrom, reader.historyBegins ?? 0);
  if (begins > from) {
    io.message(`bgpd: the history begins at ${isoTime(begins)}: earlier changes are not known`);
  }
  if (best) io.message("bgpd: only the last change of a best route is kept: earlier ones are not shown");
}

class Printer {
  /** How long the queries of the last poll took, without the time in which the reader of the output was slow. */
  readMs = 0;
  readonly #io: Io;
  readonly #asJson: boolean;
  readonly #most: number;
  readonly #layout: LineLayout;
  #left: number;
  #day: string;

  constructor(reader: StoreReader, { asJson, count, most }: WatchOptions, io: Io) {
    this.#io = io;
    this.#asJson = asJson;
    this.#left = count;
    this.#most = most;
    const names = reader.peers().map(({ peer }) => peer.length);
    this.#layout = {
      peerWidth: Math.min(
        io.columns < peerWidths.wideFrom ? peerWidths.narrow : peerWidths.wide,
        Math.max(5, ...names),
      ),
      columns: io.outputIsTerminal ? io.columns : undefined,
      useColour: io.useColour,
    };
    this.#day = new Date(io.now()).toISOString().slice(0, 10);
  }

  /** True: as many changes are printed as the user wants, or the user ended the command. */
  async print(pages: Iterable<readonly Followed[]>, reader: StoreReader): Promise<boolean> {
    this.readMs = 0;
    let room = this.#most;
    const skipped = new Map<string, number>();
    for (const page of this.#timed(pages)) {
      for (const followed of page) {
        // Sessions and gaps are few, and must not be missed.
        if ("change" in followed && room-- <= 0) {
          const { peer } = followed.change;
          skipped.set(peer, (skipped.get(peer) ?? 0) + 1);
          continue;
        }
        this.#printOne(followed, reader);
        if (--this.#left <= 0) return true;
      }
      // Many pages take time: Ctrl-C is heard between two of them.
      if (!await this.#io.wait(0)) return true;
    }
    if (skipped.size > 0) this.#io.write(skippedText(skipped) + "\n");
    this.#io.flush();
    return false;
  }

  *#timed<T>(items: Iterable<T>): Generator<T, void, undefined> {
    let began = performance.now();
    for (const item of items) {
      this.readMs += performance.now() - began;
      yield item;
      began = performance.now();
    }
    this.readMs += performance.now() - began;
  }

  #printOne(followed: Followed, reader: StoreReader): void {
    const isAnnouncement = followed.kind === "route" && followed.change.kind === "announce";
    const before = isAnnouncement ? reader.replaced(followed.change) : undefined;
    if (this.#asJson) return this.#io.write(watchJson(followed, before) + "\n");
    const day = followed.at.slice(0, 10);
    if (this.#layout.columns !== undefined && day !== this.#day) this.#io.write(`${day} (UTC)\n`);
    this.#day = day;
    this.#io.write(formatLine(watchLine(followed, before), this.#layout) + "\n");
  }
}

/** The peers with most changes come first. */
function skippedText(skipped: ReadonlyMap<string, number>): string {
  const peers = [...skipped].sort(([, a], [, b]) => b - a);
  const total = peers.reduce((sum, [, count]) => sum + count, 0);
  const shown = peers.slice(0, 3).map(([peer, count]) => `${peer} ${count}`);
  const more = peers.length > shown.length ? `, ${plural(peers.length - shown.length, "other peer")}` : "";
  return `    ... ${plural(total, "more change")} (${shown.join(", ")}${more}); --all prints each`;
}
