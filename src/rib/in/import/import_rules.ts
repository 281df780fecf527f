/**
 * What a session's rules make of an attribute set on its way in, before any policy looks at it: the mark of RFC 9234 that
 * a provider, a peer or a route server did not set itself, and our ASN of the session in front of the path, where the
 * operator shows it as an AS between the peer's and the one we really are. The set as received is kept beside it.
 */

import { AttributeCode, AttributeFlag, nextAttribute, SegmentType } from "../../../message/mod.ts";
import type { Negotiated } from "../../../session/mod.ts";
import type { FamilyId } from "../../../types/mod.ts";
import { AttributePlaces } from "../../attributes/attribute_offsets.ts";
import { AttributeWriter } from "../../attributes/attribute_writer.ts";
import { goesUpOrAside, hasRoles } from "../../attributes/roles.ts";
import { PathEditor } from "../../attributes/path_editor.ts";

/** What the rules ask of a session. */
export type ImportContext = Pick<Negotiated, "internal" | "confederation" | "role" | "localAsn" | "remoteAsn">;

export class ImportRules {
  readonly #context: ImportContext;
  readonly #marks: boolean;
  readonly #prepends: boolean;
  readonly #places = new AttributePlaces();
  readonly #path = new PathEditor();
  readonly #out = new AttributeWriter();

  constructor(context: ImportContext, prepends: boolean) {
    this.#context = context;
    this.#marks = goesUpOrAside(context.role);
    this.#prepends = prepends && !context.internal && context.confederation !== true;
  }

  /** False: sets come in as they are. */
  get changesAnything(): boolean {
    return this.#marks || this.#prepends;
  }

  /** All that the result depends on beside the set and the family. */
  get key(): string {
    return [this.#marks, this.#prepends, this.#context.remoteAsn, this.#context.localAsn].join(" ");
  }

  /** `undefined`: the set stays as it is. The result holds until the next call. */
  apply(
    wire: Uint8Array,
    start: number,
    length: number,
    family: FamilyId,
  ): { readonly bytes: Uint8Array; readonly length: number } | undefined {
    const end = start + length;
    const places = this.#places;
    places.find(wire, start, end);
    // RFC 9234 §5: "If a route is received from a Provider, a Peer, or an RS and the OTC Attribute is not present, then it
    // MUST be added with a value equal to the AS number of the remote AS."
    const marks = this.#marks && places.otc === -1 && hasRoles(family);
    if (!marks && !this.#prepends) return undefined;
    const out = this.#out;
    out.clear();
    let isMarked = !marks;
    for (let at = start; at < end;) {
      const code = wire[at + 1]!;
      const next = nextAttribute(wire, at);
      if (!isMarked && code > AttributeCode.onlyToCustomer) {
        this.#mark();
        isMarked = true;
      }
      if (code === AttributeCode.asPath && this.#prepends) {
        const path = this.#path;
        path.take(wire, places.path, places.pathEnd);
        path.prepend(this.#context.localAsn, SegmentType.sequence);
        out.header(AttributeFlag.transitive, code, path.length);
        out.copy(path.bytes, 0, path.length);
      } else out.copy(wire, at, next);
      at = next;
    }
    if (!isMarked) this.#mark();
    return out;
  }

  #mark(): void {
    this.#out.header(AttributeFlag.optional | AttributeFlag.transitive, AttributeCode.onlyToCustomer, 4);
    this.#out.write32(this.#context.remoteAsn);
  }
}
