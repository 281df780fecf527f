/**
 * OLD speakers, whose ASNs have two octets (RFC 6793 §4.2): what we send them, and how to read what they send.
 */

import { AS_TRANS, readUint16, readUint32 } from "../types/mod.ts";
import { encodeAggregator } from "./attribute/aggregator.ts";
import { mergeAs4Path } from "./attribute/as4_path.ts";
import { decodeSegments, encodeSegments } from "./attribute/as_path.ts";
import { OPTIONAL_TRANSITIVE, type WireAttribute } from "./attribute/header.ts";
import { SegmentType } from "./attribute/set.ts";
import { decodeAttributeSet, encodeAttributeSet } from "./attribute_set.ts";
import { AttributeCode } from "./code_points.ts";

/**
 * A canonical set with two octets for each ASN. A larger ASN becomes AS_TRANS, and AS4_PATH and AS4_AGGREGATOR carry
 * the real one. The result is no longer canonical.
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

/**
 * RFC 6793 §4.2.3: attributes of an OLD speaker with four octets for each ASN, the AS4_* attributes merged into them.
 */
export function toFourOctets(attributes: readonly WireAttribute[]): WireAttribute[] {
  const find = (code: number) => attributes.find((attribute) => attribute.code === code);
  const aggregator = find(AttributeCode.aggregator)?.value;
  const as4Aggregator = find(AttributeCode.as4Aggregator)?.value;
  const as4Path = find(AttributeCode.as4Path)?.value;
  const aggregatorAsn = aggregator === undefined ? AS_TRANS : readUint16(aggregator, 0);
  // "If the AS number in AGGREGATOR is not AS_TRANS", an OLD speaker has aggregated since: the AS4_* attributes are
  // outdated.
  const outdated = as4Aggregator !== undefined && aggregatorAsn !== AS_TRANS;
  return attributes.flatMap((attribute) => {
    const { code, value } = attribute;
    if (code === AttributeCode.as4Path || code === AttributeCode.as4Aggregator) return [];
    if (code === AttributeCode.asPath) {
      const path = decodeSegments(value, 0, value.length, 2);
      const real = as4Path === undefined || outdated
        ? path
        : mergeAs4Path(path, decodeSegments(as4Path, 0, as4Path.length, 4));
      return [{ ...attribute, value: encodeSegments(real, 4) }];
    }
    if (code === AttributeCode.aggregator) {
      if (as4Aggregator !== undefined && !outdated) return [{ ...attribute, value: as4Aggregator }];
      const address = readUint32(value, 2);
      return [{ ...attribute, value: encodeAggregator({ asn: aggregatorAsn, address }) }];
    }
    return [attribute];
  });
}
