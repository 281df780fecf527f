/** The table of a scripted speaker that keeps changing: what it holds now, and the messages that say so. */
import {
  emptyAttributeSet,
  encodeAttributeSet,
  keepaliveMessage,
  type UpdateContext,
  UpdateEncoder,
} from "../../src/message/mod.ts";
import {
  type FamilyId,
  familyMask,
  formatPrefix,
  IPV4_UNICAST,
  IPV6_UNICAST,
  parseAddress,
} from "../../src/types/mod.ts";
import type { Random } from "../fuzz/random.ts";

const context: UpdateContext = {
  internal: false,
  fourOctetAs: true,
  families: familyMask([IPV4_UNICAST, IPV6_UNICAST]),
  addPathReceive: 0,
  addPathSend: 0,
  extendedNextHop: 0,
  maxMessageBytes: 4096,
  localAsn: 65001,
  remoteAsn: 65000,
};

interface Words {
  readonly family: FamilyId;
  readonly w: readonly [number, number, number, number];
  readonly length: number;
}

/** How many attribute sets there are; the MED names the set of a route. */
const sets = 20;

export class MovingTable {
  /** The MED of each route by prefix. */
  readonly routes = new Map<string, number>();
  readonly #prefixes: ReadonlyMap<string, Words>;
  readonly #names: readonly string[];
  readonly #random: Random;

  /** Of `size` prefixes of both families; about two thirds are announced at any time. */
  constructor(size: number, random: Random) {
    this.#random = random;
    this.#prefixes = new Map(Array.from({ length: size }, (_, i) => {
      const words = i % 3 === 0 ? v6(i) : v4(i);
      return [textOf(words), words];
    }));
    this.#names = [...this.#prefixes.keys()];
    for (const name of this.#names) if (random.chance(66)) this.routes.set(name, random.below(sets));
  }

  /** Everything, then End-of-RIB of both families. */
  whole(): Uint8Array[] {
    const encoder = new UpdateEncoder(context);
    for (let med = 0; med < sets; med++) {
      this.#announce(encoder, med, [...this.routes].filter(([, own]) => own === med).map(([name]) => name));
    }
    encoder.endOfRib(IPV4_UNICAST);
    encoder.endOfRib(IPV6_UNICAST);
    return pieces(encoder.take());
  }

  /** The next changes: some routes withdrawn, some replaced, some new. */
  change(count: number): Uint8Array {
    const encoder = new UpdateEncoder(context);
    const names = new Set(Array.from({ length: count }, () => this.#random.pick(this.#names)));
    const med = this.#random.below(sets);
    const announced: string[] = [];
    const withdrawn: string[] = [];
    for (const name of names) {
      if (this.#random.chance(33)) {
        if (this.routes.delete(name)) withdrawn.push(name);
      } else {
        this.routes.set(name, med);
        announced.push(name);
      }
    }
    for (const family of [IPV4_UNICAST, IPV6_UNICAST] as const) {
      encoder.beginWithdraw(family);
      for (const { w, length } of this.#of(family, withdrawn)) encoder.add(...w, length, -1);
      encoder.finish();
    }
    this.#announce(encoder, med, announced);
    return encoder.size === 0 ? keepaliveMessage : encoder.take();
  }

  #announce(encoder: UpdateEncoder, med: number, names: readonly string[]): void {
    for (const family of [IPV4_UNICAST, IPV6_UNICAST] as const) {
      const nextHop = parseAddress(family === IPV4_UNICAST ? "198.51.100.1" : "2001:db8::1")!;
      const attributes = { ...emptyAttributeSet(), origin: 0 as const, asPath: [{ type: 2 as const, asns: [65001] }] };
      encoder.begin(encodeAttributeSet({ ...attributes, nextHop, med }), family);
      for (const { w, length } of this.#of(family, names)) encoder.add(...w, length, -1);
      encoder.finish();
    }
  }

  #of(family: FamilyId, names: readonly string[]): Words[] {
    return names.map((name) => this.#prefixes.get(name)!).filter((words) => words.family === family);
  }
}

function v4(i: number): Words {
  return { family: IPV4_UNICAST, w: [0x0a000000 + (i << 8), 0, 0, 0], length: 24 };
}

function v6(i: number): Words {
  return { family: IPV6_UNICAST, w: [0x20010db8, i << 16, 0, 0], length: 48 };
}

function textOf({ family, w, length }: Words): string {
  const octets = new Uint8Array(family === IPV4_UNICAST ? 4 : 16);
  const view = new DataView(octets.buffer);
  for (let at = 0; at < octets.length; at += 4) view.setInt32(at, w[at / 4]!);
  return formatPrefix({ octets, length });
}

/** In portions, so that a long text of messages is on its way for a while. */
function pieces(bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 2000) found.push(bytes.slice(at, at + 2000));
  return found;
}
