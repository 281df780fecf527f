/**
 * What the rules of a session change in an attribute set on its way in, before import policy. A route from a provider,
 * a peer or a route server gets ONLY_TO_CUSTOMER unless it has it (RFC 9234). With `local_as`, our ASN of the session
 * is put in front of the path, unless the operator hides it. The Adj-RIB-In keeps the set as received beside the
 * changed one.
 */

import { AttributeCode, OPTIONAL_TRANSITIVE, SegmentType, WELL_KNOWN } from "../../../message/mod.ts";
import type { Negotiated } from "../../../session/mod.ts";
import type { FamilyId } from "../../../types/mod.ts";
import { AttributeOffsets } from "../../attributes/attribute_offsets.ts";
import type { AttributeWriter } from "../../attributes/attribute_writer.ts";
import { type AttributeSpan, type MergeRule, OrderedMerge } from "../../attributes/ordered_merge.ts";
import { PathEditor } from "../../attributes/path_editor.ts";
import { goesUpOrAside, hasRoles } from "../../attributes/roles.ts";

/** The part of a session that the rules depend on. */
export type ImportContext = Pick<Negotiated, "internal" | "confederation" | "role" | "localAsn" | "remoteAsn">;

export class ImportRules {
  readonly #context: ImportContext;
  readonly #marks: boolean;
  readonly #prepends: boolean;
  readonly #offsets = new AttributeOffsets();
  readonly #path = new PathEditor();
  readonly #merge = new OrderedMerge();
  readonly #rule: MergeRule = {
    codes: [AttributeCode.asPath, AttributeCode.onlyToCustomer],
    write: (out, wire, attribute) => this.#write(out, wire, attribute),
  };
  /** The set at hand gets ONLY_TO_CUSTOMER. */
  #marksNow = false;

  constructor(context: ImportContext, prepends: boolean) {
    this.#context = context;
    this.#marks = goesUpOrAside(context.role);
    this.#prepends = prepends && !context.internal && context.confederation !== true;
  }

  /** False: every set stays as received. */
  get changesAnything(): boolean {
    return this.#marks || this.#prepends;
  }

  /** All that the result depends on, except the set and the family. */
  get key(): string {
    return [this.#marks, this.#prepends, this.#context.remoteAsn, this.#context.localAsn].join(" ");
  }

  /** `undefined`: the set stays as received. The result is valid until the next call. */
  apply(
    wire: Uint8Array,
    start: number,
    length: number,
    family: FamilyId,
  ): { readonly bytes: Uint8Array; readonly length: number } | undefined {
    const end = start + length;
    this.#offsets.find(wire, start, end);
    // RFC 9234 §5: "If a route is received from a Provider, a Peer, or an RS and the OTC Attribute is not present, then
    // it MUST be added with a value equal to the AS number of the remote AS."
    this.#marksNow = this.#marks && this.#offsets.otc === -1 && hasRoles(family);
    return this.#marksNow || this.#prepends ? this.#merge.merge(wire, start, end, this.#rule) : undefined;
  }

  #write(out: AttributeWriter, wire: Uint8Array, attribute: AttributeSpan): void {
    const { code, at, value, end, isMissing } = attribute;
    if (code === AttributeCode.onlyToCustomer && isMissing) {
      if (this.#marksNow) {
        out.header(OPTIONAL_TRANSITIVE, code, 4);
        out.write32(this.#context.remoteAsn);
      }
    } else if (code === AttributeCode.asPath && this.#prepends) {
      if (isMissing) return;
      const path = this.#path;
      path.take(wire, value, end);
      path.prepend(this.#context.localAsn, SegmentType.sequence);
      out.header(WELL_KNOWN, code, path.length);
      out.copy(path.bytes, 0, path.length);
    } else if (!isMissing) out.copy(wire, at, end);
  }
}
