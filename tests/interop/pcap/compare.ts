/** Our reading of a message against that of tshark. */
import assert from "node:assert/strict";
import { toHex } from "../../golden/golden.ts";
import type { UpdateFacts } from "./facts.ts";
import type { OurMessage } from "./ours.ts";
import type { TsharkMessage } from "./tshark.ts";

/** `place` names the message where they differ. Of a family that is not ours only the name is compared. */
export function assertSameFacts(
  place: string,
  bytes: Uint8Array,
  { facts, view }: OurMessage,
  { facts: theirs, as4Path }: TsharkMessage,
): void {
  if (facts.update === undefined || theirs.update === undefined) return assert.deepEqual(facts, theirs, place);
  if (view!.verdict === "treatAsWithdraw" && view!.faults.every(({ text }) => text.endsWith(" is missing"))) {
    // Captures with one attribute in each message: what they announce is withdrawn.
    const { withdrawn, announced } = theirs.update;
    return assert.deepEqual(facts.update.withdrawn, [...withdrawn, ...announced], place);
  }
  assert.equal(view!.verdict, "accept", `${place}: ${view!.faults.map(({ text }) => text).join("; ")}`);
  const { otherFamily } = facts.update;
  if (otherFamily !== undefined) return assert.equal(theirs.update.otherFamily, otherFamily, place);
  assert.deepEqual(facts, { ...theirs, update: merged(withOctets(theirs.update, bytes), as4Path) }, place);
}

/** tshark names places in the message; these are the octets there. */
function withOctets(update: UpdateFacts, bytes: Uint8Array): UpdateFacts {
  const places = update.attributes["extCommunities"];
  if (places === undefined) return update;
  const extCommunities = places.replace(/@(\d+)/g, (_, at: string) => toHex(bytes.slice(Number(at), Number(at) + 8)));
  return { ...update, attributes: { ...update.attributes, extCommunities } };
}

/** RFC 6793 §4.2.3: what AS4_PATH leaves of AS_PATH. We keep the merged path, tshark shows both. */
function merged(update: UpdateFacts, as4Path: string | undefined): UpdateFacts {
  if (as4Path === undefined) return update;
  const [old, real] = [update.attributes["asPath"]!.split(" "), as4Path.split(" ")];
  const asPath = [...old.slice(0, old.length - real.length), ...real].join(" ");
  return { ...update, attributes: { ...update.attributes, asPath } };
}
