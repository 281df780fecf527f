import assert from "node:assert/strict";
import type { Negotiated } from "../../../../../src/session/mod.ts";
import { Problems } from "../../../../../src/control/mrt/problems.ts";
import type { Outlet } from "../../../../../src/control/mrt/replay/outgoing.ts";
import { Player, readTable } from "../../../../../src/control/mrt/replay/player.ts";
import type { ItemSource, MrtContent } from "../../../../../src/control/mrt/source.ts";
import { attributes, none, octets, u16, u32, update } from "../../../mrt/bytes.ts";
import { negotiated } from "../../../../support/negotiated.ts";

const peer = { number: 0, address: "192.0.2.9", asn: 65000, routerId: 0 };
const all = { kind: "all" } as const;

function outlet(more: Partial<Negotiated> = {}): Outlet & { sent: Uint8Array[] } {
  const sent: Uint8Array[] = [];
  const agreed = negotiated({ families: 0b010, remoteAsn: 64512, remoteRouterId: 1, ...more });
  const addresses = { localAddress: Uint8Array.of(127, 0, 0, 1), remoteAddress: Uint8Array.of(127, 0, 0, 2) };
  return { negotiated: agreed, addresses, sent, write: (bytes) => Promise.resolve(void sent.push(bytes)) };
}

function sourceOf(items: readonly MrtContent[]): ItemSource {
  return {
    problems: new Problems(),
    async *items() {
      yield await Promise.resolve(items);
    },
  };
}

function entry(prefix: number, localPref = ""): MrtContent {
  return {
    kind: "entry",
    format: "TABLE_DUMP2",
    time: 0,
    peer,
    family: 1,
    octets: octets("c000", prefix, 0),
    length: 24,
    pathId: -1,
    originatedAt: 0,
    attributes: octets(attributes(4), localPref),
    fourOctetAs: true,
  };
}

function message(bytes: Uint8Array, time: number, fourOctetAs = true): MrtContent {
  const ends = { localAsn: 64512, localAddress: "192.0.2.1" };
  return { kind: "message", format: "BGP4MP", time, peer, ...ends, bytes, fourOctetAs, addPath: 0, sent: false };
}

const never = new AbortController().signal;
const endOfRib = update(none, none, none);

Deno.test("a table is sent by attribute set, without attributes that stay inside an AS, then End-of-RIB", async () => {
  const table = await readTable(sourceOf([entry(1), entry(2, "400504 00000096"), entry(3)]), all, () => {});
  const outside = outlet(), inside = outlet({ internal: true });
  for (const target of [outside, inside]) await new Player(target, { kind: "full" }, never).table(table, () => {});
  assert.deepEqual(
    octets(...outside.sent).toHex(),
    [
      update(none, attributes(4), octets("18 c00001 18 c00003")),
      update(none, attributes(4), octets("18 c00002")),
      endOfRib,
    ].map((bytes) => bytes.toHex()).join(""),
  );
  assert.deepEqual(
    octets(...inside.sent).toHex(),
    [
      // RFC 4271 §5.1.5: LOCAL_PREF "SHALL" be present; 100 if the file has none.
      update(none, octets(attributes(4), "400504 00000064"), octets("18 c00001 18 c00003")),
      update(none, octets(attributes(4), "400504 00000096"), octets("18 c00002")),
      endOfRib,
    ].map((bytes) => bytes.toHex()).join(""),
  );
});

Deno.test("UPDATEs are sent unchanged if the session has their form, and encoded again if not", async () => {
  const four = update(none, attributes(4), octets("18 c00001"));
  const two = update(none, attributes(2), octets("18 c00001"));
  for (const [bytes, fourOctetAs] of [[four, true], [two, false]] as const) {
    const target = outlet();
    await new Player(target, { kind: "full" }, never).updates(
      sourceOf([message(bytes, 0, fourOctetAs)]),
      all,
      () => {},
    );
    assert.equal(octets(...target.sent).toHex(), four.toHex());
  }
});

Deno.test("an UPDATE that would end the session is left out and reported", async () => {
  const source = sourceOf([message(update(none, attributes(4), octets("21 c00001")), 0)]);
  const target = outlet();
  await new Player(target, { kind: "full" }, never).updates(source, all, () => {});
  assert.deepEqual(target.sent, []);
  assert.deepEqual(source.problems.sentences(), ["NLRI do not parse (a session would end here, RFC 7606 §5.3)"]);
});

