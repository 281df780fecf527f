/**
 * UPDATEs of a file in the form a session wants them: as they stand where that is the same, encoded anew where not.
 * Prefixes that stood together in a message stay together.
 */

import { type NlriCursor, UpdateEncoder } from "../../message/mod.ts";
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
import { type Outgoing, tooLong } from "./replay/outgoing.ts";
import type { Problems } from "./problems.ts";

export class Converter {
  readonly #context: UpdateContext;
  readonly #reader: RouteReader;
  readonly #encoder: UpdateEncoder;
  readonly #problems: Problems;
  readonly #sink: RouteSink;
  /** Rules that sets leave by; without them they stay as they are. */
  readonly #outgoing: Outgoing | undefined;
  /** What the message being encoded was begun with: a set of the reader's, or withdrawals; its family. */
  #begun: Uint8Array | "withdraw" | undefined;
  #family: FamilyId = IPV4_UNICAST;
  /** The set begun with cannot leave: its routes are withdrawn. */
  #isWithheld = false;
  /** The UPDATE at hand does not leave as it stands. */
  #isChanged = false;
  /** {@link #isChanged} once something is found that changes: reads an UPDATE without encoding it. */
  readonly #look: RouteSink;
  /** The UPDATE of an entry. */
  readonly #buffer = new Uint8Array(4096);

  /** `context`: of the side that sends. What cannot be read goes to `problems`, what cannot leave to `outgoing`. */
  constructor(context: UpdateContext, problems: Problems, outgoing?: Outgoing) {
    this.#context = context;
    this.#problems = problems;
    this.#outgoing = outgoing;
    // With rules it is they that take out what is for within an AS only.
    this.#reader = new RouteReader({ internal: context.internal || outgoing !== undefined });
    this.#encoder = new UpdateEncoder(context);
    const encoder = this.#encoder;
    this.#sink = {
      announce: (family, cursor, set) => this.#announce(family, cursor, set),
      withdraw: (family, cursor) => this.#withdraw(family, cursor),
      endOfRib: (family) => this.#isCarried(family) && encoder.endOfRib(family),
      fault: (fault) => problems.fault(fault),
    };
    this.#look = {
      announce: (family, _cursor, set) => {
        if (this.#isChanged || this.#begun === set) return;
        this.#begun = set;
        const leaving = outgoing!.set(family, set);
        if (leaving === undefined || !equalOctets(leaving, set)) this.#isChanged = true;
      },
      withdraw: (family) => void this.#isCarried(family),
      endOfRib: (family) => void this.#isCarried(family),
      fault: () => this.#isChanged = true,
    };
  }

  /** Messages that announce a route of a table, until the next call; `undefined` where nothing can be made of it. */
  entry(entry: MrtEntry): Uint8Array | undefined {
    return this.#convert(updateOfEntry(entry, this.#buffer), {
      fourOctetAs: entry.fourOctetAs,
      addPath: entry.pathId === -1 ? 0 : allFamilies,
    });
  }

  /** The same for an UPDATE. */
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
    if (this.#begun !== "withdraw" || this.#family !== family) {
      this.#begun = "withdraw";
      this.#family = family;
      this.#encoder.beginWithdraw(family);
    }
    this.#add(cursor);
  }

  #isCarried(family: FamilyId): boolean {
    if (this.#outgoing?.carries(family) !== false) return true;
    this.#isChanged = true;
    return false;
  }

  #add({ w0, w1, w2, w3, length, pathId }: NlriCursor): void {
    this.#encoder.add(w0, w1, w2, w3, length, pathId);
  }
}
