/** The session with one cache, clause by clause. Sections are those of draft-ietf-sidrops-8210bis-27. */
import assert from "node:assert/strict";
import { restoreCache, savedCache } from "../../../src/rpki/cache/session.ts";
import { RtrError } from "../../../src/rpki/mod.ts";
import { aspa, endOfData, notify, report, response, RtrRig, vrp } from "../../support/rtr_rig.ts";

const one = "192.0.2.0/24-24 64496", two = "198.51.100.0/24-25 64497", six = "2001:db8::/32-48 64496";

Deno.test("§8.1: the first query asks for all data, and they are in force with End of Data", () => {
  const rig = new RtrRig().event({ kind: "start" });
  assert.deepEqual(rig.said, ["connecting", "connect"]);
  rig.event({ kind: "connected" });
  assert.deepEqual(rig.said, ["> resetQuery v2", "asking"]);
  rig.cache(response(), vrp(`+${one}`), vrp(`+${six}`), aspa(true, 64496, 1, 2));
  assert.deepEqual(rig.said, ["receiving"]);
  assert.equal(rig.vrps.size, 0, "negative: not before");
  rig.cache(endOfData(41));
  assert.deepEqual(rig.said, ["idle", "full 41"]);
  assert.deepEqual([...rig.vrps], [one, six]);
  assert.deepEqual([...rig.aspas], [[64496, "1,2"]]);
});

Deno.test("§8.2: when the Refresh Interval has passed, a Serial Query asks for changes", () => {
  const rig = new RtrRig().inSync(vrp(`+${one}`)).pass(3599);
  assert.deepEqual(rig.said, [], "negative: not sooner");
  rig.pass(1);
  assert.deepEqual(rig.said, ["> serialQuery v2 7 1", "asking"]);
  rig.cache(response(), vrp(`+${two}`), vrp(`-${one}`), endOfData(2));
  assert.deepEqual(rig.said, ["receiving", "idle", "changed 2"]);
  assert.deepEqual([...rig.vrps], [two]);
});

Deno.test("§5.3: an answer without changes is one, too", () => {
  const rig = new RtrRig().inSync(vrp(`+${one}`)).pass(3600).cache(response(), endOfData(1));
  assert.equal(rig.said.at(-1), "changed 1");
  assert.equal(rig.vrps.size, 1);
});

Deno.test("§5.2: a Serial Notify causes a query at once, unless we have its data", () => {
  const rig = new RtrRig().inSync().pass(60);
  rig.cache(notify(1)).pass(1);
  assert.deepEqual(rig.said, [], "negative: the serial number we have");
  rig.cache(notify(2)).pass(0);
  assert.deepEqual(rig.said, ["> serialQuery v2 7 1", "asking"]);
});

Deno.test("§5.2: a cache that notifies us all the time is asked once a second at most", () => {
  const rig = new RtrRig().inSync().pass(60);
  let queries = 0;
  for (let i = 0; i < 100; i++) {
    rig.cache(notify(1000 + i)).pass(0.1);
    if (rig.said.some((line) => line.startsWith("> serialQuery"))) {
      queries++;
      rig.cache(response(), notify(2000 + i), endOfData(2 + i));
    }
  }
  assert.ok(queries >= 9 && queries <= 11, `${queries} queries in 10 seconds`);
});

Deno.test("§5.2, §7: before there is a version, a Serial Notify of any version is ignored", () => {
  const rig = new RtrRig().connect().cacheIn(0, notify(5, 99)).cacheIn(1, notify(5, 99));
  rig.octets("09 00 0001 0000000c 00000001");
  assert.deepEqual(rig.said.slice(-1), ["asking"]);
  rig.cache(response(), endOfData(1)).octets("01 00 0007 0000000c 00000001");
  assert.match(rig.said.join("\n"), /> error v2 8 about 12 octets/, "negative: afterwards it is unexpected");
});

Deno.test("§8.3: after a Cache Reset, a Reset Query asks for all data; the old ones stay until they are there", () => {
  const rig = new RtrRig().inSync(vrp(`+${one}`), vrp(`+${two}`)).pass(3600).cache({ kind: "cacheReset" });
  assert.deepEqual(rig.said.slice(-2), ["asking", "> resetQuery v2"]);
  rig.cache(response(8), vrp(`+${two}`));
  assert.equal(rig.vrps.size, 2);
  rig.cache(endOfData(900, 8));
  assert.deepEqual([...rig.vrps], [two]);
  rig.pass(3600);
  assert.ok(rig.said.includes("> serialQuery v2 8 900"), "and the new session goes on");
});

