/// <reference lib="deno.worker" />
/**
 * A thread of the bench that speaks BGP. The bench runs two: one sends and one receives, so that neither delays the
 * other.
 */

import { takePrecedence } from "../../src/daemon/thread/priority.ts";
import { UpdateEncoder } from "../../src/message/mod.ts";
import { clock, Session } from "./session.ts";
import { Sink } from "./sink.ts";
import type { FromSpeaker, ToSpeaker } from "./speaker_messages.ts";
import type { Table } from "./table.ts";
import { encodeChange, encodeTable, updateContext, withdrawn } from "./updates.ts";

interface Member {
  readonly session: Session;
  readonly sink: Sink;
  chunks: Uint8Array[];
}

let table: Table;
let seenAt: Float64Array;
let sentAt: Float64Array;
/** What the sessions to come will send. */
let tables: Uint8Array[][] = [];
/** Rounds of changes, which take turns; and how many changes were sent so far. */
let rounds: Uint8Array[][] = [];
let changed = 0;
let members: Member[] = [];
let watch: { held: number; down: boolean } | undefined;

// Peers are other machines: what keeps this one busy is not theirs to wait for. Not root: then they wait.
if (!takePrecedence()) console.error("the speakers of the bench have no priority over what they measure");

self.onmessage = (event: MessageEvent<ToSpeaker>) => {
  perform(event.data).catch((error) => {
    post({ kind: "failure", text: error instanceof Error ? error.message : String(error) });
  });
};

function post(message: FromSpeaker): void {
  self.postMessage(message);
}

async function perform(message: ToSpeaker): Promise<void> {
  switch (message.kind) {
    case "table":
      ({ table, seenAt, sentAt } = message);
      return post({ kind: "done", at: clock() });
    case "connect":
      watch = undefined;
      members = await Promise.all(message.sessions.map(async (options, i) => {
        const sink = new Sink(table, seenAt);
        const session = await Session.open(options);
        session.onUpdate = (bytes, start, end, at) => sink.take(bytes, start, end, at);
        session.onChunk = checkWatch;
        session.ended.then((text) => {
          if (members.some((member) => member.session === session)) {
            post({ kind: "failure", text: `session of ${options.local}: ${text}` });
          }
        });
        return { session, sink, chunks: tables[i] ?? [] };
      }));
      tables = [];
      return post({ kind: "done", at: clock() });
    case "prepare":
      tables = message.asns.map((asn) => encodeTable(table, asn, message.ipv4, message.ipv6));
      rounds = (message.again ? [0, 1] : [0]).map((round) =>
        encodeChanges(message.asns[0] ?? 0, message.changes, round)
      );
      changed = 0;
      return post({ kind: "done", at: clock() });
    case "go": {
      const first = clock();
      await Promise.all(members.map(sendAll));
      return post({ kind: "sent", first, last: clock(), ended: 0 });
    }
    case "watch":
      watch = message;
      return checkWatch();
    case "drop": {
      const [member] = members.splice(message.session, 1);
      const at = clock();
      await member!.session.close();
      return post({ kind: "done", at });
    }
    case "churn":
      return await churn(members[0]!, message);
    case "report":
      return post({
        kind: "report",
        sessions: members.map(({ session, sink }) => ({
          held: sink.held,
          updates: sink.updates,
          firstAt: sink.firstAt,
          lastAt: sink.lastAt,
          longestSilenceMs: session.longestSilence,
          late: session.late,
        })),
      });
    case "close": {
      const leaving = members;
      members = [];
      await Promise.all(leaving.map(({ session }) => session.close()));
      return post({ kind: "done", at: clock() });
    }
    default:
      message satisfies never;
  }
}

async function sendAll(member: Member): Promise<void> {
  for (const chunk of member.chunks) await member.session.write(chunk);
  member.chunks = [];
}

function checkWatch(): void {
  if (watch === undefined) return;
  const { held, down } = watch;
  if (!members.every(({ sink }) => down ? sink.held <= held : sink.held >= held)) return;
  watch = undefined;
  const first = Math.min(...members.map(({ sink }) => sink.firstAt));
  post({ kind: "reached", first, at: Math.max(...members.map(({ sink }) => sink.lastAt)) });
}

/** In its round, whether the change at this place is a withdrawal, or the way back from one. */
function isWithdrawn(at: number): boolean {
  return at % 5 === 4;
}

/** Takes the next changes and gives their octets. Until `sentAt` is full they are noted there. */
function takeChanges(count: number, at: number): { bytes: Uint8Array; ended: number } {
  const size = rounds[0]!.length;
  const taken: Uint8Array[] = [];
  let length = 0, ended = 0;
  for (let i = 0; i < count; i++, changed++) {
    const place = changed % size, round = Math.floor(changed / size) % rounds.length;
    const bytes = rounds[round]![place]!;
    taken.push(bytes);
    length += bytes.length;
    if (!(isWithdrawn(place) && round === 1)) ended++;
    sentAt[place] = at;
  }
  const [only] = taken;
  if (taken.length === 1) return { bytes: only!, ended };
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const one of taken) {
    bytes.set(one, offset);
    offset += one.length;
  }
  return { bytes, ended };
}

/** At the usual pace each change is an own write, as it comes from a router; a flood is written by the millisecond. */
const writesPerSecond = 10_000;

async function churn(member: Member, { perSecond, count }: ToSpeaker & { kind: "churn" }): Promise<void> {
  const total = count ?? rounds[0]!.length;
  const first = clock();
  let ended = 0;
  const send = async (changes: number) => {
    const taken = takeChanges(changes, clock());
    ended += taken.ended;
    await member.session.write(taken.bytes);
  };
  if (perSecond === 0) {
    await send(total);
    return post({ kind: "sent", first, last: clock(), ended });
  }
  const singly = perSecond <= writesPerSecond;
  for (let next = 0; next < total;) {
    const due = Math.min(total, Math.floor((clock() - first) * perSecond / 1000) + 1) - next;
    next += due;
    if (singly) { for (let i = 0; i < due; i++) send(1).catch(() => {}); }
    else if (due > 0) await send(due);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  post({ kind: "sent", first, last: clock(), ended });
}

/** Round 1 is another set for each, and brings back what round 0 withdrew. */
function encodeChanges(asn: number, count: number, round: number): Uint8Array[] {
  const encoder = new UpdateEncoder(updateContext(asn));
  const encoded: Uint8Array[] = [];
  let group = 0;
  for (let at = 0; at < count; at++) {
    while (table.groups[group + 1]! <= at) group++;
    const version = isWithdrawn(at) && round === 0 ? withdrawn : 1 + at + 7919 * round;
    encodeChange(encoder, table, at, group, asn, version);
    encoded.push(encoder.take());
  }
  return encoded;
}
