/**
 * The outcome of a route that this speaker originates: which peers were sent the route, which were not, and why. Peers
 * of one update group have one answer, unless one of them is behind the others.
 */

import { type FamilyId, familyOf, type Millis, type PrefixSlot } from "../../types/mod.ts";
import { type AdjRibOut, whyOwnWithheld } from "./adj_rib_out.ts";
import type { OriginatedRoute, Origination } from "./originate.ts";
import type { PeerOut } from "./peer_out.ts";
import { findDestination } from "../table/destinations.ts";
import type { UpdateGroup } from "./update_group.ts";
import { tooLongText, UnreadRows, waitingText, waitsFor, whyWithheld } from "./withheld.ts";
import { setOfValue } from "./out_column.ts";

/** A peer, with its session or without one. */
export interface OutcomePeer {
  readonly session?: { readonly out: AdjRibOut } | undefined;
}

/** A route that this speaker originates, for all peers or for one. */
export type OriginatedFor = Pick<Origination, "peerId" | "route">;

export interface PeerOutcome {
  readonly peerId: number;
  /** `down`: there is no session. */
  readonly state: "sent" | "waiting" | "withheld" | "down";
  /** Why the route was not sent. */
  readonly reason: string | undefined;
}

/**
 * `announced`: at least one peer has the route. `pending`: no peer has it; it waits for some, or there is no session.
 * `withheld`: the route is withheld from every session.
 */
export type OutcomeState = "announced" | "pending" | "withheld";

export interface Outcome {
  readonly state: OutcomeState;
  readonly sentTo: number;
  readonly peers: readonly PeerOutcome[];
}

/** An outcome for people: peers that have the route are counted, not named. */
export interface OutcomeSummary {
  readonly state: OutcomeState;
  readonly sentTo: number;
  /** How many peers the route is for. */
  readonly peers: number;
  /** The peers that do not have it, or the first of them. */
  readonly notSent: readonly PeerOutcome[];
}

export function summaryOf({ state, sentTo, peers }: Outcome, most: number): OutcomeSummary {
  return { state, sentTo, peers: peers.length, notSent: peers.filter((peer) => peer.state !== "sent").slice(0, most) };
}

/** Routes with the same text have the same outcome. `peers` names the peers one by one. */
export interface Finding {
  readonly text: string;
  readonly waits: boolean;
  readonly peers: () => PeerOutcome[];
}

export function outcomeOf(peers: readonly PeerOutcome[]): Outcome {
  const count = (state: PeerOutcome["state"]) => peers.reduce((sum, peer) => sum + (peer.state === state ? 1 : 0), 0);
  const sentTo = count("sent");
  const isWithheld = count("waiting") === 0 && count("withheld") > 0;
  return { state: sentTo > 0 ? "announced" : isWithheld ? "withheld" : "pending", sentTo, peers };
}

interface Answer extends Omit<PeerOutcome, "peerId"> {
  readonly code: number;
}

interface Member {
  readonly out: PeerOut;
  readonly unread: UnreadRows;
}

/** The peers of one update group. */
interface GroupMembers {
  readonly id: number;
  readonly group: UpdateGroup;
  readonly members: readonly Member[];
  /** No peer is behind the others or has routes of its own: they share each answer. */
  readonly isUniform: boolean;
}

/** Finds outcomes from the sessions as they are now. Make a new one whenever anything may have changed. */
export class OutcomeFinder {
  readonly #peers: ReadonlyMap<number, OutcomePeer>;
  readonly #codes: AnswerCodes;
  readonly #now: Millis;
  readonly #groups = new Map<FamilyId, GroupMembers[]>();

  constructor(peers: ReadonlyMap<number, OutcomePeer>, codes: AnswerCodes, now: Millis) {
    this.#peers = peers;
    this.#codes = codes;
    this.#now = now;
  }

  find({ peerId, route }: OriginatedFor): Finding {
    return peerId === undefined ? this.#forAll(route) : this.#forOne(peerId, route);
  }

  #forAll(route: OriginatedRoute): Finding {
    const groups = this.#membersOf(route.family);
    let text = `${route.family}`;
    let waits = false;
    const found: (readonly [groupMembers: GroupMembers, answers: readonly Answer[]])[] = [];
    for (const groupMembers of groups) {
      const { members, group, isUniform } = groupMembers;
      const row = rowOf(group, route);
      // Where the group selected another route than ours, the source of that route gets another answer than the rest.
      const isSame = isUniform && (row === -1 || !group.selects || group.sourceOf(row) === 0);
      const answers = (isSame ? members.slice(0, 1) : members).map((member) => this.#answer(member, row));
      const isOne = answers.every((answer) => answer === answers[0]);
      text += ` ${groupMembers.id}`;
      for (const { code, state } of isOne ? answers.slice(0, 1) : answers) {
        text += `:${code}`;
        waits ||= state === "waiting";
      }
      found.push([groupMembers, isOne ? answers.slice(0, 1) : answers]);
    }
    return { text, waits, peers: () => this.#namePeers(route.family, found) };
  }

  #forOne(peerId: number, route: OriginatedRoute): Finding {
    const answer = this.#answerOfOne(peerId, route);
    const { code, state, reason } = answer;
    return { text: `peer ${peerId}:${code}`, waits: state === "waiting", peers: () => [{ peerId, state, reason }] };
  }

