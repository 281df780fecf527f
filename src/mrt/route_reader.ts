/**
 * UPDATEs of a file → routes, with the scanner and validation that sessions use: the same octets mean the same in a
 * file and in a session.
 */

import {
  attributeName,
  CodecCursor,
  type Fault,
  MessageType,
  messageType,
  NlriCursor,
  type UpdateContext,
  UpdateScanner,
  withNlriValue,
} from "../message/mod.ts";
import { allFamilies, equalRuns, type FamilyId, type FamilyMask, ipv4Families, limits } from "../types/mod.ts";
import type { MrtEntry, MrtMessage } from "./item.ts";
import { repairSet } from "./repair.ts";
import { updateOfEntry } from "./update_of_entry.ts";

/** What the meaning of an UPDATE depends on, besides its octets. */
export interface UpdateForm {
  readonly fourOctetAs: boolean;
  readonly addPath: FamilyMask;
}

/**
 * Receives the routes. The cursor and the set belong to the reader: they are valid during the call only. Routes whose
 * NLRI are no plain prefixes go to the methods with `Nlri`; a sink without these methods gets prefixes only.
 */
export interface RouteSink {
  withdraw(family: FamilyId, cursor: NlriCursor): void;
  /** With a canonical attribute set. */
  announce(family: FamilyId, cursor: NlriCursor, set: Uint8Array, hash: number): void;
  withdrawNlri?(family: FamilyId, cursor: CodecCursor): void;
  /** The set has the value of the NLRI. */
  announceNlri?(family: FamilyId, cursor: CodecCursor, set: Uint8Array): void;
  endOfRib(family: FamilyId): void;
  /** A fault. A withdrawal follows for each prefix that is treated as withdrawn. */
  fault(fault: Fault): void;
}

export interface RouteReaderOptions {
  /** Read as in an iBGP session: LOCAL_PREF, ORIGINATOR_ID, CLUSTER_LIST and AIGP are kept. */
  readonly internal: boolean;
  /**
   * For display: a set that would be treated as withdraw is announced without its malformed attributes (`repair.ts`).
   */
  readonly repairs?: boolean;
}

/** At most so many valid sets are cached. */
const mostSets = 50_000;

export class RouteReader {
  /** The form in which the last UPDATE was read. */
  form: UpdateForm = { fourOctetAs: true, addPath: 0 };
  readonly #options: RouteReaderOptions;
  readonly #scanners = new Map<number, UpdateScanner>();
  readonly #cursor = new NlriCursor();
  readonly #nlri = new CodecCursor();
  /** The UPDATE of an entry. */
  readonly #buffer = new Uint8Array(4096);
  /** Valid sets by hash. */
  readonly #sets = new Map<number, Uint8Array>();

  constructor(options: RouteReaderOptions) {
    this.#options = options;
  }

