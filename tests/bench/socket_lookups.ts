/** Longest matches over the control socket, on one connection, one after the other, as a program asks. */

import { parseAddress, parsePrefix, prefixContains } from "../../src/types/mod.ts";
import { KeptConnection } from "./kept_connection.ts";
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
