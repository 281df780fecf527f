/** The API for routes of this speaker: those of the configuration and those of the table `announcements`. */

import {
  type AnnouncementView,
  type BulkResult,
  ControlError,
  namedInLists,
  type Page,
  type StateCounts,
  type UnsentPeer,
} from "../control/mod.ts";
import { type Config, ownRoutes, type StaticRoute, whyNotFound } from "../config/mod.ts";
import { asSetsRefused, hasAsSets, parseDestination } from "../message/mod.ts";
import type { OriginatedFor, OutcomeSummary } from "../rib/mod.ts";
import {
  announcementKey,
  type AnnouncementRow,
  type AnnouncementText,
  announcementValues,
  type Author,
  blankAnnouncement,
  type DestinationText,
  readAnnouncement,
  readDestination,
  shownRow,
  textOfRoute,
} from "../store/mod.ts";
import { systemClock } from "../transport/mod.ts";
import { formatPrefix, parsePrefix } from "../types/mod.ts";
import type { StoreAnswer, StoreQuestion } from "./thread/messages.ts";
import type { Originations } from "./rib/originations.ts";
import type { Peer } from "./peer/peer.ts";
import { takesAsSets } from "./peer/peer_identity.ts";
import type { Peers } from "./peer/peers.ts";
import type { RibQueries } from "./rib/rib_queries.ts";

export interface AnnouncementServices {
  readonly peers: Peers;
  readonly originations: Originations;
  readonly queries: RibQueries;
  readonly config: () => Config;
  readonly ask: (question: StoreQuestion) => Promise<StoreAnswer>;
}

/** Rows in a page. */
const pageRows = 500;
/** No peer gets the route. */
const nobody = { sentTo: 0, peers: 0, notSent: [] };
/** How often an announcement is checked that has not been sent to all peers yet. */
const checkEveryMs = 20;

/** A row as it is shown, and the route that it announces (`of`); `undefined`: none, see the error of the row. */
interface Listed {
  readonly row: Omit<AnnouncementRow, "id" | "isExpired"> & { readonly id: number | null };
  readonly of: OriginatedFor | undefined;
  readonly isExpired?: true;
}

/** A prefix, or a destination of another family, as announcements have it. Throws {@link ControlError}. */
function destinationName(text: string): string {
  const prefix = parsePrefix(text);
  if (prefix !== undefined) return formatPrefix(prefix);
  const found = text.includes(" ") ? parseDestination(text) : { error: "it is not a prefix" };
  if ("error" in found) throw new ControlError("wrong", `prefix "${text}": ${found.error}`);
  return found.text;
}

/** The destination of a route of the configuration, without and with its Route Distinguisher. */
function namesOf({ prefix, rule, nlri, rd }: Listed["row"]): (string | null)[] {
  return [prefix, rule, nlri, ...rd === null ? [] : [`${rd} ${prefix}`, `rd ${rd} ${rule}`]];
}

export class AnnouncementControl {
  readonly #services: AnnouncementServices;

  constructor(services: AnnouncementServices) {
    this.#services = services;
  }