Deno.test("§8.3: a Cache Reset answers a Serial Query and nothing else", () => {
  const rig = new RtrRig().connect().cache({ kind: "cacheReset" });
  assert.match(rig.said.join("\n"), /> error v2 0 about 8 octets: Cache Reset that answers no query/);
});

Deno.test("§8.1: after a lost connection, the session goes on from its serial number, in the same version", () => {
  const rig = new RtrRig().inSync(vrp(`+${one}`)).pass(10).closed();
  assert.deepEqual(rig.said, ["failed: end of stream", "close", "waiting"]);
  rig.pass(4.999);
  assert.deepEqual(rig.said, []);
  rig.pass(0.001).event({ kind: "connected" });
  assert.deepEqual(rig.said, ["connecting", "connect", "> serialQuery v2 7 1", "asking"]);
  assert.equal(rig.vrps.size, 1, "the data stay");
});

Deno.test("§9: connections that fail are tried again, less and less often, up to the Retry Interval", () => {
  const rig = new RtrRig().event({ kind: "start" });
  const at: number[] = [];
  while (rig.now < 3_600_000) {
    rig.event({ kind: "connectFailed", reason: "connection refused" });
    rig.pass((rig.session.connectAt! - rig.now) / 1000);
    at.push(rig.now / 1000);
  }
  assert.deepEqual(at.slice(0, 6), [5, 15, 35, 75, 155, 315]);
  assert.equal(at.at(-1)! - at.at(-2)!, 600);
});

Deno.test("§6: data go when the Expire Interval has passed without an answer, and not before", () => {
  const rig = new RtrRig().inSync(vrp(`+${one}`), aspa(true, 1, 2)).closed();
  for (let i = 0; i < 7199; i++) {
    rig.pass(1);
    if (rig.session.state === "connecting") rig.event({ kind: "connectFailed", reason: "no route" });
  }
  assert.deepEqual([rig.vrps.size, rig.aspas.size], [1, 1]);
  rig.pass(1);
  assert.deepEqual([rig.vrps.size, rig.aspas.size], [0, 0]);
  assert.ok(rig.said.includes("dropped: expired"));
  rig.connect();
  assert.ok(rig.said.includes("> resetQuery v2"), "and a later session begins anew");
});

Deno.test("§6: an answer that arrives while old data expire is not lost; a change of expired data is", () => {
  const timing = { refresh: 590, retry: 590, expire: 600 };
  for (const isFull of [true, false]) {
    const rig = new RtrRig().connect().cache(response(), vrp(`+${one}`), endOfData(1, 7, timing)).pass(590);
    if (isFull) rig.cache({ kind: "cacheReset" });
    rig.cache(response(), vrp(`+${two}`)).pass(10);
    assert.equal(rig.vrps.size, 0);
    if (!isFull) assert.deepEqual([rig.session.state, rig.said.includes("dropped: expired")], ["connecting", true]);
    rig.cache(endOfData(2, 7, timing));
    assert.deepEqual([...rig.vrps], isFull ? [two] : []);
  }
});

Deno.test("RFC 8210 §6: intervals outside what is allowed become the nearest that is", () => {
  const rig = new RtrRig().connect();
  rig.cache(response(), endOfData(1, 7, { refresh: 0, retry: 9000, expire: 10_000_000 }));
  assert.deepEqual(rig.session.timing, { refresh: 1, retry: 7200, expire: 172_800 });
  assert.ok(rig.said.some((line) => line.startsWith("note: the cache says intervals that are not allowed")));
  const good = new RtrRig().connect().cache(response(), endOfData(1, 7, { refresh: 1, retry: 1, expire: 600 }));
  assert.deepEqual(good.session.timing, { refresh: 1, retry: 1, expire: 600 });
  assert.ok(!good.said.some((line) => line.startsWith("note")), "negative: the smallest");
});

Deno.test("§6: an Expire Interval that is not larger than the others does not make data come and go", () => {
  const rig = new RtrRig().connect();
  rig.cache(response(), vrp(`+${one}`), endOfData(1, 7, { refresh: 86_400, retry: 600, expire: 600 }));
  assert.deepEqual(rig.session.timing, { refresh: 300, retry: 300, expire: 600 });
});

