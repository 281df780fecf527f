/**
 * The golden UPDATEs, read by us and by tshark. The values in `updates.json` come from our own decoder; tshark is the
 * second opinion about them.
 */
import assert from "node:assert/strict";
import { type Capability, encodeOpen } from "../../src/message/mod.ts";
import { families, parseIpv4Number } from "../../src/types/mod.ts";
import { fromHex, readGolden } from "../golden/golden.ts";
import { goldenSession, goldenSessions } from "../golden/sessions.ts";
import { readCapture } from "../support/capture.ts";
import { type SentMessage, writeCapture } from "../support/capture_writer.ts";
import { findProgram } from "../support/process.ts";
import { assertSameFacts } from "./pcap/compare.ts";
import { readOurselves } from "./pcap/ours.ts";
import { readWithTshark } from "./pcap/tshark.ts";
import { peersRequired } from "./peers/mod.ts";

const tshark = findProgram("tshark");
if (tshark === undefined && !peersRequired) {
  console.error("SKIPPED: golden UPDATEs against tshark: it is not installed");
}

const notNegotiated = "tshark prints the routes of families that were not negotiated";
const notCompared = "the facts of both sides leave this attribute out, but tshark's say that it is there";

/** Rows whose facts differ from those of tshark, and why. */
const explained: ReadonlyMap<string, string> = new Map([
  [
    "both families in one message",
    "the attributes of one family are compared: of NLRI by us, of MP_REACH_NLRI by tshark",
  ],
  [
    "COMMUNITIES: two well-known ones and one of an AS",
    "tshark prints names in place of the numbers of well-known ones",
  ],
  ["IPV6_EXTENDED_COMMUNITIES (RFC 5701)", notCompared],
  ["AIGP (RFC 7311)", notCompared],
  [
    "AS4_PATH that is longer than AS_PATH is ignored",
    "tshark prints both paths and does not merge them (RFC 6793 §4.2.3)",
  ],
  ["AS4_AGGREGATOR takes the place of AGGREGATOR with AS_TRANS", "tshark prints both and does not merge them"],
  [
    "a session without IPv6 steps over an MP_REACH_NLRI of IPv6 (RFC 4760 §7)",
    notNegotiated,
  ],
  ["a family that was not negotiated: VPN-IPv4", notNegotiated],
  ["a family that was not negotiated: VPN-IPv6", notNegotiated],
  ["a family that was not negotiated: IPv4 FlowSpec", notNegotiated],
  ["a family that was not negotiated: EVPN", notNegotiated],
  ["a family that was not negotiated: labelled IPv4", notNegotiated],
]);

/** The OPEN of either side, so that tshark knows what the two agreed on. */
function openOf(session: string, asn: number, routerId: string): Uint8Array {
  const context = goldenSession(session);
  const capabilities: Capability[] = families.map(({ afi, safi }) => ({ kind: "multiprotocol", afi, safi }));
  if (context.fourOctetAs) capabilities.push({ kind: "fourOctetAs", asn });
  if (context.addPathReceive !== 0) {
    const all = families.map(({ afi, safi }) => ({ afi, safi, send: true, receive: true }));
    capabilities.push({ kind: "addPath", families: all });
  }
  return encodeOpen({ version: 4, asn, holdTimeSeconds: 90, routerId: parseIpv4Number(routerId)!, capabilities });
}

const sound = readGolden("updates.json").filter(({ value }) => {
  const { verdict, faults } = value as { verdict: string; faults: readonly string[] };
  return verdict === "accept" && faults.length === 0;
});

Deno.test("every explained row is a golden UPDATE", () => {
  const known = new Set(sound.map(({ description }) => description));
  assert.deepEqual([...explained.keys()].filter((description) => !known.has(description)), []);
});

for (const [connection, session] of Object.keys(goldenSessions).entries()) {
  const rows = sound.filter((row) => row.session === session);
  Deno.test({
    name: `golden UPDATEs, session ${session}: tshark and we read the same`,
    ignore: tshark === undefined && !peersRequired,
    async fn(t) {
      assert.ok(tshark !== undefined, "tshark is not installed");
      assert.ok(rows.length > 0);
      const { localAsn, remoteAsn } = goldenSession(session);
      const sent: SentMessage[] = [
        { connection, byClient: true, bytes: openOf(session, remoteAsn, "10.0.0.2") },
        { connection, byClient: false, bytes: openOf(session, localAsn, "10.0.0.1") },
        ...rows.map(({ hex }) => ({ connection, byClient: true, bytes: fromHex(hex) })),
      ];
      const file = await Deno.makeTempFile({ prefix: "bgpd-golden-", suffix: ".pcap" });
      try {
        const capture = writeCapture(sent);
        await Deno.writeFile(file, capture);
        const messages = readCapture(capture);
        const theirs = await readWithTshark(tshark, file);
        assert.deepEqual([messages.length, theirs.length], [sent.length, sent.length], "messages in the capture");
        for (const [i, { description }] of rows.entries()) {
          const { bytes } = messages[i + 2]!;
          await t.step(description, () => {
            const compare = () =>
              assertSameFacts(description, bytes, readOurselves(bytes, goldenSession(session)), theirs[i + 2]!);
            const why = explained.get(description);
            if (why === undefined) compare();
            else assert.throws(compare, assert.AssertionError, why);
          });
        }
      } finally {
        await Deno.remove(file);
      }
    },
  });
}
