/** What RPKI caches and files say, on its way to the RIB: in parts, so that the RIB works on nothing for long. */

import { type AspaChange, type PayloadListener, VrpRecords, vrpStride } from "../../rpki/mod.ts";
import type { Post, ToRib } from "../thread/messages.ts";

type Source = "caches" | "files";

/** VRPs in one message: the RIB takes some 20 ms for them. */
const partRows = 10_000;

export class RpkiOutbox {
  readonly #toRib: Post<ToRib>;
  readonly #vrps = new VrpRecords();
  #aspas: AspaChange[] = [];
  /** A cache has announced all that it knows. */
  mayEnd = false;
  /** Something counts already: every change counts at once. */
  #hasEnded = false;
  #isHeld = false;
  /** Ends that wait for {@link release}. */
  readonly #heldEnds = new Set<Source>();

  constructor(toRib: Post<ToRib>) {
    this.#toRib = toRib;
  }

  /** Takes the changes of what the caches say. */
  readonly listener: PayloadListener = {
    announce: (isIpv4, w0, w1, w2, w3, length, maxLength, asn) =>
      this.#vrps.push(true, isIpv4, w0, w1, w2, w3, length, maxLength, asn),
    withdraw: (isIpv4, w0, w1, w2, w3, length, maxLength, asn) =>
      this.#vrps.push(false, isIpv4, w0, w1, w2, w3, length, maxLength, asn),
    aspa: (customer, providers) => void this.#aspas.push({ customer, providers }),
  };

  /**
   * Sends what the listener got. It counts from now on, unless no cache has announced everything yet. `isOther`: it
   * means something else than before, also where there is nothing to send.
   */
  flush(source: Source, isOther = false): void {
    const isEmpty = this.#vrps.count === 0 && this.#aspas.length === 0;
    if (!isEmpty) this.send(source, this.#vrps.take(), this.#aspas.splice(0));
    if (this.#hasEnded ? !isEmpty || isOther : this.mayEnd) this.end(source);
    this.mayEnd = false;
  }

  send(source: Source, rows: Int32Array<ArrayBuffer>, aspas: readonly AspaChange[]): void {
    let rest = aspas;
    const step = partRows * vrpStride;
    for (let at = 0; at < rows.length || rest.length > 0; at += step) {
      const vrps = rows.slice(at, at + step);
      this.#toRib({ kind: "rpki", change: { kind: "records", source, vrps, aspas: rest } }, [vrps.buffer]);
      rest = [];
    }
  }

  /** What was sent counts from now on. */
  end(source: Source): void {
    if (this.#isHeld) {
      this.#heldEnds.add(source);
      return;
    }
    this.#hasEnded = true;
    this.#toRib({ kind: "rpki", change: { kind: "end", source } });
  }

  /** Nothing counts until {@link release}: more is about to come. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    // What files say becomes known with their end, so that end comes first.
    for (const source of ["files", "caches"] as const) if (this.#heldEnds.delete(source)) this.end(source);
    // The database shows what the last run left until it hears what counts.
    if (!this.#hasEnded) this.#toRib({ kind: "rpki", change: { kind: "nothing" } });
  }

  /** Other local exceptions: the sources tell everything again after this. */
  useExceptions(text: string | undefined): void {
    this.#toRib({ kind: "rpki", change: { kind: "exceptions", text } });
  }
}