Deno.test("RFC 6810: version 0 has no intervals in End of Data: those of the configuration hold", () => {
  const rig = new RtrRig({ version: 0, timing: { refresh: 100, retry: 50, expire: 1000 } }).connect();
  rig.cache(response(), vrp(`+${one}`), { kind: "endOfData", sessionId: 7, serial: 3, timing: undefined }).pass(100);
  assert.ok(rig.said.includes("> serialQuery v0 7 3"));
});

Deno.test("§7: a cache that reports its lower version is asked again in that version", () => {
  const rig = new RtrRig().connect().cacheIn(1, report(RtrError.unsupportedVersion));
  assert.deepEqual(rig.said.slice(-2), ["note: the cache speaks version 1, not 2", "> resetQuery v1"]);
  rig.cacheIn(0, report(RtrError.unsupportedVersion));
  assert.equal(rig.said.at(-1), "> resetQuery v0");
  rig.cache(response(), vrp(`+${one}`), { kind: "endOfData", sessionId: 7, serial: 3, timing: undefined });
  assert.equal(rig.said.at(-1), "full 3");
});

Deno.test("§7: it may hang up after the report: the next connection begins with its version, at once", () => {
  const rig = new RtrRig().connect().cacheIn(1, report(RtrError.unsupportedVersion)).closed().pass(0);
  rig.event({ kind: "connected" });
  assert.equal(rig.said.filter((line) => line.startsWith(">")).at(-1), "> resetQuery v1");
  rig.closed().pass(599);
  assert.ok(!rig.said.includes("connecting"), "negative: once");
});

Deno.test("§7: a version that failed already, one above ours, and version 0 end the negotiation", () => {
  for (const versions of [[2], [1, 1], [1, 0, 0]] as const) {
    const rig = new RtrRig().connect();
    for (const version of versions) rig.cacheIn(version, report(RtrError.unsupportedVersion));
    assert.deepEqual(rig.said.slice(-2), ["close", "waiting"], versions.join());
    assert.equal(rig.session.connectAt, 600_000);
  }
});

Deno.test("RFC 8210 §7: a cache that hangs up without a word is asked in the next lower version", () => {
  const rig = new RtrRig().connect();
  const asked: string[] = [];
  for (let i = 0; i < 4; i++) {
    asked.push(...rig.said.filter((line) => line.startsWith(">")));
    rig.closed().pass(i < 2 ? 1 : 600).event({ kind: "connected" });
  }
  assert.deepEqual(asked, ["> resetQuery v2", "> resetQuery v1", "> resetQuery v0", "> resetQuery v2"]);
});

Deno.test("RFC 8210 §7: no other version where the cache has answered in this one before", () => {
  const rig = new RtrRig().inSync(vrp(`+${one}`)).closed().pass(5).event({ kind: "connected" }).closed().pass(5);
  rig.event({ kind: "connected" });
  assert.equal(rig.said.filter((line) => line.startsWith(">")).at(-1), "> serialQuery v2 7 1");
});

Deno.test("RFC 8210 §7: a cache that answers in its own, lower version is taken at its word", () => {
  const rig = new RtrRig().connect().cacheIn(1, response(), vrp(`+${one}`), endOfData(5));
  assert.equal(rig.said.at(-1), "full 5");
  rig.pass(3600);
  assert.ok(rig.said.includes("> serialQuery v1 7 5"));
  const delta = new RtrRig().inSync().closed().pass(5).event({ kind: "connected" }).cacheIn(1, response());
  assert.match(delta.said.join("\n"), /> error v2 4/, "negative: not as the answer to a Serial Query of version 2");
});

Deno.test("§5.1: serial numbers of another version mean nothing", () => {
  const rig = new RtrRig().inSync(vrp(`+${one}`)).closed().pass(5).event({ kind: "connected" });
  rig.cacheIn(1, report(RtrError.unsupportedVersion));
  assert.equal(rig.said.at(-1), "> resetQuery v1");
  assert.equal(rig.vrps.size, 1);
});

Deno.test("§7: a version that nobody knows is answered with error 4, but not in an Error Report", () => {
  const rig = new RtrRig().connect().octets("03 03 0007 00000008");
  assert.match(rig.said.join("\n"), /> error v2 4 about 8 octets: Cache Response of version 3, not 2/);
  const silent = new RtrRig().connect().octets("03 0a 0004 00000010 00000000 00000000");
  assert.ok(!silent.said.some((line) => line.startsWith("> error")));
  assert.equal(silent.session.state, "waiting");
});

