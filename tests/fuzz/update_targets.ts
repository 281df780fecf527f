/** UPDATEs in every kind of session: scanned, validated, and encoded again as the RIB would. */
import assert from "node:assert/strict";
import {
  CodecCursor,
  decodeAttributeSet,
  encodeAttributeSet,
  encodeNotification,
  type Fault,
  hashAttributes,
  type NlriBlock,
  NlriCursor,
  type SessionEnds,
  type UpdateContext,
  UpdateEncoder,
  UpdateScanner,
  withNlriValue,
} from "../../src/message/mod.ts";
import { allFamilies, familyOf } from "../../src/types/mod.ts";
import { testContext } from "../support/update_view.ts";
import { octetText as toHex, type Target } from "./harness.ts";

const all = allFamilies;
const ends: SessionEnds = { local: Uint8Array.of(10, 0, 0, 1), remote: Uint8Array.of(10, 0, 0, 2) };

const sessions: Readonly<Record<string, { readonly context: UpdateContext; readonly ends?: SessionEnds }>> = {
  "iBGP": { context: testContext() },
  "eBGP": { context: testContext({ internal: false, remoteAsn: 65001 }), ends },
  "eBGP, first AS enforced": { context: testContext({ internal: false, remoteAsn: 65001, enforceFirstAs: true }) },
  "2-octet eBGP": { context: testContext({ internal: false, fourOctetAs: false }), ends },
  "2-octet iBGP, 4096 octets": { context: testContext({ fourOctetAs: false, maxMessageBytes: 4096 }) },
  "every family": { context: testContext({ families: all, extendedNextHop: all }), ends },
  "every family, ADD-PATH": { context: testContext({ families: all, addPathReceive: all, addPathSend: all }) },
  "ADD-PATH": { context: testContext({ addPathReceive: all, addPathSend: all }) },
  "IPv4 only, IPv6 next hops": { context: testContext({ families: 1 << 1, extendedNextHop: 1 << 1 }) },
};

export const updateTargets: readonly Target[] = Object.entries(sessions).map(([name, session]) => {
  // One scanner for all messages, as in a session: what one leaves behind must not reach the next.
  const scanner = new UpdateScanner(session.context, session.ends);
  return {
    name: `update, ${name}`,
    run: (bytes, start, end) => readUpdate(scanner, session.context, bytes, start, end),
  };
});

function readUpdate(
  scanner: UpdateScanner,
  context: UpdateContext,
  bytes: Uint8Array,
  start: number,
  end: number,
): string {
  const said: string[] = [];
  if (scanner.scan(bytes, start, end) === "fault") {
    const fault = scanner.fault!;
    assert.notEqual(fault.action, "attributeDiscard", "a scan has nothing to discard");
    if (fault.action === "sessionReset") assert.equal(scanner.blockCount, 0);
    return [describe(fault), ...prefixes(scanner, bytes, start, end)].join("\n");
  }
  said.push(`end-of-RIB ${scanner.endOfRib}`, scanner.notice === undefined ? "" : describe(scanner.notice));
  if (scanner.familyFault !== undefined) {
    assert.equal(scanner.familyFault.action, "familyDisable");
    said.push(describe(scanner.familyFault));
  }
  let parts = 0;
  do {
    assert.ok(++parts <= 2, "a message has two parts at most");
    const nlri = prefixes(scanner, bytes, start, end);
    const { lookupFirst, setLength, setHash } = scanner;
    said.push(...nlri);
    // Neither routes nor attributes: there is no set to ask about.
    if (setLength === 0 && !nlri.some((line) => line.startsWith("+"))) continue;
    assert.equal(hashAttributes(scanner.setBytes, 0, setLength), setHash);
    said.push(`look-up ${lookupFirst}`, toHex(scanner.setBytes.subarray(0, setLength)));
    const verdict = scanner.validate();
    said.push(verdict.kind);
    if (verdict.kind === "sessionReset") {
      assert.equal(verdict.fault.action, "sessionReset");
      said.push(describe(verdict.fault));
      break;
    }
    if (verdict.kind === "treatAsWithdraw") {
      assert.ok(verdict.faults.some(({ action }) => action === "treatAsWithdraw"));
      said.push(...verdict.faults.map(describe));
      continue;
    }
    assert.ok(verdict.discarded.every(({ action }) => action === "attributeDiscard"));
    said.push(...verdict.discarded.map(describe));
    const kept = scanner.setBytes.slice(0, scanner.setLength);
    assert.equal(hashAttributes(kept, 0, kept.length), scanner.setHash);
    said.push(toHex(kept));
    const announces = nlri.some((line) => line.startsWith("+"));
    checkSet(kept, announces);
    if (announces) checkPassedOn(kept, scanner, bytes, context);
  } while (scanner.nextPart());
  return said.join("\n");
}

function describe(fault: Fault): string {
  assert.ok(encodeNotification(fault.notification).length <= 4096);
  const { code, subcode, data } = fault.notification;
  return `${fault.action} ${fault.code} ${fault.text} ${fault.rfc} ${code}/${subcode} ${toHex(data)}`;
}