Deno.test("a rate, and the times of the file, delay messages", async () => {
  const bytes = update(none, attributes(4), octets("18 c00001"));
  const source = sourceOf([0, 50, 100].map((time) => message(bytes, 1e12 + time)));
  for (const pace of [{ kind: "rate", updatesPerSecond: 20 }, { kind: "realtime" }] as const) {
    const start = performance.now();
    const target = outlet();
    await new Player(target, pace, never).updates(source, all, () => {});
    const elapsed = performance.now() - start;
    assert.ok(elapsed >= 94, `${pace.kind}: ${elapsed}`);
    // On a busy machine, two due messages may share one write.
    assert.equal(octets(...target.sent).length, 3 * bytes.length);
  }
});

Deno.test("a signal ends a replay that is waiting", async () => {
  const bytes = update(none, attributes(4), octets("18 c00001"));
  const stop = new AbortController();
  const target = outlet();
  const player = new Player(target, { kind: "realtime" }, stop.signal);
  const done = player.updates(sourceOf([message(bytes, 0), message(bytes, 3_600_000)]), all, () => {});
  setTimeout(() => stop.abort(), 10);
  await done;
  assert.equal(player.count.updates, 1);
});

Deno.test("a 2-octet file on a 4-octet session: prefixes of one UPDATE stay together", async () => {
  const bytes = update(octets("18 c00009 18 c0000a"), attributes(2), octets("18 c00001 18 c00002 18 c00003"));
  const target = outlet();
  const player = new Player(target, { kind: "full" }, never);
  await player.updates(sourceOf([message(bytes, 0, false)]), all, () => {});
  assert.deepEqual(
    octets(...target.sent).toHex(),
    [
      update(octets("18 c00009 18 c0000a"), none, none),
      update(none, attributes(4), octets("18 c00001 18 c00002 18 c00003")),
    ].map((each) => each.toHex()).join(""),
  );
  assert.equal(player.count.updates, 2);
});

Deno.test("RFC 4271 §5.1.5 updates get LOCAL_PREF on iBGP and lose it on eBGP", async () => {
  const plain = update(none, attributes(4), octets("18 c00001"));
  const preferred = update(none, octets(attributes(4), "400504 00000096"), octets("18 c00001"));
  const standard = update(none, octets(attributes(4), "400504 00000064"), octets("18 c00001"));
  for (
    const [internal, given, expected] of [
      [true, plain, standard],
      [true, preferred, preferred],
      [false, plain, plain],
      [false, preferred, plain],
    ] as const
  ) {
    const source = sourceOf([message(given, 0)]);
    const target = outlet({ internal });
    await new Player(target, { kind: "full" }, never).updates(source, all, () => {});
    assert.equal(octets(...target.sent).toHex(), expected.toHex());
    assert.deepEqual(source.problems.sentences(), []);
  }
});

Deno.test("routes that the session cannot carry are not sent, and counted by reason", async () => {
  const six = {
    ...entry(9),
    family: 2,
    octets: octets("2001", new Uint8Array(14)),
    length: 16,
    attributes: octets("400101 00 400206 02010000fde8 800e11 10", "20010db8".padEnd(31, "0") + "1"),
  } as MrtContent;
  const long = entry(2, "d0c80fd2" + "00".repeat(0xfd2));
  const nobody = { ...entry(3), attributes: octets("400101 00 400206 02010000fde8 400304 e0000001") } as MrtContent;
  const loopback = { ...entry(4), attributes: octets("400101 00 400206 02010000fde8 400304 7f000009") } as MrtContent;
  const table = await readTable(sourceOf([entry(1), six, long, loopback]), all, () => {});
  assert.equal(table.count, 4);
  const target = outlet();
  const player = new Player(target, { kind: "full" }, never);
  await player.table(table, () => {});
  assert.equal(player.count.routes, 1);
  assert.deepEqual(player.outgoing.sentences().sort(), [
    "1 route is not sent: its attributes leave no room for a prefix in a message of this session (RFC 8654 §4)",
    "1 route is not sent: its next hop is a loopback address, over which this session does not run",
    "1 route is not sent: the speaker did not negotiate ipv6 unicast",
  ]);
  // The decoder already treats a multicast next hop as withdrawn.
  const source = sourceOf([nobody]);
  assert.equal((await readTable(source, all, () => {})).count, 0);
  assert.match(source.problems.sentences()[0]!, /multicast/);
  // In updates, a withheld route is withdrawn.
  const other = outlet();
  const updates = new Player(other, { kind: "full" }, never);
  const bytes = update(none, octets("400101 00 400206 02010000fde8 400304 7f000009"), octets("18 c00001"));
  await updates.updates(sourceOf([message(bytes, 0)]), all, () => {});
  assert.equal(octets(...other.sent).toHex(), update(octets("18 c00001"), none, none).toHex());
  assert.equal(updates.outgoing.sentences().length, 1);
});

