/**
 * Every BGP message of the captures in `../shared/data/pcap`, read by us and by tshark, field by field: header, OPEN
 * and capabilities, path attributes, prefixes, NOTIFICATION, ROUTE-REFRESH. Each difference has its explanation.
 */
import assert from "node:assert/strict";
import { decodeOpen, MessageType, type Open, type UpdateContext } from "../../src/message/mod.ts";
import { allFamilies, familyByCode, familyMask } from "../../src/types/mod.ts";
import { type CapturedMessage, readCapture } from "../support/capture.ts";
import { walk } from "../support/files.ts";
import { findProgram } from "../support/process.ts";
import { hasShared, sharedPath } from "../support/shared_data.ts";
import { testContext } from "../support/update_view.ts";
import { assertSameFacts } from "./pcap/compare.ts";
import { type OurMessage, readOurselves } from "./pcap/ours.ts";
import { readWithTshark, type TsharkMessage } from "./pcap/tshark.ts";
import { peersRequired } from "./peers/mod.ts";

const title = "every captured message agrees with tshark";
const tshark = await findProgram("tshark");
const present = hasShared(title, "pcap");
if (tshark === undefined && !peersRequired) console.error(`SKIPPED: ${title}: not installed: tshark`);
const able = present && (tshark !== undefined || peersRequired);

/** Messages that we do not accept as they are, by file and place, and why. */
const explained: ReadonlyMap<string, string> = new Map([
  [
    "ryu/flowspec_nlri_ipv6.pcap #0",
    "rules of a draft: behind an offset they have more octets than RFC 8956 §3.1; tshark reads the draft",
  ],
  ["ryu/flowspec_nlri_vpn6.pcap #0", "the same in a VPN"],
  [
    "tcpdump/bgp-addpath.pcap #0",
    "made by hand: MP_UNREACH_NLRI stands there twice, which resets a session (RFC 7606 §3g)",
  ],
]);

/** Messages of families we do not carry: how many of each AFI/SAFI. We step over them whole. */
const otherFamilies: Readonly<Record<string, number>> = {
  "25/134": 1, // L2VPN flow specification
};

const tally = { messages: 0, opens: 0, updates: 0, notifications: 0, refreshes: 0, explained: 0 };
const others: Record<string, number> = {};

for (const file of able ? await captures() : []) {
  Deno.test(`tshark and we read the same in ${file}`, async () => {
    assert.ok(tshark !== undefined, "tshark is not installed");
    const theirs = await readWithTshark(tshark, sharedPath(`pcap/${file}`));
    const ours = readCapture(await Deno.readFile(sharedPath(`pcap/${file}`)));
    assert.deepEqual(
      ours.map(({ frame, type }) => `${frame}: ${type}`),
      theirs.map(({ frame, facts }) => `${frame}: ${facts.type}`),
      "the messages, by packet and type",
    );
    const opens = new Map<string, Open>();
    for (const [i, message] of ours.entries()) {
      const oracle = theirs[i]!;
      if (message.type === MessageType.open) remember(opens, message);
      const mine = readOurselves(message.bytes, contextOf(opens, message, oracle));
      compare(`${file} #${i}`, message.bytes, mine, oracle);
    }
  });
}

Deno.test({
  name: "all captured messages were compared; the families left for later are these",
  ignore: !able,
  fn() {
    assert.deepEqual(tally, {
      messages: 373,
      opens: 45,
      updates: 199,
      notifications: 5,
      refreshes: 5,
      explained: explained.size,
    });
    assert.deepEqual(others, otherFamilies);
  },
});

async function captures(): Promise<string[]> {
  const folder = sharedPath("pcap");
  const files: string[] = [];
  for await (const path of walk(folder)) {
    if (/\.(cap|pcap|pcapng)$/.test(path)) files.push(path.slice(folder.length + 1));
  }
  return files;
}

function remember(opens: Map<string, Open>, { stream, bytes }: CapturedMessage): void {
  const result = decodeOpen(bytes);
  assert.ok(result.kind === "open");
  opens.set(stream, result.open);
}

/** From both OPENs where the capture has them, otherwise from what tshark takes the message for. */
function contextOf(opens: ReadonlyMap<string, Open>, message: CapturedMessage, oracle: TsharkMessage): UpdateContext {
  const [sender, receiver] = [opens.get(message.stream), opens.get(message.reverse)];
  const all = allFamilies;
  if (sender === undefined || receiver === undefined) {
    return testContext({
      families: all,
      fourOctetAs: oracle.fourOctetAs,
      addPathReceive: oracle.addPath ? all : 0,
      extendedNextHop: all,
    });
  }
  const both = (kind: string) => [sender, receiver].every((open) => open.capabilities.some((one) => one.kind === kind));
  const paths = (open: Open, way: "send" | "receive") =>
    familyMask(
      open.capabilities.flatMap((capability) =>
        capability.kind === "addPath"
          ? capability.families.filter((family) => family[way]).flatMap(({ afi, safi }) =>
            familyByCode(afi, safi)?.id ?? []
          )
          : []
      ),
    );
  return testContext({
    families: all,
    fourOctetAs: both("fourOctetAs"),
    addPathReceive: paths(sender, "send") & paths(receiver, "receive"),
    extendedNextHop: both("extendedNextHop") ? all : 0,
  });
}

function compare(place: string, bytes: Uint8Array, mine: OurMessage, oracle: TsharkMessage): void {
  tally.messages++;
  const why = explained.get(place);
  if (why !== undefined) {
    tally.explained++;
    assert.throws(() => compareFacts(place, bytes, mine, oracle), assert.AssertionError, why);
    return;
  }
  compareFacts(place, bytes, mine, oracle);
}

function compareFacts(place: string, bytes: Uint8Array, mine: OurMessage, oracle: TsharkMessage): void {
  const { facts } = mine;
  if (facts.open !== undefined) tally.opens++;
  if (facts.notification !== undefined) tally.notifications++;
  if (facts.routeRefresh !== undefined) tally.refreshes++;
  if (facts.update !== undefined) tally.updates++;
  const otherFamily = facts.update?.otherFamily;
  if (otherFamily !== undefined) others[otherFamily] = (others[otherFamily] ?? 0) + 1;
  assertSameFacts(place, bytes, mine, oracle);
}