  #answerOfOne(peerId: number, route: OriginatedRoute): Answer {
    const session = this.#peers.get(peerId)?.session;
    if (session === undefined) return this.#codes.down;
    const out = session.out.families.find(({ group }) => group.family === route.family);
    if (out === undefined) return this.#codes.of("withheld", notNegotiated(route.family));
    const slot = slotOf(out.group, route);
    const row = slot === -1 ? -1 : out.group.rows.ownRow(slot);
    if (row !== -1 && out.hasOwn(row)) return this.#answerOfRow({ out, unread: new UnreadRows(out) }, row);
    return this.#codes.of("withheld", whyOwnWithheld(out.group, route) ?? beingDecided);
  }

  /** The answer for a route for all peers, which has this row. */
  #answer(member: Member, row: number): Answer {
    const { out } = member;
    if (row === -1) return this.#codes.of("waiting", beingDecided);
    if (out.hasOwn(row)) return this.#codes.of("withheld", "a route announced only to this peer takes precedence");
    return this.#answerOfRow(member, row);
  }

  #answerOfRow({ out, unread }: Member, row: number): Answer {
    const codes = this.#codes;
    const { group } = out;
    const waits = waitsFor(out, row, unread.has(row), this.#now);
    if (waits !== undefined) return codes.of("waiting", waitingText(out, waits));
    // A route that a group selected in place of the best one is not ours.
    const value = out.hasOwn(row) || group.sourceOf(row) === 0 ? out.current(row) : 0;
    if (value !== 0) {
      return group.messages.fits(group.sets.wire(setOfValue(value)), row)
        ? codes.sent
        : codes.of("withheld", tooLongText);
    }
    const isOurs = out.hasOwn(row) || group.rows.sourceOf(row) === 0;
    const withheld = isOurs ? whyWithheld(out, row) : undefined;
    return withheld === undefined ? codes.of("waiting", beingDecided) : codes.of("withheld", withheld.reason);
  }

  #namePeers(family: FamilyId, found: readonly (readonly [GroupMembers, readonly Answer[]])[]): PeerOutcome[] {
    const named = found.flatMap(([{ members }, answers]) =>
      members.map(({ out: { peerId } }, i): PeerOutcome => {
        const { state, reason } = answers[i] ?? answers[0]!;
        return { peerId, state, reason };
      })
    );
    const known = new Set(named.map(({ peerId }) => peerId));
    for (const [peerId, { session }] of this.#peers) {
      if (peerId === 0 || known.has(peerId)) continue;
      const { state, reason } = session === undefined
        ? this.#codes.down
        : this.#codes.of("withheld", notNegotiated(family));
      named.push({ peerId, state, reason });
    }
    return named.sort((a, b) => a.peerId - b.peerId);
  }

  #membersOf(family: FamilyId): GroupMembers[] {
    let groups = this.#groups.get(family);
    if (groups === undefined) this.#groups.set(family, groups = this.#gather(family));
    return groups;
  }

  #gather(family: FamilyId): GroupMembers[] {
    const byGroup = new Map<UpdateGroup, Member[]>();
    for (const { session } of this.#peers.values()) {
      const out = session?.out.families.find(({ group }) => group.family === family);
      if (out === undefined) continue;
      const member = { out, unread: new UnreadRows(out) };
      const members = byGroup.get(out.group);
      if (members === undefined) byGroup.set(out.group, [member]);
      else members.push(member);
    }
    return [...byGroup].map(([group, members]) => ({
      id: this.#codes.idOf(group),
      group,
      members,
      isUniform: group.isQuiet && members.every(({ out }) => out.isUpToDate && !out.hasOwnRoutes),
    }));
  }
}

/** Numbers answers and groups, so that equal answers have equal codes. */
export class AnswerCodes {
  readonly sent: Answer = { code: 0, state: "sent", reason: undefined };
  readonly down: Answer = { code: 1, state: "down", reason: "no session" };
  readonly #byText = new Map<string, Answer>();
  readonly #groups = new WeakMap<UpdateGroup, number>();
  #lastCode = 1;
  #lastGroup = 0;

  of(state: "waiting" | "withheld", reason: string): Answer {
    const text = `${state} ${reason}`;
    let answer = this.#byText.get(text);
    if (answer === undefined) {
      // Reasons name rules of policies, which come and go without end.
      if (this.#byText.size > mostReasons) this.#byText.clear();
      this.#byText.set(text, answer = { code: ++this.#lastCode, state, reason });
    }
    return answer;
  }

  idOf(group: UpdateGroup): number {
    let number = this.#groups.get(group);
    if (number === undefined) this.#groups.set(group, number = ++this.#lastGroup);
    return number;
  }
}

const mostReasons = 10_000;
const beingDecided = "it is being decided";

function notNegotiated(family: FamilyId): string {
  return `${familyOf(family).name} is not negotiated`;
}

function slotOf({ rib }: UpdateGroup, route: OriginatedRoute): PrefixSlot {
  return findDestination(rib.destinations, route);
}

/** The row in which the group has our route, or -1. */
function rowOf(group: UpdateGroup, route: OriginatedRoute): number {
  const { rows } = group;
  const slot = slotOf(group, route);
  if (slot === -1 || !rows.addPath) return slot;
  let row = rows.first(slot);
  while (row !== -1 && rows.sourceOf(row) !== 0) row = rows.next(row);
  return row;
}
