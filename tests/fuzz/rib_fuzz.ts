/**
 * The RIB under random UPDATEs: sessions of several kinds come, send anything that passes the framer, and go. Nothing
 * may throw, and nothing may be left when the last session has gone.
 */
import assert from "node:assert/strict";
import {
  checkHeader,
  decodeAttributeSet,
  encodeNlriValue,
  formatDestination,
  nlriCodec,
} from "../../src/message/mod.ts";
import { clearStoreBatch, createStoreBatch, Rib } from "../../src/rib/mod.ts";
import type { Negotiated } from "../../src/session/mod.ts";
import {
  allFamilies,
  families,
  familyByName,
  type FamilyId,
  familyMask,
  familyOf,
  maskHas,
  prefixFamilies,
  RTC,
} from "../../src/types/mod.ts";
import { fromHex, toHex } from "../golden/golden.ts";
import { testContext } from "../support/update_view.ts";
import { attribute, updateOf } from "../support/wire.ts";
import type { FuzzOptions } from "./engine.ts";
import { join, mutate, poolOf } from "./mutate.ts";
import { Random } from "./random.ts";
import { negotiated } from "../support/negotiated.ts";

/** One thing that happens to the RIB; plain JSON, so that a crash can be kept. */
export type RibStep =
  | { readonly kind: "up" | "down" | "pull"; readonly peer: number }
  | { readonly kind: "messages"; readonly peer: number; readonly hex: string }
  | { readonly kind: "decide" | "store" | "storeLost" };

export interface RibCrash {
  readonly error: string;
  readonly steps: readonly RibStep[];
}

const all = allFamilies;
const withPaths = all & ~prefixFamilies;

const sessions: readonly Partial<Negotiated>[] = [
  { internal: true, remoteAsn: 65000 },
  { internal: false, remoteAsn: 65001 },
  { internal: false, remoteAsn: 65002, fourOctetAs: false, maxMessageBytes: 4096 },
  { internal: true, remoteAsn: 65000, addPathReceive: all, addPathSend: all, enhancedRouteRefresh: true },
  { internal: false, remoteAsn: 65003, families: familyMask([1]), extendedNextHop: familyMask([1]) },
  { internal: true, remoteAsn: 65000, families: all },
  {
    internal: false,
    remoteAsn: 65004,
    families: all & ~familyMask([RTC]),
    addPathReceive: withPaths,
    addPathSend: withPaths,
  },
];

/** A RIB with its peers, fed step by step. */
class FuzzedRib {
  #now = 1_000_000;
  #epoch = 0;
  readonly #rib = new Rib({ routerId: 0x01010101, now: () => this.#now += 7 });
  readonly #up = new Map<number, number>();
  readonly #batch = createStoreBatch(500);

