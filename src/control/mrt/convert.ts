/** UPDATEs of a file in the form a session wants them: as they stand where that is the same, encoded anew where not. */

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
import { families, type FamilyId, familyMask, maskHas } from "../../types/mod.ts";
import type { Problems } from "./problems.ts";

const allFamilies = familyMask(families.map(({ id }) => id));

export class Converter {
  readonly #context: UpdateContext;
  readonly #reader: RouteReader;
  readonly #encoder: UpdateEncoder;
  readonly #problems: Problems;
  readonly #sink: RouteSink;
  /** The UPDATE of an entry. */
  readonly #buffer = new Uint8Array(4096);

  /** `context`: of the side that sends. What cannot be read goes to `problems`. */
  constructor(context: UpdateContext, problems: Problems) {
    this.#context = context;
    this.#problems = problems;
    this.#reader = new RouteReader({ internal: context.internal });
    this.#encoder = new UpdateEncoder(context);
    const encoder = this.#encoder;
    const add = ({ w0, w1, w2, w3, length, pathId }: NlriCursor) => encoder.add(w0, w1, w2, w3, length, pathId);
    this.#sink = {
      announce(family, cursor, set) {
        encoder.begin(set, family);
        add(cursor);
      },
      withdraw(family, cursor) {
        encoder.beginWithdraw(family);
        add(cursor);
      },
      endOfRib: (family) => encoder.endOfRib(family),
      fault: (fault) => problems.fault(fault),
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
    if (isSame) return bytes;
    this.#reader.update(bytes, form, this.#sink);
    const messages = this.#encoder.take();
    return messages.length === 0 ? undefined : messages;
  }
}
