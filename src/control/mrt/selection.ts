/** The peers of a file that `--peer` selects: `--peer 3`, `--peer 192.0.2.1`, `--peer all`. */

import type { MrtPeer } from "../../mrt/mod.ts";
import { canonicalAddress } from "../../types/mod.ts";

export type Selection = { readonly kind: "all" } | { readonly kind: "number"; readonly number: number } | {
  readonly kind: "address";
  readonly address: string;
};

/** `undefined`: the text is neither a number, nor an address, nor `all`. */
export function parseSelection(text: string): Selection | undefined {
  if (text === "all") return { kind: "all" };
  if (/^\d{1,6}$/.test(text)) return { kind: "number", number: Number(text) };
  const address = canonicalAddress(text);
  return address === undefined ? undefined : { kind: "address", address };
}

export function isSelected(selection: Selection, peer: MrtPeer): boolean {
  switch (selection.kind) {
    case "all":
      return true;
    case "number":
      return peer.number === selection.number;
    case "address":
      return canonicalAddress(peer.address) === selection.address;
  }
}
