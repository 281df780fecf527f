/** The origin of a path as it leaves to a peer: the rules of export may remove or replace the last AS (RFC 8893 §4). */

import { SegmentType } from "../../../message/mod.ts";
import { type Asn, readUint32, type SetSlot } from "../../../types/mod.ts";
import { AttributeOffsets } from "../../attributes/attribute_offsets.ts";
import { isPrivateAsn, PathEditor } from "../../attributes/path_editor.ts";
import { ourOrigin } from "../../table/attribute_keys.ts";
import type { AttributeTable } from "../../table/attribute_table.ts";
import { type ExportTarget, isOutside } from "./export_target.ts";

export class LeavingOrigin {
  readonly #target: ExportTarget;
  readonly #sets: AttributeTable;
  readonly #outside: boolean;
  /** Made when it is needed: it takes 66 KB. */
  #path: PathEditor | undefined;
  readonly #offsets = new AttributeOffsets();

  constructor(target: ExportTarget, sets: AttributeTable) {
    this.#target = target;
    this.#sets = sets;
    this.#outside = isOutside(target.context);
  }

  /** The origin of this set as the peer gets it; 0: the path ends in an AS_SET. */
  of(set: SetSlot): Asn {
    const { context: { localAsn, remoteAsn }, policy: { asOverride, removePrivateAs } } = this.#target;
    const origin = this.#sets.keys.originAs[set]!;
    if (origin === ourOrigin) return localAsn;
    if (!this.#outside) return origin;
    if (asOverride && origin === remoteAsn) return localAsn;
    const isPrivate = isPrivateAsn(origin) && origin !== localAsn && origin !== remoteAsn;
    if (!isPrivate || removePrivateAs === "none") return origin;
    return removePrivateAs === "replace" ? localAsn : this.#withoutPrivate(set);
  }

  #withoutPrivate(set: SetSlot): Asn {
    const { localAsn, remoteAsn } = this.#target.context;
    const sets = this.#sets;
    const wire = sets.chunk(set);
    const offsets = this.#offsets;
    offsets.find(wire, sets.offset(set), sets.offset(set) + sets.length(set));
    const path = this.#path ??= new PathEditor();
    path.take(wire, offsets.asPath, offsets.asPathEnd);
    path.dropConfederation();
    path.removePrivate(localAsn, remoteAsn);
    let origin = localAsn;
    const { bytes, length } = path;
    for (let at = 0; at < length; at += 2 + 4 * bytes[at + 1]!) {
      origin = bytes[at] === SegmentType.set ? 0 : readUint32(bytes, at + 4 * bytes[at + 1]! - 2);
    }
    return origin;
  }
}
