/**
 * What happens to peers, as messages of ExaBGP: read from the database, where each poll finds what is new. A program
 * that reads slowly costs bgpd nothing: the next poll waits for it.
 */

import {
  decodeAttributeSet,
  decodeNlriValue,
  decodeNotification,
  type NlriValue,
  type Open,
} from "../../../message/mod.ts";
import {
  familyWords,
  type Message,
  type NegotiatedWords,
  type Neighbor,
  nlriWords,
  prefixWords,
  type Update,
} from "../../exabgp/mod.ts";
import { familyByName } from "../../../types/mod.ts";
import type { StoreReader } from "../../../store/mod.ts";
import type { Io } from "../command.ts";
import { type DaemonWatch, whenFree } from "../live/daemon_watch.ts";
import { type Followed, Follower } from "../live/follower.ts";
import type { RouteConditions } from "../live/route_filter.ts";
import { attributeSetOf, labelsOf, type RouteValues } from "./attribute_set.ts";

/** What a program may ask for. */
export const eventWords = ["update", "neighbor-changes", "open", "negotiated", "notification", "fsm"] as const;
export type EventWord = typeof eventWords[number];

const pollMs = 200;

const everything: RouteConditions = {
  prefix: undefined,
  nlri: undefined,
  longer: false,
  peer: undefined,
  family: undefined,
  rd: undefined,
  originAs: undefined,
  as: undefined,
  community: undefined,
};

export interface EventOptions {
  readonly events: ReadonlySet<EventWord>;
  /** Only peers with these names; empty: all. */
  readonly peers: readonly string[];
  readonly neighbors: () => readonly Neighbor[];
  /** What both sides said at the start of the session; `undefined`: the session is gone. */
  readonly session: (peer: string) => Promise<SessionStart | undefined>;
  /** Hands a message to the program; resolves when the program has read it. */
  readonly send: (message: Message) => Promise<void>;
}

/** The OPENs of a session, and what they agree on. */
export interface SessionStart {
  readonly sent: Open;
  readonly received: Open;
  readonly negotiated: NegotiatedWords;
}

/** Sends messages until the user ends the command. */
export async function sendEvents(watch: DaemonWatch, options: EventOptions, io: Io): Promise<void> {
  const follower = new Follower(watch.reader, { conditions: everything, best: false, since: io.now() });
  const stream = new EventStream(options);
  await stream.sendPresent(watch.reader);
  await stream.sendEndOfRibs(watch.reader);
  for (;;) {
    const check = await whenFree(() => watch.check(io.now()));
    if (check?.turn === "replaced") follower.restart(watch.reader);
    if (check?.isChanged === true) {
      await whenFree(async () => {
        for (const page of follower.poll(watch.reader)) await stream.send(page);
        await stream.sendEndOfRibs(watch.reader);
      });
    }
    if (!await io.wait(pollMs)) return;
  }
}

class EventStream {
  readonly #options: EventOptions;
  /** When each family of each peer had its last End-of-RIB. */
  readonly #endOfRibs = new Map<string, number>();

  constructor(options: EventOptions) {
    this.#options = options;
  }

