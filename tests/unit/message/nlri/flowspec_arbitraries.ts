/** Random FlowSpec rules as octets without a length field, reserved bits included. */
import fc from "../../../support/fast_check.ts";

interface RandomComponent {
  readonly type: number;
  readonly lengths: readonly [number, number];
  readonly octets: readonly number[];
  readonly terms: readonly { readonly operator: number; readonly size: number }[];
}

const octet = fc.integer({ min: 0, max: 255 });

const component: fc.Arbitrary<RandomComponent> = fc.record({
  type: fc.integer({ min: 1, max: 13 }),
  lengths: fc.tuple(octet, octet),
  octets: fc.array(octet, { minLength: 8, maxLength: 8 }),
  terms: fc.array(fc.record({ operator: octet, size: fc.integer({ min: 0, max: 3 }) }), { minLength: 1, maxLength: 4 }),
});

/** Makes the octets of IPv4, or of IPv6 (`wide`). */
export const randomRule: fc.Arbitrary<(wide: boolean) => number[]> = fc
  .uniqueArray(component, { minLength: 1, maxLength: 6, selector: ({ type }) => type })
  .map((components) => (wide) => {
    const known = components.filter(({ type }) => wide || type < 13).sort((a, b) => a.type - b.type);
    const octets = known.flatMap((each) => [each.type, ...each.type <= 2 ? prefix(each, wide) : terms(each)]);
    return octets.length === 0 ? [3, 0x81, 6] : octets;
  });

function prefix({ lengths, octets }: RandomComponent, wide: boolean): number[] {
  if (!wide) {
    const length = lengths[0] % 33;
    return [length, ...octets.slice(0, (length + 7) >> 3)];
  }
  const length = lengths[0] % 129;
  const offset = length === 0 ? 0 : lengths[1] % length;
  const size = (length - offset + 7) >> 3;
  return [length, offset, ...[...octets, ...octets].slice(0, size)];
}

/** Sizes that the component may have (RFC 8955 §4.2.2). */
function terms({ type, octets, terms }: RandomComponent): number[] {
  return terms.flatMap(({ operator, size }, i) => {
    const log = type === 11 || type === 12 ? 0 : type === 9 ? size & 1 : size;
    const end = i === terms.length - 1 ? 0x80 : 0;
    return [(operator & 0x4f) | (log << 4) | end, ...octets.slice(0, 1 << log)];
  });
}
