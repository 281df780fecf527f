/** What an OLD speaker, one that knows two octets an ASN only, gets to see (RFC 6793 §4.2.2). */

import { AS_TRANS } from "../types/mod.ts";
import { encodeAggregator } from "./attribute/aggregator.ts";
import { encodeSegments, SegmentType } from "./attribute/as_path.ts";
import { OPTIONAL_TRANSITIVE } from "./attribute/attribute.ts";
import { decodeAttributeSet, encodeAttributeSet } from "./attribute_set.ts";
import { AttributeCode } from "./code_points.ts";

/**
 * A canonical set with two octets an ASN: AS_TRANS where that is not enough, the truth in AS4_PATH and AS4_AGGREGATOR
 * then. Not canonical any more.
 */
export function toTwoOctets(setWire: Uint8Array): Uint8Array {
  const set = decodeAttributeSet(setWire);
  const extra = [...set.unknown];
  const { asPath, aggregator } = set;
  set.asPath = [];
  set.aggregator = undefined;
  if (asPath.some(({ asns }) => asns.some(isWide))) {
    // "the AS4_PATH attribute … SHALL NOT" carry confederation segments.
    const visible = asPath.filter(({ type }) => type === SegmentType.set || type === SegmentType.sequence);
    if (visible.some(({ asns }) => asns.some(isWide))) {
      extra.push({ flags: OPTIONAL_TRANSITIVE, code: AttributeCode.as4Path, value: encodeSegments(visible, 4) });
    }
  }
  if (aggregator !== undefined) {
    const value = encodeAggregator({ ...aggregator, asn: narrow(aggregator.asn) }).subarray(2);
    extra.push({ flags: OPTIONAL_TRANSITIVE, code: AttributeCode.aggregator, value });
    if (isWide(aggregator.asn)) {
      extra.push({
        flags: OPTIONAL_TRANSITIVE,
        code: AttributeCode.as4Aggregator,
        value: encodeAggregator(aggregator),
      });
    }
  }
  const path = encodeSegments(asPath.map(({ type, asns }) => ({ type, asns: asns.map(narrow) })), 2);
  return encodeAttributeSet({ ...set, unknown: extra }, path);
}

function isWide(asn: number): boolean {
  return asn > 0xffff;
}

function narrow(asn: number): number {
  return isWide(asn) ? AS_TRANS : asn;
}
