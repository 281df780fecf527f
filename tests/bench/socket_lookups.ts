/** Longest matches over the control socket, on one connection, one after the other, as a program asks. */

import { parseAddress, parsePrefix, prefixContains } from "../../src/types/mod.ts";
import type { Random } from "./random.ts";
import { addressText, prefixText, type Table } from "./table.ts";

/** Milliseconds of each of `count` whole calls, from the question to the route read, sorted. */
export async function socketLookups(
  path: string,
  table: Table,
  ipv4: number,
  count: number,
  random: Random,
): Promise<number[]> {
  using connection = new KeptConnection(await Deno.connect({ transport: "unix", path }));
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const at = random.below(ipv4);
    const address = addressText(table, at, true);
    const start = performance.now();
    const [route] = await connection.get(`/api/v1/routes?address=${address}`) as { prefix: string }[];
    times.push(performance.now() - start);
    // There may be a longer one than the prefix the address was made of.
    const found = parsePrefix(route?.prefix ?? "");
    if (found === undefined || found.length < table.lengths[at]! || !prefixContains(found, parseAddress(address)!)) {
      throw new Error(`no match for ${prefixText(table, at)}: ${route?.prefix}`);
    }
  }
  return times.sort((a, b) => a - b);
}

/** HTTP/1.1 of a few lines: answers with a length, one at a time. */
class KeptConnection {
  readonly #connection: Deno.Conn;
  readonly #buffer = new Uint8Array(65_536);
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  async get(path: string): Promise<unknown> {
    await this.#connection.write(this.#encoder.encode(`GET ${path} HTTP/1.1\r\nHost: bgpd\r\n\r\n`));
    let text = "";
    for (;;) {
      const count = await this.#connection.read(this.#buffer);
      if (count === null) throw new Error(`the connection ended behind ${text}`);
      text += this.#decoder.decode(this.#buffer.subarray(0, count));
      const end = text.indexOf("\r\n\r\n");
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? NaN);
      if (end === -1 || text.length < end + 4 + length) continue;
      if (!text.startsWith("HTTP/1.1 200 ") || Number.isNaN(length)) throw new Error(text);
      return JSON.parse(text.slice(end + 4));
    }
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
