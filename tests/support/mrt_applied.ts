/** Reads files of archives, and applies them one after the other, with nothing of bgpd. */
import assert from "node:assert/strict";
import { gunzipSync, zstdDecompressSync } from "node:zlib";

/** The octets of a file of an archive. */
export function unpacked(path: string): Uint8Array {
  const bytes = Deno.readFileSync(path);
  if (path.endsWith(".gz")) return gunzipSync(bytes);
  return path.endsWith(".zst") ? zstdDecompressSync(bytes) : bytes;
}

/**
 * A reader of MRT for the tests, that shares nothing with bgpd: IPv4 unicast routes of one peer, `prefix` → octets of
 * AS_PATH. It applies tables and messages in the order of their times.
 */
export class Applied {
  readonly routes = new Map<string, string>();
  states = 0;

  /** `after`: only messages behind this time, in seconds. Returns the time of a table. */
  read(bytes: Uint8Array, after = 0): number {
    let time = 0;
    for (let at = 0; at < bytes.length;) {
      const view = new DataView(bytes.buffer, bytes.byteOffset + at);
      const seconds = view.getUint32(0),
        type = view.getUint16(4),
        subtype = view.getUint16(6),
        length = view.getUint32(8);
      const body = bytes.subarray(at + 12, at + 12 + length);
      assert.equal(body.length, length, "a record is whole");
      at += 12 + length;
      if (type === 13) {
        time = seconds;
        if (subtype === 2) this.#tableRow(body);
      } else {
        assert.equal(type, 17);
        if (subtype === 5) this.states++;
        else if (seconds >= after) this.#message(body.subarray(4 + 8 + 2 + 2 + 8));
      }
    }
    return time;
  }

  #tableRow(body: Uint8Array): void {
    const view = new DataView(body.buffer, body.byteOffset), bits = body[4]!, octets = (bits + 7) >> 3;
    const entry = 5 + octets + 2, attributes = entry + 8;
    const end = attributes + view.getUint16(entry + 6);
    this.routes.set(prefixOf(body.subarray(5, 5 + octets), bits), asPath(body.subarray(attributes, end)));
  }

  #message(message: Uint8Array): void {
    if (message[18] !== 2) return;
    const view = new DataView(message.buffer, message.byteOffset);
    const withdrawn = view.getUint16(19),
      attributes = 21 + withdrawn,
      nlri = attributes + 2 + view.getUint16(attributes);
    for (const prefix of prefixes(message.subarray(21, attributes))) this.routes.delete(prefix);
    const path = asPath(message.subarray(attributes + 2, nlri));
    for (const prefix of prefixes(message.subarray(nlri, view.getUint16(16)))) this.routes.set(prefix, path);
  }

  get lines(): string[] {
    return [...this.routes].map(([prefix, path]) => `${prefix} ${path}`).sort();
  }
}

function prefixOf(octets: Uint8Array, bits: number): string {
  return `${[0, 1, 2, 3].map((i) => octets[i] ?? 0).join(".")}/${bits}`;
}

function* prefixes(nlri: Uint8Array): Generator<string> {
  for (let at = 0; at < nlri.length;) {
    const bits = nlri[at]!, octets = (bits + 7) >> 3;
    yield prefixOf(nlri.subarray(at + 1, at + 1 + octets), bits);
    at += 1 + octets;
  }
}

/** The ASNs of a path that is one sequence. */
function asPath(attributes: Uint8Array): string {
  const view = new DataView(attributes.buffer, attributes.byteOffset);
  for (let at = 0; at < attributes.length;) {
    const isLong = (attributes[at]! & 16) !== 0, value = at + (isLong ? 4 : 3);
    const length = isLong ? view.getUint16(at + 2) : attributes[at + 2]!;
    if (attributes[at + 1] === 2) {
      return Array.from({ length: attributes[value + 1]! }, (_, i) => view.getUint32(value + 2 + 4 * i)).join(" ");
    }
    at = value + length;
  }
  return "";
}
