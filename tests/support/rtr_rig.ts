/** The session with one RPKI cache in virtual time: a test plays the cache, and reads what the session does. */
import assert from "node:assert/strict";
import { cacheDeadline, type CacheSession, createCacheSession } from "../../src/rpki/cache/session.ts";
import { handleCache } from "../../src/rpki/cache/handle.ts";
import { Payloads } from "../../src/rpki/cache/payloads.ts";
import {
  type CacheConfig,
  type CacheEvent,
  decodePdu,
  defaultTiming,
  encodePdu,
  type Pdu,
  type PduBody,
  type RtrVersion,
} from "../../src/rpki/mod.ts";
import { formatAddress, parsePrefix } from "../../src/types/mod.ts";
import { fromHex } from "../golden/golden.ts";

export class RtrRig {
  now = 0;
  readonly session: CacheSession;
  /** The VRPs and ASPAs in force, as text. */
  readonly vrps = new Set<string>();
  readonly aspas = new Map<number, string>();
  readonly #said: string[] = [];
  /** PDUs that the session sent and the test has not taken. */
  readonly sent: Uint8Array[] = [];

  constructor(config: Partial<CacheConfig> = {}) {
    const payloads = new Payloads({
      announce: (...vrp) => void this.vrps.add(vrpText(...vrp)),
      withdraw: (...vrp) => void assert.ok(this.vrps.delete(vrpText(...vrp))),
      aspa: (customer, providers) => {
        if (providers === undefined) this.aspas.delete(customer);
        else this.aspas.set(customer, providers.join());
      },
    });
    const cache = payloads.addCache();
    const full = { version: 2 as RtrVersion, timing: defaultTiming, mostRecords: 1000, ...config };
    this.session = createCacheSession(full, {
      begin: (isFull) => payloads.begin(cache, isFull),
      prefix: (announce, isIpv4, w0, w1, w2, w3, length, maxLength, asn) =>
        payloads.prefix(cache, announce, isIpv4, w0, w1, w2, w3, length, maxLength, asn, full.mostRecords),
      aspa: (announce, customer, providers) => payloads.aspa(cache, announce, customer, providers, full.mostRecords),
      commit: () => payloads.commit(cache, 1),
      abort: () => payloads.abort(cache),
      drop: () => payloads.drop(cache, 1),
    });
  }

  event(event: CacheEvent): this {
    for (const effect of handleCache(this.session, event, this.now)) {
      switch (effect.kind) {
        case "send":
          this.#said.push(`> ${pduText(effect.bytes)}`);
          this.sent.push(effect.bytes);
          break;
        case "failed":
          this.#said.push(`${effect.received ? "got" : "failed"}: ${effect.reason}`);
          break;
        case "state":
          this.#said.push(effect.to);
          break;
        case "data":
          this.#said.push(`${effect.isFull ? "full" : "changed"} ${effect.serial}`);
          break;
        case "dropped":
          this.#said.push(`dropped: ${effect.reason}`);
          break;
        case "note":
          this.#said.push(`note: ${effect.text}`);
          break;
        default:
          this.#said.push(effect.kind);
      }
    }
    return this;
  }

  /** What the session did since the last look, in order. */
  get said(): string[] {
    return this.#said.splice(0);
  }

  /** Starts and connects. */
  connect(): this {
    if (this.session.state !== "connecting") this.event({ kind: "start" });
    return this.event({ kind: "connected" });
  }

  /** The cache sends these PDUs, in the version of the session. */
  cache(...bodies: readonly PduBody[]): this {
    return this.cacheIn(this.session.version, ...bodies);
  }

  cacheIn(version: RtrVersion, ...bodies: readonly PduBody[]): this {
    const chunks = bodies.map((body) => encodePdu({ version, ...body } as Pdu));
    return this.octets(Uint8Array.from(chunks.flatMap((chunk) => [...chunk])));
  }

  octets(octets: Uint8Array | string): this {
    return this.event({ kind: "octets", bytes: typeof octets === "string" ? fromHex(octets) : octets });
  }

  closed(): this {
    return this.event({ kind: "closed", reason: "end of stream" });
  }

  /** Time passes; each timer fires at its moment. */
  pass(seconds: number): this {
    const until = this.now + seconds * 1000;
    for (let last = -1;;) {
      const next = cacheDeadline(this.session);
      if (next === undefined || next > until) break;
      assert.ok(next > last || next > this.now, "a deadline stays in the past");
      last = this.now = Math.max(this.now, next);
      this.event({ kind: "tick" });
    }
    this.now = until;
    return this;
  }

  /** Connected, with these data of session 7 and serial number 1. */
  inSync(...payloads: readonly PduBody[]): this {
    this.connect().cache(response(), ...payloads, endOfData(1));
    assert.equal(this.said.at(-1), "full 1");
    return this;
  }
}

function vrpText(
  isIpv4: boolean,
  w0: number,
  w1: number,
  w2: number,
  w3: number,
  length: number,
  maxLength: number,
  asn: number,
): string {
  const octets = new Uint8Array(isIpv4 ? 4 : 16);
  const view = new DataView(octets.buffer);
  (isIpv4 ? [w0] : [w0, w1, w2, w3]).forEach((word, i) => view.setInt32(4 * i, word));
  return `${formatAddress(octets)}/${length}-${maxLength} ${asn}`;
}

function pduText(bytes: Uint8Array): string {
  const pdu = decodePdu(bytes);
  switch (pdu.kind) {
    case "serialQuery":
      return `serialQuery v${pdu.version} ${pdu.sessionId} ${pdu.serial}`;
    case "errorReport":
      return `error v${pdu.version} ${pdu.code} about ${pdu.pdu.length} octets: ${pdu.text}`;
    case "fault":
      return pdu.text;
    default:
      return `${pdu.kind} v${pdu.version}`;
  }
}

export function response(sessionId = 7): PduBody {
  return { kind: "cacheResponse", sessionId };
}

export function endOfData(serial: number, sessionId = 7, timing = defaultTiming): PduBody {
  return { kind: "endOfData", sessionId, serial, timing };
}

/** "+192.0.2.0/24-26 64496", or with a minus: withdrawn. */
export function vrp(text: string): PduBody {
  const [, sign, prefix, maxLength, asn] = /^([+-])(\S+)-(\d+) (\d+)$/.exec(text)!;
  return {
    kind: "prefix",
    announce: sign === "+",
    vrp: { prefix: parsePrefix(prefix!)!, maxLength: Number(maxLength), asn: Number(asn) },
  };
}

export function aspa(announce: boolean, customer: number, ...providers: number[]): PduBody {
  return { kind: "aspa", announce, aspa: { customer, providers } };
}

export function report(code: number, text = ""): PduBody {
  return { kind: "errorReport", code, pdu: new Uint8Array(0), text };
}

export function notify(serial: number, sessionId = 7): PduBody {
  return { kind: "serialNotify", sessionId, serial };
}