/** `+` before what is announced, `-` before what is withdrawn. */
function prefixes(scanner: UpdateScanner, bytes: Uint8Array, start: number, end: number): string[] {
  const lines: string[] = [];
  const cursor = new NlriCursor();
  for (const block of scanner.blocks.slice(0, scanner.blockCount)) {
    const { family: id, withdraw, addPath, start: from, end: to } = block;
    assert.ok(start < from && from < to && to <= end, `a block at ${from}-${to} of ${start}-${end}`);
    if (block.codec !== undefined) {
      eachNlri(bytes, block, (line) => lines.push(line));
      continue;
    }
    const bits = familyOf(id).addressBytes * 8;
    cursor.reset(bytes, from, to, id, addPath);
    while (cursor.next()) {
      const { w0, w1, w2, w3, length, pathId } = cursor;
      assert.ok(length >= 0 && length <= bits);
      assert.equal(pathId !== -1, addPath);
      for (const [i, word] of [w0, w1, w2, w3].slice(0, bits / 32).entries()) {
        assert.equal(word, word | 0, "a word has 32 bits");
        const own = Math.min(32, Math.max(0, length - 32 * i));
        assert.equal(own === 32 ? 0 : word & (0xffffffff >>> own), 0, "host bits are cleared");
      }
      lines.push(`${withdraw ? "-" : "+"} ${id} ${w0} ${w1} ${w2} ${w3}/${length} ${pathId}`);
    }
  }
  return lines;
}

/** The NLRI of a block that a codec reads: key and value in hexadecimal. */
function eachNlri(bytes: Uint8Array, block: NlriBlock, visit: (line: string, cursor: CodecCursor) => void): void {
  const cursor = new CodecCursor();
  cursor.reset(block.codec!, bytes, block.start, block.end, block.addPath, block.withdraw);
  while (cursor.next()) {
    const { key, value, pathId } = cursor;
    assert.equal(pathId !== -1, block.addPath);
    visit(`${block.withdraw ? "-" : "+"} ${block.family} ${toHex(key)} ${toHex(value)} ${pathId}`, cursor);
  }
}

/** `decode(encode(x)) = x`, and the wire form is canonical: one attribute a code, ascending. */
function checkSet(wire: Uint8Array, ofRoutes: boolean): void {
  const encoded = encodeAttributeSet(decodeAttributeSet(wire));
  assert.ok(sameOctets(encodeAttributeSet(decodeAttributeSet(encoded)), encoded), "decode and encode are inverse");
  // Without AS_PATH, which no route lacks, the path is empty.
  if (ofRoutes && !hasAigp(wire)) {
    assert.ok(sameOctets(withoutPartial(encoded), withoutPartial(wire)), "and lose nothing");
  }
  let last = -1;
  for (let at = 0; at < wire.length;) {
    const long = (wire[at]! & 0x10) !== 0;
    const code = wire[at + 1]!;
    const length = long ? wire[at + 2]! * 256 + wire[at + 3]! : wire[at + 2]!;
    assert.ok(code > last, "ascending");
    assert.equal(long, length > 255, "the shortest header");
    last = code;
    at += (long ? 4 : 3) + length;
    assert.ok(at <= wire.length);
  }
}

/** What we would send on is understood by a speaker like us: the same prefixes, the same attributes. */
function checkPassedOn(kept: Uint8Array, scanner: UpdateScanner, bytes: Uint8Array, context: UpdateContext): void {
  const ours = testContext({
    families: all,
    addPathSend: context.addPathReceive,
    addPathReceive: context.addPathReceive,
    extendedNextHop: all,
  });
  const encoder = new UpdateEncoder(ours);
  const cursor = new NlriCursor();
  const sent: string[] = [];
  for (const block of scanner.blocks.slice(0, scanner.blockCount)) {
    if (block.withdraw) continue;
    if (block.codec !== undefined) {
      eachNlri(bytes, block, (line, { key, value, pathId }) => {
        encoder.begin(withNlriValue(kept, value), block.family);
        encoder.addNlri(key, pathId);
        sent.push(line);
      });
      continue;
    }
    encoder.begin(kept, block.family);
    cursor.reset(bytes, block.start, block.end, block.family, block.addPath);
    while (cursor.next()) {
      const { w0, w1, w2, w3, length, pathId } = cursor;
      encoder.add(w0, w1, w2, w3, length, pathId);
      sent.push(`+ ${block.family} ${w0} ${w1} ${w2} ${w3}/${length} ${pathId}`);
    }
  }
  const stream = encoder.take();
  // Octets of the message's own that we write longer: two-octet ASNs, a header of MP_REACH_NLRI.
  if (encoder.withheld > 0) return;
  const receiver = new UpdateScanner(ours);
  const received: string[] = [];
  for (let at = 0; at < stream.length;) {
    const end = at + stream[at + 16]! * 256 + stream[at + 17]!;
    assert.equal(receiver.scan(stream, at, end), "ok");
    received.push(...prefixes(receiver, stream, at, end));
    const verdict = receiver.validate();
    assert.ok(verdict.kind === "accept" && verdict.discarded.length === 0);
    // The Partial bit may be set on the way (RFC 4271 §5).
    const set = receiver.setBytes.subarray(0, receiver.setLength);
    assert.ok(sameOctets(withoutPartial(set), withoutPartial(kept)));
    at = end;
  }
  assert.equal(received.join("\n"), sent.join("\n"));
}

function withoutPartial(wire: Uint8Array): Uint8Array {
  const copy = wire.slice();
  for (let at = 0; at < copy.length;) {
    const long = (copy[at]! & 0x10) !== 0;
    const length = long ? copy[at + 2]! * 256 + copy[at + 3]! : copy[at + 2]!;
    copy[at] = copy[at]! & ~0x20;
    at += (long ? 4 : 3) + length;
  }
  return copy;
}

function sameOctets(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

/** Of several AIGP TLVs the value has the first one (RFC 7311 §3). */
function hasAigp(wire: Uint8Array): boolean {
  return decodeAttributeSet(wire).aigp !== undefined;
}