  constructor() {
    sessions.forEach((_, i) =>
      this.#rib.addPeer({
        id: i + 1,
        address: Uint8Array.of(10, 0, 0, i + 2),
        export: "all",
        exportSelection: i % 2 === 0 ? "per-client" : "best",
        maxPaths: 2,
      })
    );
  }

  play(step: RibStep): void {
    switch (step.kind) {
      case "up":
        return this.#open(step.peer);
      case "down":
        return this.#close(step.peer);
      case "messages":
        return this.#ingest(step.peer, fromHex(step.hex));
      case "decide":
        return void this.#rib.decide();
      case "pull":
        return void this.#rib.pull(step.peer, this.#up.get(step.peer) ?? 0, 65536);
      case "store":
        clearStoreBatch(this.#batch);
        return void this.#rib.fillStore(this.#batch);
      case "storeLost":
        return this.#rib.storeLost();
    }
  }

  #open(peer: number): void {
    const epoch = ++this.#epoch;
    this.#up.set(peer, epoch);
    const agreed = negotiated({ ...testContext(), remoteRouterId: peer, ...sessions[peer - 1] });
    const remoteAddress = Uint8Array.of(10, 0, 0, peer + 1);
    this.#rib.sessionUp(peer, epoch, { negotiated: agreed, localAddress: Uint8Array.of(10, 0, 0, 1), remoteAddress });
  }

  #close(peer: number): void {
    this.#rib.sessionDown(peer, this.#up.get(peer) ?? 0);
    this.#up.delete(peer);
  }

  #ingest(peer: number, bytes: Uint8Array): void {
    const before = toHex(bytes);
    const facts = this.#rib.ingest(peer, this.#up.get(peer) ?? 0, bytes);
    assert.equal(toHex(bytes), before, "a batch is read, not written");
    if (!facts.some(({ kind }) => kind === "sessionReset")) return;
    this.#close(peer);
    this.#open(peer);
  }

  /** What memory holds makes sense. */
  check(): void {
    this.#rib.decide();
    const rows = [...this.#rib.dump()];
    const { routes, best } = this.#rib.memory();
    assert.equal(rows.length, routes, "routes are counted");
    assert.equal(rows.filter((row) => row.best).length, best, "each prefix with a best route has one");
    const prefixes = new Set<string>();
    for (const row of rows) {
      decodeAttributeSet(row.wire);
      assert.ok(families.some(({ id }) => id === row.family));
      if (row.best) {
        assert.equal(row.ineligible, 0, `${formatDestination(row.family, row)} is best though not eligible`);
      }
      if (row.ineligible === 0) prefixes.add(`${row.family} ${formatDestination(row.family, row)}`);
    }
    assert.equal(prefixes.size, best, "each prefix with an eligible route has a best one");
  }

  /** Everybody leaves, and the store takes what it has to hear. */
  end(): void {
    for (const peer of [...this.#up.keys()]) this.#close(peer);
    this.#rib.decide();
    for (let rounds = 0; rounds < 10_000; rounds++) {
      clearStoreBatch(this.#batch);
      if (!this.#rib.fillStore(this.#batch)) break;
    }
    const { routes, best, sets } = this.#rib.memory();
    assert.deepEqual({ routes, best, sets }, { routes: 0, best: 0, sets: 0 }, "when everybody has gone");
  }
}

/** Runs these steps on a new RIB; the error, if one comes. */
export function playRib(steps: readonly RibStep[]): string | undefined {
  try {
    const fuzzed = new FuzzedRib();
    steps.forEach((step) => fuzzed.play(step));
    fuzzed.check();
    fuzzed.end();
    return undefined;
  } catch (error) {
    return error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error);
  }
}

const stepsPerRun = 400;

/** So many messages, in lives of a few hundred steps each. */
export function fuzzRib(
  seeds: readonly Uint8Array[],
  options: Pick<FuzzOptions, "seed" | "count" | "milliseconds" | "least">,
): { messages: number; crash: RibCrash | undefined } {
  const random = new Random(options.seed);
  const messages = seeds.filter((seed) => checkHeader(seed, 0, 65535) === undefined && seed[18] === 2);
  const pool = poolOf(messages);
  const began = performance.now();
  let sent = 0;
  const { count = Infinity, milliseconds = Infinity, least = 0 } = options;
  while (sent < count && (sent < least || performance.now() - began < milliseconds)) {
    const steps: RibStep[] = sessions.map((_, i) => ({ kind: "up", peer: i + 1 }));
    while (steps.length < stepsPerRun) {
      const peer = 1 + random.below(sessions.length);
      const dice = random.below(100);
      if (dice < 75) {
        const batch = Array.from({ length: 1 + random.below(6) }, () => {
          const sound = soundUpdate(random, sessions[peer - 1]!);
          if (random.chance(60)) return sound;
          return mutate(random, random.chance(50) ? sound : random.pick(messages), pool);
        });
        const whole = batch.filter((one) => isFramed(one));
        sent += whole.length;
        steps.push({ kind: "messages", peer, hex: toHex(join(whole)) });
      } else if (dice < 77) steps.push({ kind: "up", peer });
      else if (dice < 78) steps.push({ kind: "down", peer });
      else if (dice < 84) steps.push({ kind: "pull", peer });
      else steps.push({ kind: dice < 92 ? "decide" : dice < 99 ? "store" : "storeLost" });
    }
    const error = playRib(steps);
    if (error !== undefined) return { messages: sent, crash: minimiseSteps(steps, error) };
  }
  return { messages: sent, crash: undefined };
}

/** Prefixes that sessions share, so that there is something to decide. */
const prefixes = ["00", "080a", "100a01", "180a0101", "180a0102", "200a010203", "16c63364", "18c00002"];
const prefixes6 = ["00", "2020010db8", "3020010db80001", "8020010db8000000000000000000000001"];
const extras = [
  "80040400000064",
  "80040400000005",
  "400504000000c8",
  "c00804fde80063",
  "80090401020304",
  "c010080002fde800000001",
  "c020 0c 0000fde80000000100000002",
  "800a04 01010101",
  "c0fe0401020304",
];

const rd = "0000fde800000001";
const labels = [0x101, 0x201, 0x321].map((label) => encodeNlriValue({ labels: [label] }));
const none = [new Uint8Array(0)];
/** NLRI of families that have a codec, and next hops with the octet of their length. */
const others = [
  of("ipv4 labeled", ["30 000101 c00002", "20 000101 0a"], labels, ["04c0000201", "04c0000202"]),
  of("ipv4 vpn", [`70 000101 ${rd} c00002`, `60 000101 ${rd} 0a`], labels, [`0c${"0".repeat(16)}c0000201`]),
  of("ipv4 flowspec", ["05 01 18 c00002", "07 01 10 0a01 03 81 06"], none, ["00"]),
  of("evpn", [`0311 ${rd} 00000000 20 c0000201`, "06030a0b0c"], none, ["04c0000201"]),
  of("rtc", ["00", "60 0000fde8 0002fde800000001", "40 0000fde8 0002fde8"], none, ["04c0000201"]),
];

function of(name: string, nlri: readonly string[], values: readonly Uint8Array[], nextHops: readonly string[]) {
  const { id: family } = familyByName(name)!;
  const keys = nlri.map((hex) => {
    const bytes = fromHex(hex);
    return nlriCodec(family)!.split(bytes, 0, bytes.length, false).key;
  });
  return { family, keys, values, nextHops };
}

/** Routes, or withdrawals, of a family that has a codec. */
function soundNlri(
  random: Random,
  family: FamilyId,
  { addPathReceive = 0 }: Partial<Negotiated>,
  attributes: readonly Uint8Array[],
): Uint8Array {
  const { keys, values, nextHops } = others.find((each) => each.family === family)!;
  const { afi, safi } = familyOf(family);
  const codec = nlriCodec(family)!;
  const withdraws = random.chance(30);
  const nlri = Array.from({ length: 1 + random.below(3) }, () => {
    const key = random.pick(keys);
    const path = maskHas(addPathReceive, family) ? `0000000${random.below(3)}` : "";
    return path + toHex(codec.join(key, withdraws ? undefined : random.pick(values)));
  }).join("");
  const code = `${afi.toString(16).padStart(4, "0")}${safi.toString(16).padStart(2, "0")}`;
  if (withdraws) return updateOf([attribute(0x80, 15, code + nlri)], "");
  return updateOf([attribute(0x80, 14, `${code}${random.pick(nextHops)}00${nlri}`), ...attributes], "");
}

/** Routes, or withdrawals, as this session has them. */
function soundUpdate(random: Random, session: Partial<Negotiated>): Uint8Array {
  const { fourOctetAs = true, families: mask = prefixFamilies } = session;
  const addPathReceive = (session.addPathReceive ?? 0) & prefixFamilies;
  const nlri = (pool: readonly string[]) =>
    Array.from({ length: 1 + random.below(4) }, () => {
      const path = addPathReceive === 0 ? "" : `0000000${random.below(3)}`;
      return path + random.pick(pool);
    }).join("");
  const asns = Array.from({ length: random.below(4) }, () => 64990 + random.below(20));
  const path = asns.map((asn) => asn.toString(16).padStart(fourOctetAs ? 8 : 4, "0")).join("");
  const asPath = path === "" ? "" : `02${asns.length.toString(16).padStart(2, "0")}${path}`;
  const base = [attribute(0x40, 1, `0${random.below(3)}`), attribute(0x40, 2, asPath)];
  const extra = extras.filter(() => random.chance(25)).map(fromHex);
  const carried = others.filter(({ family }) => maskHas(mask, family));
  if (carried.length > 0 && random.chance(60)) {
    return soundNlri(random, random.pick(carried).family, session, [...base, ...extra]);
  }
  switch (random.below(10)) {
    case 0:
    case 1:
      return updateOf([], "", nlri(prefixes));
    case 2:
      return updateOf([attribute(0x80, 15, `000201${nlri(prefixes6)}`)], "");
    case 3:
    case 4: {
      const reach = attribute(
        0x80,
        14,
        `00020110${"20010db80000000000000000000000"}0${1 + random.below(4)}00${nlri(prefixes6)}`,
      );
      return updateOf([reach, ...base, ...extra], "");
    }
    default: {
      const nextHop = attribute(0x40, 3, `c000020${1 + random.below(4)}`);
      return updateOf([...base, nextHop, ...extra], nlri(prefixes), random.chance(10) ? nlri(prefixes) : "");
    }
  }
}

function isFramed(message: Uint8Array): boolean {
  return message.length >= 19 && message[16]! * 256 + message[17]! === message.length &&
    checkHeader(message, 0, 65535) === undefined;
}

function minimiseSteps(steps: readonly RibStep[], error: string): RibCrash {
  let best: RibCrash = { steps, error };
  for (let size = steps.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < best.steps.length;) {
      const without = [...best.steps.slice(0, at), ...best.steps.slice(at + size)];
      const again = playRib(without);
      if (again === undefined) at += size;
      else best = { steps: without, error: again };
    }
  }
  return best;
}
