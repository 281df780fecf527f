/**
 * Writes examples/demo/table.mrt.gz, the table that the demo replays: 2,500 prefixes as two providers announce them.
 * The generator of the bench makes it up, and makes the same bytes every time.
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { encodeAttributeSet } from "../src/message/mod.ts";
import { TableWriter } from "../src/mrt/mod.ts";
import { IPV4_UNICAST, IPV6_UNICAST, parseAddress, parsePrefix } from "../src/types/mod.ts";
import { generateTable } from "../tests/bench/generator.ts";
import { isIpv4, prefixText } from "../tests/bench/table.ts";
import { attributesOf } from "../tests/bench/updates.ts";

const path = `${dirname(dirname(fileURLToPath(import.meta.url)))}/examples/demo/table.mrt.gz`;
const time = Date.UTC(2026, 0, 1);
/** AS numbers for documentation (RFC 5398). */
const asns = [64500, 64501];

export function demoTable(): Uint8Array {
  const table = generateTable({ ipv4: 2000, ipv6: 500 }, 2026);
  const writer = new TableWriter(time);
  const peers = asns.map((asn, i) => ({ address: parseAddress(`192.0.2.${i + 1}`)!, asn, routerId: 0xc0000201 + i }));
  const records = [writer.peerIndex(0xc0000264, "demo", peers)];
  for (let group = 0; group < table.origins.length; group++) {
    const sets = asns.map((asn) => encodeAttributeSet(attributesOf(table, group, asn)));
    for (let at = table.groups[group]!; at < table.groups[group + 1]!; at++) {
      const family = isIpv4(table, at) ? IPV4_UNICAST : IPV6_UNICAST;
      const routes = sets.map((set, peerIndex) => ({ peerIndex, pathId: -1, receivedAt: time, set }))
        .filter(({ peerIndex }) => hasBoth(at) || peerIndex === at % 2);
      records.push(...writer.prefix(family, parsePrefix(prefixText(table, at))!, routes));
    }
  }
  return gzipSync(new Uint8Array(records.flatMap((record) => [...record])), { level: 9 });
}

/** One prefix in ten comes by one of the providers only. */
function hasBoth(at: number): boolean {
  return at % 10 !== 3;
}

if (import.meta.main) {
  const file = demoTable();
  Deno.writeFileSync(path, file);
  console.error(`wrote ${path}, ${file.length} octets`);
}
