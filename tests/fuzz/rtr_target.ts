/** What an RPKI cache sends, with any content: PDUs one by one, and the session that reads them. */
import assert from "node:assert/strict";
import { decodePdu, encodePdu, isRtrVersion, RtrFramer } from "../../src/rpki/mod.ts";
import { fromHex } from "../golden/golden.ts";
import { aspa, endOfData, notify, report, response, RtrRig, vrp } from "../support/rtr_rig.ts";
import { edit, join } from "./mutate.ts";
import type { Random } from "./random.ts";
import type { Target } from "./harness.ts";

const pdus: Target = {
  name: "RTR PDUs",
  run(bytes, start, end) {
    const framer = new RtrFramer();
    framer.push(bytes.subarray(start, end));
    const said: string[] = [];
    for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
      if (frame.kind === "broken") said.push(frame.fault.text);
      else if (isRtrVersion(frame.bytes[0]!)) said.push(readPdu(frame.bytes));
    }
    return said.join("\n");
  },
};

function readPdu(bytes: Uint8Array): string {
  const pdu = decodePdu(bytes);
  if (pdu.kind === "fault") return `${pdu.code} ${pdu.text}`;
  // The providers in a withdrawal have no meaning, and octets that are no UTF-8 become a sign.
  const plain = pdu.kind === "aspa" && !pdu.announce ? { ...pdu, aspa: { ...pdu.aspa, providers: [] } } : pdu;
  if (pdu.kind !== "errorReport") assert.deepEqual(decodePdu(encodePdu(pdu)), plain);
  else assert.ok(encodePdu(pdu).length <= 65_535);
  return JSON.stringify(pdu);
}

const session: Target = {
  name: "RTR session",
  run(bytes, start, end) {
    const third = start + Math.trunc((end - start) / 3);
    const whole = play([bytes.subarray(start, end)]);
    assert.equal(play([bytes.subarray(start, third), bytes.subarray(third, end)]), whole, "cut in two");
    return whole;
  },
};

/** The same octets at the moments when a cache may send some. */
function play(chunks: readonly Uint8Array[]): string {
  const moments = [
    new RtrRig().connect(),
    new RtrRig({ version: 0 }).connect().cache(response()),
    new RtrRig().inSync(vrp(first), aspa(true, 9, 1)),
    new RtrRig().inSync(vrp(first), aspa(true, 9, 1)).pass(3600).cache(response()),
  ];
  return moments.map((rig) => {
    rig.said;
    for (const chunk of chunks) rig.octets(chunk);
    const said = [...rig.said, ...rig.vrps, ...rig.aspas.keys()];
    // Whatever it was: without an answer, data are gone when they expire, and the next query is a new start.
    rig.event({ kind: "stop" }).pass(200_000);
    assert.deepEqual([rig.vrps.size, rig.aspas.size], [0, 0]);
    rig.connect();
    assert.match(rig.said.join("\n"), /> resetQuery v\d/);
    return said.join("\n");
  }).join("\n\n");
}

const first = "+192.0.2.0/24-24 64496";
export const rtrTargets: readonly Target[] = [pdus, session];

/** Octets change, and PDUs come in another order. */
export function mutateRtr(random: Random, input: Uint8Array): Uint8Array {
  const edited = random.chance(3) ? input : edit(random, input);
  return random.chance(3) ? join([edited, random.pick(seeds)]).subarray(0, 2000) : edited;
}

export function rtrSeeds(): readonly Uint8Array[] {
  return seeds;
}

const bodies = [
  [response(), vrp("+198.51.100.0/24-26 64497"), vrp("+2001:db8::/32-48 64496"), endOfData(2)],
  [vrp("+198.51.100.0/24-26 64497"), vrp("-192.0.2.0/24-24 64496"), endOfData(2)],
  [aspa(true, 64496, 1, 2), aspa(false, 9), endOfData(3)],
  [notify(5)],
  [{ kind: "cacheReset" } as const, response(8), endOfData(1, 8)],
  [report(2, "no data yet"), response(), endOfData(1)],
  [report(12)],
];

const seeds = [
  ...bodies.map((list) => join(list.map((body) => encodePdu({ version: 2, ...body })))),
  encodePdu({ version: 1, ...report(4, "version 1 only") }),
  join([encodePdu({ version: 0, ...response() }), encodePdu({ version: 0, ...endOfData(4) })]),
  encodePdu({
    version: 1,
    kind: "routerKey",
    announce: true,
    asn: 64496,
    keyId: new Uint8Array(20),
    publicKey: fromHex("3003020101"),
  }),
  // An ASPA of an earlier draft.
  fromHex("02 0b 0000 00000018 01 00 0002 00000009 00000001 00000002"),
];
