/// <reference lib="deno.worker" />
/**
 * A thread of the bench that speaks BGP. The bench runs two: one sends and one receives, so that neither delays the
 * other.
 */

import { takePrecedence } from "../../src/daemon/thread/priority.ts";
import { Changes } from "./changes.ts";
import { clock, Session, type SessionOptions } from "./session.ts";
import { Sink } from "./sink.ts";
import type { FromSpeaker, ToSpeaker } from "./speaker_messages.ts";
import type { Table } from "./table.ts";
import { encodeTable } from "./updates.ts";

/** What a session will send. */
interface Prepared {
  readonly changes: Changes | undefined;
  chunks: Uint8Array[];
}

interface Member extends Prepared {
  readonly session: Session;
  readonly sink: Sink;
}

/** So many sessions open at a time. What is beyond the backlog of a daemon would be tried again a second later. */
const openAtOnce = 8;

let table: Table;
let seenAt: Float64Array;
let sentAt: Float64Array;
/** By number of the session to come. */
let shares: Prepared[] = [];
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
      members = [];
      for (let at = 0; at < message.sessions.length; at += openAtOnce) {
        const some = message.sessions.slice(at, at + openAtOnce);
        members.push(...await Promise.all(some.map((options, i) => join(options, shares[at + i]))));
      }
      shares = [];
      return post({ kind: "done", at: clock() });
    case "prepare":
      shares = message.shares.map(({ asn, ipv4, ipv6, changes }) => ({
        chunks: encodeTable(table, asn, ipv4, ipv6),
        changes: changes === undefined ? undefined : new Changes(table, asn, changes),
      }));
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
    case "flood":
      return await flood(members, message.forMs, message.everyMs);
    case "singly":
      return await singly(members[0]!);
    case "report":
      return post({
        kind: "report",
        sessions: members.map(({ session, sink }) => ({
          held: sink.held,
          updates: sink.updates,
          firstAt: sink.firstAt,
          lastAt: sink.lastAt,
          latestKeepaliveMs: session.latestKeepaliveMs,
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

async function join(options: SessionOptions, share: Prepared | undefined): Promise<Member> {
  const sink = new Sink(table, seenAt);
  const session = await Session.open(options);
  session.onUpdate = (bytes, start, end, at) => sink.take(bytes, start, end, at);
  session.onChunk = checkWatch;
  session.ended.then((text) => {
    if (members.some((member) => member.session === session)) {
      post({ kind: "failure", text: `session of ${options.local}: ${text}` });
    }
  });
  return { session, sink, chunks: share?.chunks ?? [], changes: share?.changes };
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

/** Up to this pace each change is an own write, as it comes from a router; above it, each millisecond is one. */
const writesPerSecond = 10_000;

async function churn(member: Member, { perSecond, count }: ToSpeaker & { kind: "churn" }): Promise<void> {
  const { session, changes } = prepared(member);
  const total = count ?? changes.count;
  const first = clock();
  let ended = 0;
  const send = async (some: number) => {
    const taken = changes.take(some, clock(), sentAt);
    ended += taken.ended;
    await session.write(taken.bytes);
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
    await sleep(1);
  }
  post({ kind: "sent", first, last: clock(), ended });
}

/** So many changes of a flood are one write. */
const floodedAtOnce = 200;

async function flood([loud, quiet]: readonly Member[], forMs: number, everyMs: number): Promise<void> {
  const flooding = prepared(loud!), dripping = prepared(quiet!);
  const first = clock();
  let ended = 0, sent = 0;
  const drip = setInterval(() => {
    dripping.session.write(dripping.changes.take(1, clock(), sentAt).bytes).catch(() => {});
  }, everyMs);
  while (clock() - first < forMs) {
    const taken = flooding.changes.take(floodedAtOnce, clock(), sentAt);
    ended += taken.ended;
    sent += floodedAtOnce;
    await flooding.session.write(taken.bytes);
  }
  clearInterval(drip);
  post({ kind: "sent", first, last: clock(), ended, changes: sent });
}

const singlyTimeoutMs = 30_000;

async function singly(member: Member): Promise<void> {
  const { session, changes } = prepared(member);
  const others = members.filter((each) => each !== member);
  const delays: number[] = [];
  for (let i = 0; i < changes.count; i++) {
    const before = others.map(({ sink }) => sink.updates);
    const start = clock();
    await session.write(changes.take(1, start, sentAt).bytes);
    while (others.some(({ sink }, j) => sink.updates === before[j])) {
      if (clock() - start > singlyTimeoutMs) throw new Error(`change ${i} does not come to all`);
      await sleep(1);
    }
    delays.push(Math.max(...others.map(({ sink }) => sink.lastAt)) - start);
    await sleep(20);
  }
  post({ kind: "through", delays });
}

function prepared({ session, changes }: Member): { session: Session; changes: Changes } {
  if (changes === undefined) throw new Error("no changes are prepared for this session");
  return { session, changes };
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