Deno.test("RFC 7911: one of several paths of a prefix is sent to a speaker that accepts one", async () => {
  const path = (prefix: number, pathId: number) => ({ ...entry(prefix), pathId }) as MrtContent;
  const table = await readTable(sourceOf([path(1, 1), path(1, 2), path(2, 1)]), all, () => {});
  for (const [addPathSend, routes, withheld] of [[0, 2, 1], [0b010, 3, 0]] as const) {
    const player = new Player(outlet({ addPathSend }), { kind: "full" }, never);
    await player.table(table, () => {});
    assert.equal(player.count.routes, routes);
    assert.equal(player.outgoing.sentences().length, withheld);
  }
});

Deno.test("routes of a failed write are not counted as sent", async () => {
  const table = await readTable(sourceOf([entry(1), entry(2)]), all, () => {});
  const broken = { ...outlet(), write: () => Promise.reject(new Error("the session is over")) };
  const player = new Player(broken, { kind: "full" }, never);
  await assert.rejects(player.table(table, () => {}));
  assert.deepEqual(player.count, { routes: 0, updates: 0, bytes: 0 });
});

Deno.test("RFC 4271 §5.1.2 our AS is prepended on eBGP if it is not the AS of the file", async () => {
  const bytes = update(none, attributes(4), octets("18 c00001"));
  const path = (asns: string) => octets("400101 00", asns, "400304 c0000201");
  const own = update(none, path("4002 06 0201 0000fbf4"), octets("18 c00001"));
  for (
    const [more, passesOn, given, expected] of [
      [
        { localAsn: 64500 },
        true,
        bytes,
        update(none, path("4002 0e 0203 0000fbf4 0000fde8 0000fde9"), octets("18 c00001")),
      ],
      // Our AS is already first in the path.
      [{ localAsn: 64500 }, true, own, own],
      [{}, false, bytes, bytes],
      [
        { localAsn: 64512, internal: true },
        true,
        bytes,
        update(none, octets(attributes(4), "400504 00000064"), octets("18 c00001")),
      ],
    ] as const
  ) {
    const target = { ...outlet(more), passesOn };
    await new Player(target, { kind: "full" }, never).updates(sourceOf([message(given, 0)]), all, () => {});
    assert.equal(octets(...target.sent).toHex(), expected.toHex());
  }
});

Deno.test("VPN routes of tables and UPDATEs are sent with labels, where the session carries them", async () => {
  const nlri = (label: string, prefix: string) => `70 ${label} 0000fde800000001 ${prefix}`;
  const hop = "0000000000000000 c0000201";
  const reach = (...nlris: string[]) => {
    const value = octets("0001 80 0c", hop, "00", ...nlris);
    return octets("800e", value.length, value);
  };
  const vpn = (label: string, prefix: string): MrtContent => ({
    ...entry(1) as MrtContent & { kind: "entry" },
    family: 7,
    octets: octets(nlri(label, prefix)),
    length: -1,
    attributes: octets("400101 00 4002 0a 0202", u32(65000), u32(65001), "800e 0d 0c", hop),
  });
  const table = await readTable(sourceOf([vpn("000641", "c00001"), vpn("000c81", "c00002")]), all, () => {});
  assert.equal(table.count, 2);
  const carries = outlet({ families: 1 << 7 }), without = outlet();
  const players = [carries, without].map((target) => new Player(target, { kind: "full" }, never));
  for (const player of players) await player.table(table, () => {});
  const sent = octets(...carries.sent).toHex();
  for (const each of [nlri("000641", "c00001"), nlri("000c81", "c00002")]) {
    assert.ok(sent.includes(each.replaceAll(" ", "")), each);
  }
  assert.deepEqual(octets(...without.sent).toHex(), endOfRib.toHex());
  assert.deepEqual(players[1]!.outgoing.sentences(), [
    "2 routes are not sent, each for this reason: the speaker did not negotiate ipv4 vpn",
  ]);

  // An UPDATE of 2-octet ASNs is encoded again.
  const others = octets("400101 00 4002 06 0202 fde8 fde9");
  const bytes = update(none, octets(reach(nlri("000641", "c00001"), nlri("000c81", "c00002")), others), none);
  const target = outlet({ families: 1 << 7 });
  await new Player(target, { kind: "full" }, never).updates(sourceOf([message(bytes, 0, false)]), all, () => {});
  const wide = octets("400101 00 4002 0a 0202", u32(65000), u32(65001));
  const value = octets("0001 80 0c", hop, "00", nlri("000641", "c00001"), nlri("000c81", "c00002"));
  assert.equal(
    octets(...target.sent).toHex(),
    update(none, octets("900e", u16(value.length), value, wide), none).toHex(),
  );
});
