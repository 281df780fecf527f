/// <reference lib="deno.worker" />
/**
 * A thread of the bench that speaks BGP. The bench runs two of them: one sends, one receives, so that neither holds up the
 * other.
 */

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
let changes: Uint8Array[] = [];
let members: Member[] = [];
let watch: { held: number; down: boolean } | undefined;

self.onmessage = (event: MessageEvent<ToSpeaker>) => {
  perform(event.data).catch((error) => {
    post({ kind: "trouble", text: error instanceof Error ? error.message : String(error) });
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
            post({ kind: "trouble", text: `session of ${options.local}: ${text}` });
          }
        });
        return { session, sink, chunks: tables[i] ?? [] };
      }));
      tables = [];
      return post({ kind: "done", at: clock() });
    case "prepare":
      tables = message.asns.map((asn) => encodeTable(table, asn, message.ipv4, message.ipv6));
      changes = encodeChanges(message.asns[0] ?? 0, message.changes);
      return post({ kind: "done", at: clock() });
    case "go": {
      const first = clock();
      await Promise.all(members.map(sendAll));
      return post({ kind: "sent", first, last: clock() });
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

async function churn(member: Member, { perSecond }: ToSpeaker & { kind: "churn" }): Promise<void> {
  const count = changes.length;
  const first = clock();
  if (perSecond === 0) {
    sentAt.fill(first, 0, count);
    const all = new Uint8Array(changes.reduce((sum, { length }) => sum + length, 0));
    let size = 0;
    for (const change of changes) {
      all.set(change, size);
      size += change.length;
    }
    await member.session.write(all);
    return post({ kind: "sent", first, last: clock() });
  }
  for (let next = 0; next < count;) {
    const due = Math.min(count, Math.floor((clock() - first) * perSecond / 1000) + 1);
    for (; next < due; next++) {
      sentAt[next] = clock();
      member.session.write(changes[next]!).catch(() => {});
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  post({ kind: "sent", first, last: clock() });
}

function encodeChanges(asn: number, count: number): Uint8Array[] {
  const encoder = new UpdateEncoder(updateContext(asn));
  const encoded: Uint8Array[] = [];
  let group = 0;
  for (let at = 0; at < count; at++) {
    while (table.groups[group + 1]! <= at) group++;
    encodeChange(encoder, table, at, group, asn, at % 5 === 4 ? withdrawn : 1 + at);
    encoded.push(encoder.take());
  }
  return encoded;
}
