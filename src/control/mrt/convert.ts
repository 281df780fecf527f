/**
 * Converts UPDATEs of a file to the form of a session. A message stays as it is if the form is the same; otherwise it
 * is encoded again. Prefixes that share a message in the file share one in the session.
 */

import { type CodecCursor, type NlriCursor, UpdateEncoder } from "../../message/mod.ts";
import type { UpdateContext } from "../../message/mod.ts";
import {
  type MrtEntry,
  type MrtMessage,
  RouteReader,
  type RouteSink,
  type UpdateForm,
  updateOfEntry,
} from "../../mrt/mod.ts";
import { allFamilies, equalOctets, type FamilyId, IPV4_UNICAST, maskHas } from "../../types/mod.ts";
import type { Problems } from "./problems.ts";
import { type Outgoing, tooLong } from "./replay/outgoing.ts";

export class Converter {
  readonly #context: UpdateContext;
  readonly #reader: RouteReader;
  readonly #encoder: UpdateEncoder;
  readonly #problems: Problems;
  readonly #sink: RouteSink;
  /** Export rules; `undefined`: attribute sets are not changed. */
  readonly #outgoing: Outgoing | undefined;
  /** The attribute set of the message being encoded, or "withdraw"; and its family. */
  #begun: Uint8Array | "withdraw" | undefined;
  #family: FamilyId = IPV4_UNICAST;
  /** The export rules withhold the current set, so its routes are withdrawn. */
  #isWithheld = false;
  /** The current UPDATE cannot be sent as it is in the file. */
  #isChanged = false;
  /** Sets {@link #isChanged} if an UPDATE must change; reads the UPDATE without encoding it. */
  readonly #look: RouteSink;
  /** Holds the UPDATE that is made of a table entry. */
  readonly #buffer = new Uint8Array(4096);

  /** `context`: of the sending side. Malformed data go to `problems`; withheld routes to `outgoing`. */
  constructor(context: UpdateContext, problems: Problems, outgoing?: Outgoing) {
    this.#context = context;
    this.#problems = problems;
    this.#outgoing = outgoing;
    // With export rules, the rules remove the attributes that stay within an AS.
    this.#reader = new RouteReader({ internal: context.internal || outgoing !== undefined });
    this.#encoder = new UpdateEncoder(context);
    const encoder = this.#encoder;
    this.#sink = {
      announce: (family, cursor, set) => this.#announce(family, cursor, set),
      withdraw: (family, cursor) => this.#withdraw(family, cursor),
      announceNlri: (family, cursor, set) => this.#announceNlri(family, cursor, set),
      withdrawNlri: (family, cursor) => this.#withdrawNlri(family, cursor),
      endOfRib: (family) => this.#isCarried(family) && encoder.endOfRib(family),
      fault: (fault) => problems.fault(fault),
    };
    const lookAt = (family: FamilyId, set: Uint8Array) => {
      if (this.#isChanged || this.#begun === set) return;
      this.#begun = set;
      const leaving = outgoing!.set(family, set);
      if (leaving === undefined || !equalOctets(leaving, set)) this.#isChanged = true;
    };
    this.#look = {
      announce: (family, _cursor, set) => lookAt(family, set),
      withdraw: (family) => void this.#isCarried(family),
      announceNlri: (family, _cursor, set) => lookAt(family, set),
      withdrawNlri: (family) => void this.#isCarried(family),
      endOfRib: (family) => {
        this.#isCarried(family);
      },
      fault: () => this.#isChanged = true,
    };
  }

  /**
   * Messages that announce a route of a table; `undefined`: the entry is malformed. The result is valid until the
   * next call.
   */
  entry(entry: MrtEntry): Uint8Array | undefined {
    return this.#convert(updateOfEntry(entry, this.#buffer), {
      fourOctetAs: entry.fourOctetAs,
      addPath: entry.pathId === -1 ? 0 : allFamilies,
    });
  }

  /** The messages of an UPDATE; as {@link entry}. */
  update(message: MrtMessage): Uint8Array | undefined {
    return this.#convert(message.bytes, message);
  }

  /** An End-of-RIB. */
  endOfRib(family: FamilyId): Uint8Array {
    this.#encoder.endOfRib(family);
    return this.#encoder.take();
  }

  #convert(bytes: Uint8Array, form: UpdateForm): Uint8Array | undefined {
    const scanner = this.#reader.scan(bytes, form);
    const { fault } = scanner;
    if (fault?.action === "sessionReset") {
      this.#problems.fault(fault);
      return undefined;
    }
    const context = this.#context;
    let isSame = form.fourOctetAs === context.fourOctetAs && bytes.length <= context.maxMessageBytes;
    for (let i = 0; i < scanner.blockCount; i++) {
      const { family, addPath } = scanner.blocks[i]!;
      if (addPath !== maskHas(context.addPathSend, family)) isSame = false;
    }
    this.#begun = undefined;
    this.#isChanged = false;
    if (isSame && this.#outgoing !== undefined) {
      this.#reader.update(bytes, form, this.#look);
      this.#begun = undefined;
    }
    if (isSame && !this.#isChanged) return bytes;
    const before = this.#encoder.withheld;
    this.#reader.update(bytes, form, this.#sink);
    const messages = this.#encoder.take();
    this.#outgoing?.withhold(this.#encoder.withheld - before, tooLong);
    return messages.length === 0 ? undefined : messages;
  }

  #announce(family: FamilyId, cursor: NlriCursor, set: Uint8Array): void {
    if (this.#begun !== set || this.#family !== family) this.#begin(family, set);
    if (this.#isWithheld) this.#outgoing!.withhold(1);
    if (this.#isCarried(family)) this.#add(cursor);
  }

  /** The set is another array for each NLRI, as it has the value of the NLRI. */
  #announceNlri(family: FamilyId, { key, pathId }: CodecCursor, set: Uint8Array): void {
    this.#begin(family, set);
    if (this.#isWithheld) this.#outgoing!.withhold(1);
    if (this.#isCarried(family)) this.#encoder.addNlri(key, pathId);
  }

  #withdrawNlri(family: FamilyId, { key, pathId }: CodecCursor): void {
    if (!this.#isCarried(family)) return;
    this.#beginWithdraw(family);
    this.#encoder.addNlri(key, pathId);
  }

  #begin(family: FamilyId, set: Uint8Array): void {
    this.#begun = set;
    this.#family = family;
    const leaving = this.#outgoing === undefined ? set : this.#outgoing.set(family, set);
    this.#isWithheld = leaving === undefined;
    if (leaving === undefined) this.#encoder.beginWithdraw(family);
    else this.#encoder.begin(leaving, family);
  }

  #withdraw(family: FamilyId, cursor: NlriCursor): void {
    if (!this.#isCarried(family)) return;
    this.#beginWithdraw(family);
    this.#add(cursor);
  }

  #beginWithdraw(family: FamilyId): void {
    if (this.#begun === "withdraw" && this.#family === family) return;
    this.#begun = "withdraw";
    this.#family = family;
    this.#encoder.beginWithdraw(family);
  }

  /** False: the session does not have this family; then {@link #isChanged} is set. */
  #isCarried(family: FamilyId): boolean {
    if (this.#outgoing?.carries(family) !== false) return true;
    this.#isChanged = true;
    return false;
  }

  #add({ w0, w1, w2, w3, length, pathId }: NlriCursor): void {
    this.#encoder.add(w0, w1, w2, w3, length, pathId);
  }
}