  entry(entry: MrtEntry, sink: RouteSink): void {
    const form = { fourOctetAs: entry.fourOctetAs, addPath: entry.pathId === -1 ? 0 : allFamilies };
    this.update(updateOfEntry(entry, this.#buffer), form, sink);
  }

  /** False where the message is no UPDATE. */
  message(message: MrtMessage, sink: RouteSink): boolean {
    if (messageType(message.bytes, 0) !== MessageType.update) return false;
    this.update(message.bytes, message, sink);
    return true;
  }

  update(bytes: Uint8Array, form: UpdateForm, sink: RouteSink): void {
    const scanner = this.scan(bytes, form);
    const { fault } = scanner;
    if (fault !== undefined) {
      sink.fault(fault);
      this.#withdraw(scanner, bytes, "all", sink);
      return;
    }
    if (scanner.familyFault !== undefined) sink.fault(scanner.familyFault);
    if (scanner.endOfRib !== 0) sink.endOfRib(scanner.endOfRib);
    do {
      if (this.#withdraw(scanner, bytes, "withdrawn", sink)) this.#announce(scanner, bytes, sink);
    } while (scanner.nextPart());
  }

  /**
   * Scans an UPDATE in the form given, or with path identifiers that its record does not declare. Some writers (BIRD 1,
   * FRR before RFC 8050) put messages with path identifiers into records whose subtype says that there are none.
   * Without them such an UPDATE does not parse, or names the default route twice in a row (the high octets of an
   * identifier). If it parses with path identifiers, that reading is used, and {@link form} says so.
   */
  scan(bytes: Uint8Array, form: UpdateForm): UpdateScanner {
    const scanner = this.#scanner(form);
    this.form = form;
    const isOk = scanner.scan(bytes, 0, bytes.length) === "ok";
    if (form.addPath !== 0) return scanner;
    if (isOk ? !namesDefaultTwice(scanner, bytes) : scanner.fault?.action !== "sessionReset") return scanner;
    const undeclared = { fourOctetAs: form.fourOctetAs, addPath: allFamilies };
    const other = this.#scanner(undeclared);
    if (other.scan(bytes, 0, bytes.length) !== "ok") return scanner;
    this.form = undeclared;
    return other;
  }

  #scanner({ fourOctetAs, addPath }: UpdateForm): UpdateScanner {
    const key = addPath * 2 + Number(fourOctetAs);
    let scanner = this.#scanners.get(key);
    if (scanner === undefined) {
      scanner = new UpdateScanner(contextOf({ fourOctetAs, addPath }, this.#options));
      this.#scanners.set(key, scanner);
    }
    return scanner;
  }

  /** Withdraws the prefixes that the UPDATE withdraws, or all of them; true where it announces some. */
  #withdraw(scanner: UpdateScanner, bytes: Uint8Array, which: "withdrawn" | "all", sink: RouteSink): boolean {
    let reach = false;
    for (let i = 0; i < scanner.blockCount; i++) {
      const { family, codec, withdraw, addPath, start, end } = scanner.blocks[i]!;
      if (!withdraw) reach = true;
      if (!withdraw && which !== "all") continue;
      if (codec !== undefined) {
        if (sink.withdrawNlri === undefined) continue;
        this.#nlri.reset(codec, bytes, start, end, addPath, withdraw);
        while (this.#nlri.next()) sink.withdrawNlri(family, this.#nlri);
        continue;
      }
      this.#cursor.reset(bytes, start, end, family, addPath);
      while (this.#cursor.next()) sink.withdraw(family, this.#cursor);
    }
    return reach;
  }

  #announce(scanner: UpdateScanner, bytes: Uint8Array, sink: RouteSink): void {
    if (this.#isKnown(scanner)) {
      this.#announceWith(scanner, bytes, scanner.setBytes.subarray(0, scanner.setLength), scanner.setHash, sink);
      return;
    }
    const mayBeLookedUp = scanner.lookupFirst;
    const verdict = scanner.validate();
    if (verdict.kind === "accept") {
      for (const fault of verdict.discarded) sink.fault(fault);
      if (mayBeLookedUp && verdict.discarded.length === 0) this.#remember(scanner);
      this.#announceWith(scanner, bytes, scanner.setBytes.subarray(0, scanner.setLength), scanner.setHash, sink);
      return;
    }
    const faults = verdict.kind === "treatAsWithdraw" ? verdict.faults : [verdict.fault];
    for (const fault of faults) sink.fault(fault);
    const repaired = this.#options.repairs === true
      ? repairSet(bytes, faults, contextOf(this.form, this.#options))
      : undefined;
    if (repaired !== undefined) this.#announceWith(scanner, bytes, repaired.set, repaired.hash, sink);
    else this.#withdraw(scanner, bytes, "all", sink);
  }

  #isKnown(scanner: UpdateScanner): boolean {
    if (!scanner.lookupFirst) return false;
    const known = this.#sets.get(scanner.setHash);
    return known !== undefined && known.length === scanner.setLength &&
      equalRuns(known, 0, scanner.setBytes, 0, known.length);
  }

  #remember(scanner: UpdateScanner): void {
    if (this.#sets.size >= mostSets) this.#sets.clear();
    this.#sets.set(scanner.setHash, scanner.setBytes.slice(0, scanner.setLength));
  }

  #announceWith(scanner: UpdateScanner, bytes: Uint8Array, set: Uint8Array, hash: number, sink: RouteSink): void {
    for (let i = 0; i < scanner.blockCount; i++) {
      const { family, codec, withdraw, addPath, start, end } = scanner.blocks[i]!;
      if (withdraw) continue;
      if (codec !== undefined) {
        if (sink.announceNlri === undefined) continue;
        this.#nlri.reset(codec, bytes, start, end, addPath, false);
        while (this.#nlri.next()) sink.announceNlri(family, this.#nlri, withNlriValue(set, this.#nlri.value));
        continue;
      }
      this.#cursor.reset(bytes, start, end, family, addPath);
      while (this.#cursor.next()) sink.announce(family, this.#cursor, set, hash);
    }
  }
}

function namesDefaultTwice(scanner: UpdateScanner, bytes: Uint8Array): boolean {
  for (let i = 0; i < scanner.blockCount; i++) {
    const { codec, start, end } = scanner.blocks[i]!;
    if (codec === undefined && end - start > 4 && bytes[start] === 0 && bytes[start + 1] === 0) return true;
  }
  return false;
}

function contextOf({ fourOctetAs, addPath }: UpdateForm, { internal }: RouteReaderOptions): UpdateContext {
  return {
    internal,
    fourOctetAs,
    families: allFamilies,
    addPathReceive: addPath,
    addPathSend: addPath,
    extendedNextHop: ipv4Families,
    maxMessageBytes: limits.extendedMessageBytes,
    localAsn: 0,
    remoteAsn: 0,
  };
}

/** The text of a fault with the name of its attribute: `"ORIGIN: value 7 is not defined"`. */
export function faultText(fault: Fault): string {
  return fault.code === 0 || fault.text.startsWith(attributeName(fault.code))
    ? fault.text
    : `${attributeName(fault.code)}: ${fault.text}`;
}