  async *list(prefix?: string): AsyncGenerator<Page<AnnouncementView>> {
    const name = prefix === undefined ? undefined : destinationName(prefix);
    const most = name === undefined ? namedInLists : Infinity;
    const configured = this.#configured().filter(({ row }) => name === undefined || namesOf(row).includes(name));
    for (let at = 0; at < configured.length; at += pageRows) {
      yield await this.#page(configured.slice(at, at + pageRows), most);
    }
    if (name !== undefined) return yield await this.#page((await this.#rowsFor(name)).map(this.#listed), most);
    for (let after = 0;;) {
      const { rows } = expect("rows", await this.#services.ask({ kind: "list", after, limit: pageRows }));
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.id;
      yield await this.#page(rows.map(this.#listed), most);
    }
  }

  /** Writes the row; waits for `waitMs` at most until the route was sent to all peers that get it. */
  async announce(text: AnnouncementText, author: Author, waitMs: number): Promise<AnnouncementView> {
    const peer = text.peer === null ? null : this.#find(text.peer).name;
    const whole = { ...text, peer };
    const read = readAnnouncement(announcementValues(whole));
    if (read.kind === "wrong") throw new ControlError("wrong", read.error);
    if (hasAsSets(read.route.attributes.asPath)) {
      const peers = peer === null ? [...this.#services.peers] : [this.#find(peer)];
      if (!peers.some(takesAsSets)) throw new ControlError("wrong", `as_path has an AS_SET: ${asSetsRefused}`);
    }
    const { row } = expect("announced", await this.#services.ask({ kind: "announce", text: whole, author }));
    const listed = this.#listed(row);
    const until = systemClock.monotonic() + waitMs;
    for (;;) {
      const [view] = (await this.#page([listed], Infinity))();
      if (!view!.notSent.some(({ state }) => state === "waiting") || systemClock.monotonic() >= until) return view!;
      await new Promise((resolve) => setTimeout(resolve, checkEveryMs));
    }
  }

  /** Returns how many rows it deleted. */
  async withdraw(what: DestinationText, author: Author): Promise<number> {
    const read = readDestination(announcementValues({ ...blankAnnouncement, ...what }));
    if (read.kind === "wrong") throw new ControlError("wrong", read.error);
    const peer = what.peer ?? null;
    // A removed peer may still have announcements: then the word itself is compared.
    const search = peer === null ? undefined : this.#services.peers.search(peer);
    if (peer !== null && search?.kind === "several") throw new ControlError("conflict", whyNotFound(peer, search));
    const named = search?.kind === "found" ? search.name : peer;
    const { count } = expect(
      "withdrawn",
      await this.#services.ask({ kind: "withdraw", what: { ...what, peer: named }, author }),
    );
    if (count > 0) return count;
    const name = announcementKey(read.destination, undefined);
    if (this.#configured().some(({ of }) => of !== undefined && announcementKey(of.route, undefined) === name)) {
      throw new ControlError("conflict", `${name} is in the configuration: remove it there and reload`);
    }
    const rows = what.prefix ? await this.#rowsFor(what.prefix) : [];
    const others = rows.filter((row) => row.peer !== null).map((row) => row.peer);
    throw new ControlError(
      "notFound",
      peer === null && others.length > 0
        ? `${name} is announced to ${others.join(", ")} only: to withdraw it, name the peer, too`
        : `${name} is not announced${peer === null ? "" : ` to ${peer}`}; bgpd show announcements lists all`,
    );
  }

  async change(body: Uint8Array<ArrayBuffer>, client: string | undefined): Promise<BulkResult> {
    const { kind: _kind, ...result } = expect("changed", await this.#services.ask({ kind: "bulk", body, client }));
    return result;
  }

  async states(first: number, last: number): Promise<StateCounts> {
    const { counts } = expect("states", await this.#services.ask({ kind: "states", first, last }));
    return { announced: 0, pending: 0, withheld: 0, refused: 0, expired: 0, ...counts };
  }

  /** Returns how many rows it deleted. */
  async withdrawSource(source: string, author: Author): Promise<number> {
    return expect("withdrawn", await this.#services.ask({ kind: "withdrawSource", source, author })).count;
  }

  async withdrawRow(id: number, author: Author): Promise<void> {
    const { count } = expect("withdrawn", await this.#services.ask({ kind: "withdrawRow", id, author }));
    if (count === 0) throw new ControlError("notFound", `announcements has no row ${id}`);
  }

  async #rowsFor(prefix: string): Promise<AnnouncementRow[]> {
    return expect("rows", await this.#services.ask({ kind: "rowsFor", prefix })).rows;
  }

  #configured(): Listed[] {
    const { config, originations, peers: all } = this.#services;
    const { peers } = config();
    const source = "config", id = null;
    const overridden = (route: StaticRoute) =>
      route.prefix === undefined
        ? "an announcement of the same destination takes precedence"
        : "an announcement of the same prefix takes precedence";
    return [
      ...ownRoutes(config()).map((route): Listed => {
        const text = textOfRoute(route, null);
        const isOverridden = originations.isOverridden(route);
        const row = { ...text, id, source, error: isOverridden ? overridden(route) : null };
        return { row, of: isOverridden ? undefined : { peerId: undefined, route } };
      }),
      ...peers.flatMap((settings) =>
        ownRoutes(settings).map((route): Listed => {
          const { name } = settings;
          const peer = all.find(name);
          const row = { ...textOfRoute(route, name), id, source, error: null };
          return { row, of: peer === undefined ? undefined : { peerId: peer.id, route } };
        })
      ),
    ];
  }

  readonly #listed = ({ isExpired, ...written }: AnnouncementRow): Listed => {
    const read = readAnnouncement(announcementValues(written));
    const row = shownRow(written, read);
    if (isExpired) return { row, of: undefined, isExpired };
    if (read.kind !== "route" || row.error !== null) return { row, of: undefined };
    const peer = read.peer === undefined ? undefined : this.#services.peers.find(read.peer);
    // The peer was removed, and the error of the row is not written yet.
    if (read.peer !== undefined && peer === undefined) return { row, of: undefined };
    return { row, of: { peerId: peer?.id, route: read.route } };
  };

  async #page(listed: readonly Listed[], most: number): Promise<Page<AnnouncementView>> {
    const asked = listed.flatMap(({ of }) => of === undefined ? [] : [of]);
    const found = asked.length === 0 ? [] : await this.#services.queries.outcomes(asked, most);
    return () => {
      let next = 0;
      return listed.map(({ row, of, isExpired = false }) =>
        isExpired
          ? { ...row, state: "expired", ...nobody }
          : this.#view(row, of === undefined ? undefined : found[next++])
      );
    };
  }

  #view(row: Listed["row"], outcome: OutcomeSummary | undefined): AnnouncementView {
    if (outcome === undefined || row.error !== null) {
      return { ...row, state: row.error === null ? "pending" : "refused", ...nobody };
    }
    const { state, sentTo, peers, notSent } = outcome;
    return { ...row, state, sentTo, peers, notSent: notSent.flatMap((each) => this.#unsent(each)) };
  }

  #unsent({ peerId, state, reason }: OutcomeSummary["notSent"][number]): UnsentPeer[] {
    const peer = this.#services.peers.get(peerId);
    if (peer === undefined || state === "sent") return [];
    const isOff = state === "down" && !peer.enabled;
    return [{ peer: peer.name, state, reason: isOff ? "disabled" : reason ?? state }];
  }

  #find(word: string): Peer {
    const search = this.#services.peers.search(word);
    if (search.kind === "found") return search.peer;
    throw new ControlError(search.kind === "none" ? "notFound" : "conflict", whyNotFound(word, search));
  }
}

function expect<K extends StoreAnswer["kind"]>(kind: K, answer: StoreAnswer): StoreAnswer & { kind: K } {
  if (answer.kind === "refused") throw new ControlError(answer.isWrong ? "wrong" : "unavailable", answer.reason);
  if (answer.kind !== kind) throw new Error(`the store answered ${answer.kind}, not ${kind}`);
  return answer as StoreAnswer & { kind: K };
}
