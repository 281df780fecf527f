/** `bgpd show roas`: the VRPs that say who may originate a prefix, or those of an AS. */

import type { StoredVrp, StoreReader } from "../../../store/mod.ts";
import { type Asn, formatPrefix, parseAddress, parsePrefix, type Prefix } from "../../../types/mod.ts";
import { toJson } from "../../json.ts";
import { whyNoPrefix } from "../../prefix_error.ts";
import { type Command, type Input, type Io, UsageError } from "../command.ts";
import { databaseOptions, withDatabase } from "../database_file.ts";
import { printJsonList } from "../text/rows.ts";
import { outputFor, printTable, type TableRow, wideOption } from "../text/table.ts";

const defaultLimit = 1000;

export const showRoasCommand: Command = {
  name: "roas",
  aliases: ["roa", "vrps", "vrp"],
  summary: "show who may originate a prefix: the VRPs that cover it, and those inside it",
  arguments: [
    { name: "[PREFIX]", doc: "a prefix or an address: the VRPs that cover it, and those of prefixes inside it" },
  ],
  options: [
    { flags: "--asn ASN", doc: "the VRPs of this AS; 0: prefixes that no AS may originate" },
    { flags: "--limit N", doc: `show at most N VRPs inside the prefix or of the AS (default: ${defaultLimit})` },
    ...databaseOptions,
    wideOption,
  ],
  examples: [
    ["bgpd show roas 192.0.2.0/24", "show who may originate this prefix"],
    ["bgpd show roas --asn 64500", "show what an AS may originate"],
  ],
  run(input, plain) {
    const io = outputFor(input, plain);
    const prefix = prefixOf(input);
    const asn = input.asn("asn");
    if ((prefix === undefined) === (asn === undefined)) {
      throw new UsageError("give a prefix or an address, or --asn ASN: bgpd show roas 192.0.2.0/24");
    }
    const limit = input.number("limit", 1, Number.MAX_SAFE_INTEGER) ?? defaultLimit;
    return withDatabase(input, io, async (reader) => {
      const found = prefix === undefined ? await ofAs(reader, asn!, limit) : await around(reader, prefix, limit);
      if (input.flag("json")) printJsonList(found.map((vrp) => toJson(vrp)), io);
      else print(found, prefix, io);
      return 0;
    });
  },
};

interface ShownVrp extends StoredVrp {
  /** Where the prefix of the VRP lies, seen from the prefix in question. */
  readonly place: "covers" | "inside" | null;
}

function prefixOf(input: Input): Prefix | undefined {
  const [word, ...more] = input.words;
  if (more.length > 0) throw new UsageError(`give one prefix or address, not "${input.words.join(" ")}"`);
  if (word === undefined) return undefined;
  const octets = parseAddress(word);
  if (octets !== undefined) return { octets, length: 8 * octets.length };
  const prefix = parsePrefix(word);
  if (prefix === undefined) throw new UsageError(whyNoPrefix(word));
  return prefix;
}

async function around(reader: StoreReader, prefix: Prefix, limit: number): Promise<ShownVrp[]> {
  const { covering, inside } = await reader.vrpsAround(prefix, limit);
  return [
    ...covering.map((vrp) => ({ ...vrp, place: "covers" as const })),
    ...inside.map((vrp) => ({ ...vrp, place: "inside" as const })),
  ];
}

async function ofAs(reader: StoreReader, asn: Asn, limit: number): Promise<ShownVrp[]> {
  return (await reader.vrpsOfAs(asn, limit)).map((vrp) => ({ ...vrp, place: null }));
}

function print(vrps: readonly ShownVrp[], asked: Prefix | undefined, io: Io): void {
  if (vrps.length === 0) {
    const what = asked === undefined ? "the AS has no VRP" : `no VRP covers ${formatPrefix(asked)} or is inside it`;
    return io.message(what);
  }
  const rows = vrps.map(({ prefix, maxLength, asn, since, place }): TableRow => ({
    cells: [
      prefix,
      `/${maxLength}`,
      asn === 0 ? "AS 0: nobody" : `AS ${asn}`,
      since.slice(0, 19).replace("T", " "),
      ...asked === undefined ? [] : [place ?? ""],
    ],
  }));
  const columns = [
    { title: "Prefix", fit: "address" },
    { title: "Up to", align: "right" },
    { title: "Origin" },
    { title: "Since" },
  ] as const;
  printTable(asked === undefined ? columns : [...columns, { title: "Place" }], rows, io);
}
