import assert from "node:assert/strict";
import { RibHost } from "../../../../src/daemon/rib/rib_host.ts";
import { lentBatches } from "../../../../src/daemon/thread/messages.ts";
import { clearStoreBatch, createStoreBatch } from "../../../../src/rib/mod.ts";
import type { RibBatch, RibToMain } from "../../../../src/daemon/thread/messages.ts";
import { RibQueries } from "../../../../src/daemon/rib/rib_queries.ts";
import { formatPrefix, parsePrefix } from "../../../../src/types/mod.ts";
import { announce, v4, wire } from "../../rib/support.ts";
import { negotiated } from "../../../support/negotiated.ts";

Deno.test("rows of this run are never older than the start of the store, also after the clock was set back", () => {
  const sent: RibBatch[] = [];
  const host = new RibHost({ routerId: 1, peers: [{ id: 1, address: Uint8Array.of(127, 0, 0, 1) }] }, {
    now: () => 1_000,
    monotonic: () => 0,
    toMain: () => {},
    toStore: (message) => void (message.kind === "batch" && sent.push(message)),
    later: (step) => step(),
  });
  host.fromStore({ kind: "lastIds", prefix: 0, set: 0, at: 5_000 });
  host.fromStore({ kind: "loaded" });
  host.fromStore({ kind: "buffer", batch: createStoreBatch() });
  const session = negotiated();
  const address = Uint8Array.of(127, 0, 0, 1);
  host.fromMain({
    kind: "sessionUp",
    peerId: 1,
    epoch: 1,
    session: { negotiated: session, localAddress: Uint8Array.of(127, 0, 0, 2), remoteAddress: address },
    keep: 0,
  });
  host.fromStore({ kind: "buffer", batch: createStoreBatch() });
  const bytes = new Uint8Array(announce(session, wire(), "10.0.0.0/8"));
  host.fromMain({ kind: "batch", peerId: 1, epoch: 1, buffer: bytes, start: 0, end: bytes.length });
  const { batch } = sent.find(({ batch }) => batch.routeCount > 0)!;
  assert.equal(batch.routeCount, 1);
  assert.ok(batch.routes[6]! >= 5_000);
});

Deno.test("drained comes after all decisions: the best routes of a large last batch are written", () => {
  const messages: string[] = [];
  const later: (() => void)[] = [];
  let best = 0;
  const host: RibHost = new RibHost({ routerId: 1, peers: [{ id: 1, address: Uint8Array.of(127, 0, 0, 1) }] }, {
    now: () => 1_000,
    monotonic: () => 0,
    toMain: ({ kind }) => void messages.push(kind),
    toStore: (message) => {
      assert(message.kind === "batch");
      const { batch } = message;
      best += batch.bestCount;
      clearStoreBatch(batch);
      later.push(() => host.fromStore({ kind: "buffer", batch }));
    },
    later: (step) => void later.push(step),
  });
  host.fromStore({ kind: "lastIds", prefix: 0, set: 0, at: 1_000 });
  host.fromStore({ kind: "loaded" });
  const session = negotiated();
  const localAddress = Uint8Array.of(127, 0, 0, 2);
  const remoteAddress = Uint8Array.of(127, 0, 0, 1);
  host.fromMain({
    kind: "sessionUp",
    peerId: 1,
    epoch: 1,
    session: { negotiated: session, localAddress, remoteAddress },
    keep: 0,
  });
  const prefixes = Array.from({ length: 120_000 }, (_, i) => `${10 + (i >> 16)}.${i >> 8 & 255}.${i & 255}.0/24`);
  const buffer = new Uint8Array(announce(session, wire(), ...prefixes));
  host.fromMain({ kind: "batch", peerId: 1, epoch: 1, buffer, start: 0, end: buffer.length });
  // The store is quicker than the decisions: whatever waits last comes first.
  for (let i = 0; i < lentBatches; i++) host.fromStore({ kind: "buffer", batch: createStoreBatch() });
  host.fromMain({ kind: "drain" });
  while (!messages.includes("drained")) later.pop()!();
  assert.equal(best, prefixes.length);
});