Deno.test("§7: once there is a version, every other one ends the session with error 8", () => {
  const rig = new RtrRig().inSync().cacheIn(1, notify(2));
  assert.match(rig.said.join("\n"), /> error v2 8 about 12 octets/);
  const silent = new RtrRig().inSync().cacheIn(1, report(RtrError.corruptData));
  assert.ok(!silent.said.some((line) => line.startsWith("> error")), "but an Error Report is not answered");
  assert.equal(silent.session.state, "waiting");
});

Deno.test("§12: only error codes that the version has are sent", () => {
  const rig = new RtrRig({ version: 0 }).connect();
  rig.cache(response(), { kind: "endOfData", sessionId: 7, serial: 1, timing: undefined }).cacheIn(1, notify(2));
  assert.match(rig.said.join("\n"), /> error v0 0 about 12 octets/, "8 came with version 1");
});

Deno.test("§5.1: another Session ID ends the session, and the data of the cache go", () => {
  const wrong = [
    (rig: RtrRig) => rig.pass(3600).cache(response(8)),
    (rig: RtrRig) => rig.cache(notify(2, 8)),
    (rig: RtrRig) => rig.pass(3600).cache(response(), endOfData(2, 8)),
  ];
  for (const mistake of wrong) {
    const rig = new RtrRig().inSync(vrp(`+${one}`));
    mistake(rig);
    assert.match(rig.said.join("\n"), /> error v2 0 about \d+ octets: .* of session 8, not 7/);
    assert.equal(rig.vrps.size, 0);
    rig.pass(5).event({ kind: "connected" });
    assert.ok(rig.said.includes("> resetQuery v2"), "and are asked for again soon");
  }
  const good = new RtrRig().inSync(vrp(`+${one}`)).pass(3600).cache(response(7));
  assert.equal(good.vrps.size, 1, "negative: the same");
});

/** Mistakes of a cache that has announced `one`, and the Error Report each of them gets. */
const mistakes: readonly [string, RegExp, (rig: RtrRig) => void][] = [
  ["§12, 6: a withdrawal of what it never announced", /error v2 6 about 20/, (rig) => rig.cache(vrp(`-${two}`))],
  ["§12, 6: another AS", /error v2 6/, (rig) => rig.cache(vrp("-192.0.2.0/24-24 64497"))],
  ["§12, 6: another maximum length", /error v2 6/, (rig) => rig.cache(vrp("-192.0.2.0/24-25 64496"))],
  ["§12, 6: an ASPA", /error v2 6 about 12/, (rig) => rig.cache(aspa(false, 9))],
  ["§12, 6: a withdrawal, twice", /error v2 6/, (rig) => rig.cache(vrp(`-${one}`), vrp(`-${one}`))],
  ["§12, 7: an announcement of what it has", /error v2 7 about 20/, (rig) => rig.cache(vrp(`+${one}`))],
  ["§12, 7: twice in one answer", /error v2 7 about 32/, (rig) => rig.cache(vrp(`+${six}`), vrp(`+${six}`))],
  [
    "§5.1: a maximum length below the length",
    /error v2 0 about 20/,
    (rig) => rig.octets("02 04 0000 00000014 01 18 17 00 c6336400 0000fbf0"),
  ],
  [
    "§5.9: bits behind the prefix",
    /error v2 0/,
    (rig) => rig.octets("02 04 0000 00000014 01 18 18 00 c6336401 0000fbf0"),
  ],
  ["§12, 5: a PDU that nobody knows", /error v2 5 about 9/, (rig) => rig.octets("02 63 0000 00000009 00")],
  ["§12, 9: an ASPA without providers", /error v2 9 about 12/, (rig) => rig.octets("02 0b 0100 0000000c 00000009")],
  ["garbage", /error v2 8 about 8/, (rig) => rig.octets("474554202f20485454502f312e310d0a0d0a")],
  ["a PDU of 4 GB", /error v2 0 about 8/, (rig) => rig.octets("02 09 0000 ffffffff")],
  ["a query, as if we were the cache", /error v2 0 about 8/, (rig) => rig.cache({ kind: "resetQuery" })],
  ["a second Cache Response", /error v2 0 about 8/, (rig) => rig.cache(response())],
  [
    "too many records",
    /error v2 1 about 0 octets: more than 4 records/,
    (rig) => rig.cache(...[1, 2, 3, 4].map((i) => vrp(`+10.${i}.0.0/16-16 64496`))),
  ],
];

