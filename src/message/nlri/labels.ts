/**
 * The labels at the front of an NLRI (RFC 8277 §2): three octets each, of which 20 bits are the label and the last bit
 * (S) marks the bottom of the stack.
 */

export const LABEL_BYTES = 3;
const LABEL_BITS = 8 * LABEL_BYTES;
/** The bottom of the stack. */
const S_BIT = 1;
/** In place of the labels of a withdrawn route (RFC 8277 §2.4), and in older speakers. */
const compatibility = [0x800000, 0x000000];

function labelAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

/**
 * How many labels stand at `at`, in front of at least `rest` more bits of an NLRI that has `bits` bits; 0: no label
 * fits.
 *
 * RFC 8277 §2.2 says one label, whatever its S bit, unless both speakers have announced the Multiple Labels Capability.
 * FRR, GoBGP, BIRD and ExaBGP send and read labels up to the S bit without it. So does this: where no label has the S
 * bit, there is one label.
 */
export function countLabels(bytes: Uint8Array, at: number, bits: number, rest: number, withdrawn: boolean): number {
  const most = Math.floor((bits - rest) / LABEL_BITS);
  if (most <= 1 || withdrawn && compatibility.includes(labelAt(bytes, at))) return Math.min(most, 1);
  for (let count = 1; count <= most; count++) {
    if ((labelAt(bytes, at + LABEL_BYTES * (count - 1)) & S_BIT) !== 0) return count;
  }
  return 1;
}

/** Labels as numbers of 24 bits. */
export function readLabels(bytes: Uint8Array, at: number, count: number): number[] {
  const labels: number[] = [];
  for (let i = 0; i < count; i++) labels.push(labelAt(bytes, at + LABEL_BYTES * i));
  return labels;
}

/** The octets of labels; of a withdrawn route, or of one without labels, the octets that stand in their place. */
export function labelOctets(labels: readonly number[] | undefined): number[] {
  const written = labels === undefined || labels.length === 0 ? [compatibility[0]!] : labels;
  return written.flatMap((label) => [label >>> 16, (label >>> 8) & 255, label & 255]);
}