Deno.test("a query is one message there and one back; many routes come in pages, on demand", async () => {
  const asked: string[] = [];
  let now = 0;
  let clockStepMs = 0;
  const pages: (RibToMain & { kind: "page" })[] = [];
  const remoteAddress = Uint8Array.of(127, 0, 0, 1);
  const host: RibHost = new RibHost({ routerId: 1, peers: [{ id: 1, address: remoteAddress }] }, {
    now: () => 1_000,
    monotonic: () => now += clockStepMs,
    toMain: (message) => {
      if (message.kind !== "page") return;
      pages.push(message);
      queueMicrotask(() => queries.answer(message));
    },
    toStore: () => {},
    later: (step) => step(),
  });
  const queries = new RibQueries((message) => {
    asked.push(message.kind);
    host.fromMain(message);
  });
  host.fromStore({ kind: "lastIds", prefix: 0, set: 0, at: 1_000 });
  host.fromStore({ kind: "loaded" });
  const session = negotiated();
  const localAddress = Uint8Array.of(127, 0, 0, 2);
  host.fromMain({
    kind: "sessionUp",
    peerId: 1,
    epoch: 1,
    session: { negotiated: session, localAddress, remoteAddress },
    keep: 0,
  });
  const prefixes = Array.from({ length: 30_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
  const buffer = new Uint8Array(announce(session, wire(), ...prefixes, "11.0.0.0/8"));
  host.fromMain({ kind: "batch", peerId: 1, epoch: 1, buffer, start: 0, end: buffer.length });

  const longest = await Array.fromAsync(
    queries.routes({ kind: "longest", family: v4, address: Uint8Array.of(10, 1, 2, 3) }),
  );
  assert.deepEqual(longest.map((rows) => rows.length), [1]);
  const { octets, length } = longest[0]![0]!.prefix!;
  assert.equal(formatPrefix({ octets: octets.slice(), length }), "10.1.2.0/24");
  assert.equal(
    longest[0]![0]!.wire.byteLength + octets.length,
    longest[0]![0]!.wire.buffer.byteLength,
    "what travels is its own octets only",
  );
  assert.deepEqual(asked.splice(0), ["routes"]);

  const within = (prefix: string, limit: number) =>
    queries.routes({ kind: "within", family: v4, prefix: parsePrefix(prefix)!, limit });
  const some = await Array.fromAsync(within("10.0.0.0/8", 2_400));
  assert.deepEqual(some.map((rows) => rows.length), [...Array(9).fill(250), 150]);
  assert.deepEqual(asked.splice(0), ["routes", ...Array(9).fill("nextPage")]);

  // Time ends a page, too, whether the walk finds routes or none: a change that comes meanwhile waits for one page at
  // most.
  pages.length = 0;
  clockStepMs = 0.5;
  assert.deepEqual((await Array.fromAsync(within("11.0.0.0/8", 10))).flat().length, 1);
  assert.ok(pages.length > 100 && pages.slice(0, -1).every(({ rows, done }) => rows.count === 0 && !done));
  assert.deepEqual(pages.at(-1), { ...pages.at(-1)!, done: true });
  clockStepMs = 0;

  asked.length = 0;
  for await (const _ of within("10.0.0.0/8", 5_000)) break;
  assert.deepEqual(asked, ["routes", "endQuery"]);

  // Whoever hangs up ends the question at once, also one whose page is not there yet.
  asked.length = 0;
  const client = new AbortController();
  const question = { kind: "within", family: v4, prefix: parsePrefix("10.0.0.0/8")!, limit: 5_000 } as const;
  const reading = queries.routes(question, client.signal).next();
  client.abort();
  await assert.rejects(reading, { name: "AbortError" });
  assert.deepEqual(asked, ["routes", "endQuery"]);
});

Deno.test("while messages wait, decisions wait as long as the last took; any other message finds them made", () => {
  let now = 0, isBusy = false, decisions = 0;
  const later: (() => void)[] = [];
  const peers = [1, 2].map((id) => ({ id, address: Uint8Array.of(127, 0, 0, id) }));
  const host: RibHost = new RibHost({ routerId: 1, peers }, {
    now: () => 1_000,
    monotonic: () => now,
    toMain: () => {},
    toStore: () => {},
    later: (step) => void later.push(step),
    isBusy: () => isBusy,
  });
  host.fromStore({ kind: "lastIds", prefix: 0, set: 0, at: 1_000 });
  host.fromStore({ kind: "loaded" });
  const { rib } = host;
  const decide = rib.decide.bind(rib);
  rib.decide = (budget) => {
    decisions++;
    now += 10;
    return decide(budget);
  };
  const session = negotiated();
  for (const { id, address } of peers) {
    const agreed = { negotiated: session, localAddress: Uint8Array.of(127, 0, 0, 9), remoteAddress: address };
    host.fromMain({ kind: "sessionUp", peerId: id, epoch: 1, session: agreed, keep: 0 });
  }
  const decisionsAfter = (act: () => void) => {
    decisions = 0;
    act();
    return decisions;
  };
  const send = (prefix: string) => {
    const buffer = new Uint8Array(announce(session, wire(), prefix));
    host.fromMain({ kind: "batch", peerId: 1, epoch: 1, buffer, start: 0, end: buffer.length });
  };
  assert.equal(decisionsAfter(() => send("10.0.0.0/8")), 1, "a lone batch is decided at once");
  isBusy = true;
  assert.equal(decisionsAfter(() => send("11.0.0.0/8")), 0);
  now += 9;
  assert.equal(decisionsAfter(() => send("12.0.0.0/8")), 0);
  now += 1;
  assert.equal(decisionsAfter(() => send("13.0.0.0/8")), 1, "10 ms later it is time");
  const turns = () => later.splice(0).forEach((step) => step());
  turns();
  assert.equal(decisionsAfter(() => send("14.0.0.0/8")), 0);
  assert.equal(decisionsAfter(turns), 1, "where no message follows, a turn of the event loop decides");
  assert.equal(decisionsAfter(() => send("15.0.0.0/8")), 0);
  const down = () => host.fromMain({ kind: "sessionDown", peerId: 2, epoch: 1, retain: 0 });
  assert.equal(decisionsAfter(down), 2, "before and after");
});