for (const [name, wanted, mistake] of mistakes) {
  Deno.test(`a cache that breaks a rule: ${name}`, () => {
    const rig = new RtrRig({ mostRecords: 4 }).inSync(vrp(`+${one}`)).pass(3600).cache(response(), vrp(`+${two}`));
    // What the mistake builds on is not what this answer announced.
    rig.session.data.abort();
    rig.session.data.begin(false);
    rig.said;
    mistake(rig);
    const said = rig.said;
    assert.match(said.join("\n"), wanted);
    assert.deepEqual(said.slice(-2), ["close", "waiting"]);
    assert.deepEqual([...rig.vrps], [one], "the data of the last whole answer stay");
    const isAboutAspas = said.some((line) => line.startsWith("note"));
    assert.equal(rig.session.connectAt, rig.now + (isAboutAspas ? 1000 : 600_000));
    rig.octets("ff".repeat(100)).pass(3599);
    assert.ok(rig.vrps.size === 1 && rig.session.expiresAt !== undefined);
    rig.pass(1);
    assert.equal(rig.vrps.size, 0, "until they expire");
  });
}

Deno.test("negative: the same changes without the mistakes are taken", () => {
  const rig = new RtrRig().inSync(vrp(`+${one}`)).pass(3600);
  rig.cache(response(), vrp(`+${six}`), vrp(`-${one}`), vrp(`+${one}`), aspa(true, 9, 1), aspa(true, 9, 2));
  rig.cache(aspa(false, 9), vrp(`-${one}`), endOfData(2));
  assert.deepEqual([rig.said.at(-1), [...rig.vrps], rig.aspas.size], ["changed 2", [six], 0]);
});

Deno.test("§5.5: the answer to a Reset Query withdraws nothing", () => {
  const rig = new RtrRig().connect().cache(response(), vrp(`+${one}`), vrp(`-${one}`));
  assert.match(rig.said.join("\n"), /error v2 0 about 20 octets: a withdrawal in the answer to a Reset Query/);
});

Deno.test("§5.12: an announced ASPA replaces the one before; a withdrawal may name providers", () => {
  const rig = new RtrRig().inSync(aspa(true, 9, 1, 2)).pass(3600).cache(response(), aspa(true, 9, 3), endOfData(2));
  assert.deepEqual([...rig.aspas], [[9, "3"]]);
  rig.pass(3600).cache(response()).octets("02 0b 0000 00000010 00000009 00000003").cache(endOfData(3));
  assert.equal(rig.aspas.size, 0);
});

Deno.test("a cache whose ASPAs break rules is asked for its VRPs only, for an hour", () => {
  const rig = new RtrRig().connect().cache(response(), vrp(`+${one}`)).octets("02 0b 0100 0000000c 00000009").pass(1);
  rig.event({ kind: "connected" });
  const said = rig.said;
  assert.ok(said.includes("note: the next session asks for version 1: VRPs without ASPAs"));
  assert.equal(said.at(-2), "> resetQuery v1");
  rig.cache(response(), vrp(`+${one}`), endOfData(1)).pass(3600).closed().pass(5).event({ kind: "connected" });
  assert.ok(rig.said.includes("> resetQuery v2"), "and then again for all of them");
});

Deno.test("an ASPA PDU of an earlier draft, as StayRTR 0.5.1 sends it, is named, and VRPs come without ASPAs", () => {
  const earlier = "02 0b 0000 00000018 01 00 0002 0000fbf0 0000fbf4 0000fbf5";
  const rig = new RtrRig().connect().cache(response(), vrp(`+${one}`)).octets(earlier);
  assert.match(rig.said.join("\n"), /> error v2 0 about 24 octets: the ASPA has the form of 8210bis-10/);
  rig.pass(1).event({ kind: "connected" }).cache(response(), vrp(`+${one}`), endOfData(1));
  assert.deepEqual(rig.said.slice(-4), ["asking", "receiving", "idle", "full 1"]);
  const today = new RtrRig().connect().cache(response()).octets("02 0b 0100 00000014 0000fbf0 0000fbf4 0000fbf5");
  assert.equal(today.session.state, "receiving", "negative: of today's draft");
});

Deno.test("§8.4: a cache without data is asked again once a minute, for all data", () => {
  const rig = new RtrRig().connect().cache(report(RtrError.noDataAvailable, "building"));
  assert.deepEqual(rig.said.slice(-2), ["got: No Data Available: building", "idle"]);
  rig.pass(59);
  assert.deepEqual(rig.said, []);
  rig.pass(1);
  assert.deepEqual(rig.said, ["> resetQuery v2", "asking"]);
  const lost = new RtrRig().inSync(vrp(`+${one}`)).pass(3600).cache(report(RtrError.noDataAvailable)).pass(60);
  assert.equal(lost.said.at(-2), "> resetQuery v2");
  assert.equal(lost.vrps.size, 1, "the data stay");
});