  /** The sessions and routes at the start, as if they came up now: the program knows what it would know otherwise. */
  async sendPresent(reader: StoreReader): Promise<void> {
    for (const neighbor of this.#options.neighbors()) {
      if (!neighbor.isEstablished || !this.#isWanted(neighbor.name)) continue;
      await this.#sendUp(neighbor);
      if (!this.#options.events.has("update")) continue;
      for (const route of reader.routes({ peer: neighbor.name, received: true })) {
        await this.#options.send({ kind: "update", neighbor, update: announcement([route]) });
      }
    }
  }

  async send(page: readonly Followed[]): Promise<void> {
    const neighbors = new Map(this.#options.neighbors().map((neighbor) => [neighbor.name, neighbor]));
    for (let at = 0; at < page.length;) {
      const followed = page[at]!;
      const end = followed.kind === "route" ? endOfUpdate(page, at) : at + 1;
      const name = peerOf(followed);
      const neighbor = name === undefined ? undefined : neighbors.get(name);
      if (neighbor !== undefined && this.#isWanted(neighbor.name)) {
        await this.#sendOne(neighbor, followed, page.slice(at, end));
      }
      at = end;
    }
  }

  async sendEndOfRibs(reader: StoreReader): Promise<void> {
    const { events, neighbors, send } = this.#options;
    if (!events.has("update")) return;
    for (const { peer, family, at } of reader.endOfRibs()) {
      const key = `${peer} ${family}`;
      if (this.#endOfRibs.get(key) === at || !this.#isWanted(peer)) continue;
      const neighbor = neighbors().find(({ name }) => name === peer), row = familyByName(family);
      if (neighbor === undefined || row === undefined) continue;
      this.#endOfRibs.set(key, at);
      const [afi = "", safi = ""] = familyWords(family).split(" ");
      await send({ kind: "endOfRib", neighbor, afi, safi, code: { afi: row.afi, safi: row.safi } });
    }
  }

  #isWanted(name: string): boolean {
    return this.#options.peers.length === 0 || this.#options.peers.includes(name);
  }

  async #sendOne(neighbor: Neighbor, followed: Followed, group: readonly Followed[]): Promise<void> {
    const { events, send } = this.#options;
    if (followed.kind === "route") {
      if (!events.has("update")) return;
      const changes = group.flatMap((each) => each.kind === "route" ? [each.change] : []);
      const update = followed.change.kind === "announce" ? announcement(changes) : withdrawal(changes);
      return await send({ kind: "update", neighbor, update });
    }
    if (followed.kind !== "event") return;
    const { kind, text, hex } = followed.event;
    if (kind === "notification" && hex !== null && events.has("notification")) {
      const direction = text.startsWith("sent") ? "send" : "receive";
      await send({ kind: "notification", neighbor, direction, ...decodeNotification(Uint8Array.fromHex(hex)) });
    }
    if (kind === "state") {
      const state = / -> (\w+)/.exec(text)?.[1];
      if (state !== undefined && events.has("fsm")) await send({ kind: "fsm", neighbor, state: state.toUpperCase() });
      if (state === "Established") await this.#sendUp(neighbor);
    } else if (kind === "down" && events.has("neighbor-changes")) {
      await send({ kind: "state", neighbor, state: "down", reason: text });
    }
  }

  async #sendUp(neighbor: Neighbor): Promise<void> {
    const { events, send, session } = this.#options;
    if (events.has("neighbor-changes")) await send({ kind: "state", neighbor, state: "connected" });
    const asks = events.has("open") || events.has("negotiated");
    const start = asks ? await session(neighbor.name) : undefined;
    if (start !== undefined && events.has("open")) {
      await send({ kind: "open", neighbor, direction: "send", open: start.sent });
      await send({ kind: "open", neighbor, direction: "receive", open: start.received });
    }
    if (start !== undefined && events.has("negotiated")) {
      await send({ kind: "negotiated", neighbor, negotiated: start.negotiated });
    }
    if (events.has("neighbor-changes")) await send({ kind: "state", neighbor, state: "up" });
  }
}

/** A route of the database: one that changed, or one that is there at the start. */
type StoredRoute = RouteValues & {
  readonly family: string;
  readonly prefix: string | null;
  readonly pathId: number | null;
  readonly nlri?: string | undefined;
  readonly labels?: string | null | undefined;
  /** Its attribute set. */
  readonly wire?: Uint8Array;
};

function peerOf(followed: Followed): string | undefined {
  if (followed.kind === "route") return followed.change.peer;
  return followed.kind === "event" ? followed.event.peer ?? undefined : undefined;
}

/** Changes of one peer that one UPDATE would carry: the same kind, and the same attributes. */
function endOfUpdate(page: readonly Followed[], start: number): number {
  const key = updateKey(page[start]!);
  let end = start + 1;
  while (end < page.length && updateKey(page[end]!) === key) end++;
  return end;
}

function updateKey(followed: Followed): string | undefined {
  if (followed.kind !== "route") return undefined;
  const { peer, kind, family, wire } = followed.change;
  return kind === "withdraw" ? `${peer} withdraw` : `${peer} ${family} ${wire.toHex()}`;
}

function announcement(routes: readonly StoredRoute[]): Update {
  const first = routes[0]!;
  return {
    attributes: first.wire === undefined ? attributeSetOf(first) : decodeAttributeSet(first.wire),
    announced: routes.map((route) => ({ ...wordsOf(route), nextHop: route.nextHop?.split(" ")[0] })),
    withdrawn: [],
  };
}

function withdrawal(routes: readonly StoredRoute[]): Update {
  const withdrawn = routes.map((route) => wordsOf({ ...route, wire: undefined, labels: null }));
  return { attributes: undefined, announced: [], withdrawn };
}

function wordsOf(
  { family, prefix, nlri, pathId, labels, wire }: Omit<StoredRoute, "wire"> & { wire?: Uint8Array | undefined },
) {
  if (nlri === undefined) return prefixWords({ family, prefix: prefix ?? "", pathId });
  const value = wire === undefined ? { labels: labelsOf(labels) } : valueOf(wire);
  return nlriWords({ family, text: nlri, pathId, value });
}

function valueOf(wire: Uint8Array): NlriValue {
  return decodeNlriValue(decodeAttributeSet(wire).nlriValue ?? new Uint8Array(0));
}