Deno.test("§8.5: Cache Restart: the session goes on after the Retry Interval", () => {
  const rig = new RtrRig().inSync(vrp(`+${one}`)).cache(report(RtrError.cacheRestart)).pass(599);
  assert.deepEqual(rig.said, ["got: Cache Restart", "close", "waiting"]);
  rig.pass(1).event({ kind: "connected" });
  assert.ok(rig.said.includes("> serialQuery v2 7 1"));
  assert.equal(rig.vrps.size, 1);
});

Deno.test("§8.6: Cache Shutdown: the data go", () => {
  const rig = new RtrRig().inSync(vrp(`+${one}`)).cache(report(RtrError.cacheShutdown));
  assert.ok(rig.said.includes("dropped: Cache Shutdown"));
  assert.equal(rig.vrps.size, 0);
});

Deno.test("§5.8: no Error Report is answered, neither a broken one nor one of a code that its version has not", () => {
  for (const wrong of ["02 0a 0002 00000014 00000008 00000000 00000000", "02 0a 00ff 00000010 00000000 00000000"]) {
    const rig = new RtrRig().inSync(vrp(`+${one}`)).octets(wrong);
    assert.ok(!rig.said.some((line) => line.startsWith(">")));
    assert.equal(rig.session.state, "waiting");
    assert.equal(rig.vrps.size, 1);
  }
});

Deno.test("§12: a fatal Error Report ends the session; the next one asks for all data", () => {
  const rig = new RtrRig().inSync(vrp(`+${one}`)).cache(report(RtrError.invalidRequest, "no")).pass(600);
  rig.event({ kind: "connected" });
  assert.ok(rig.said.includes("> resetQuery v2"));
});

Deno.test("§9, §11.4: an answer that does not come, or does not end, ends the session", () => {
  const silent = new RtrRig().connect().pass(59);
  assert.equal(silent.session.state, "asking", "negative: not sooner");
  silent.pass(1);
  assert.match(silent.said.join("\n"), /> error v2 10 about 0 octets: no answer to our query/);
  const slow = new RtrRig({ mostRecords: 1e6 }).connect().cache(response());
  for (let i = 0; slow.session.state === "receiving"; i++) slow.cache(vrp(`+10.0.${i}.0/24-24 1`)).pass(50);
  assert.equal(slow.now, 1_800_000);
  assert.equal(slow.vrps.size, 0);
  const old = new RtrRig({ version: 0 }).connect().pass(60);
  assert.ok(!old.said.some((line) => line.startsWith("> error")), "version 0 has no code for it");
});

Deno.test("a connection lost in the middle of an answer leaves no trace of it", () => {
  const rig = new RtrRig().inSync(vrp(`+${one}`)).pass(3600).cache(response(), vrp(`-${one}`), vrp(`+${two}`)).closed();
  assert.deepEqual([...rig.vrps], [one]);
  rig.pass(5).event({ kind: "connected" }).cache(response(), vrp(`-${one}`), endOfData(2));
  assert.equal(rig.vrps.size, 0, "and the next answer builds on the data in force");
});

Deno.test("a stop disconnects; the data stay until they expire", () => {
  const rig = new RtrRig().inSync(vrp(`+${one}`)).event({ kind: "stop" });
  assert.deepEqual(rig.said, ["close", "stopped"]);
  rig.pass(7199);
  assert.equal(rig.vrps.size, 1);
  rig.pass(1);
  assert.equal(rig.vrps.size, 0);
});

Deno.test("§8.1: data of an earlier run: the session goes on from them", () => {
  const old = new RtrRig().inSync(vrp(`+${one}`));
  const saved = savedCache(old.session)!;
  const rig = new RtrRig();
  restoreCache(rig.session, saved);
  rig.connect();
  assert.ok(rig.said.includes("> serialQuery v2 7 1"));
  assert.equal(rig.session.expiresAt, 7_200_000);
});

Deno.test("effects of a connection that is over are not wanted: late octets and closes do nothing", () => {
  const rig = new RtrRig().inSync().event({ kind: "stop" });
  rig.said;
  rig.octets("0103000700000008").closed().event({ kind: "connected" });
  assert.deepEqual(rig.said, []);
});
