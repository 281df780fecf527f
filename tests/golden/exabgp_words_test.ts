/**
 * The words of ExaBGP, over the vectors of its own tests: the command that makes a message says what the message says,
 * and the JSON that bgpd makes of the message is ExaBGP's.
 */
import assert from "node:assert/strict";
import {
  type Json,
  jsonText,
  nlriWords,
  prefixWords,
  readCommand,
  type RouteText,
  updateJson,
} from "../../src/control/exabgp/mod.ts";
import {
  MessageType,
  messageType,
  nlriCodec,
  parseAsPath,
  parseExtCommunity,
  parseFlowActions,
} from "../../src/message/mod.ts";
import { families, familyByName, familyMask } from "../../src/types/mod.ts";
import { familyWords } from "../../src/control/exabgp/mod.ts";
import { hasShared, readSharedJson } from "../support/shared_data.ts";
import { type NlriView, testContext, viewUpdate } from "../support/update_view.ts";
import { bgpMessage } from "../support/wire.ts";
import { fromHex } from "./golden.ts";

interface ExpectedUpdate {
  readonly attribute?: Record<string, Json>;
  readonly announce?: Record<string, Record<string, Record<string, Json>[]>>;
  readonly withdraw?: Record<string, Record<string, Json>[]>;
}

interface Case {
  readonly raw?: string;
  readonly cmd?: string;
  readonly json?: { readonly neighbor: { readonly message: { readonly update?: ExpectedUpdate } } };
}

interface EncodingFile {
  readonly id: string;
  readonly session: readonly { readonly capability: readonly string[] }[];
  readonly cases: readonly Case[];
}

const file = "vectors/exabgp-encoding.json";
const present = hasShared("ExaBGP's vectors", file);
const decoding = "vectors/exabgp-decoding.json";
const files = present ? readSharedJson<{ files: EncodingFile[] }>(file).files : [];

/** Commands of ExaBGP's main branch for kinds of routes that bgpd's commands do not have, and a command of `group`. */
const unread = /^$|^group |^attributes |mcast-vpn|sr-policy|\bmup\b|^announce attributes path-information/;

const tally = { routes: 0, flows: 0, vpls: 0, json: 0 };

for (const { id, session, cases } of files) {
  Deno.test(`ExaBGP's words of ${id}`, () => {
    for (const { raw, cmd = "", json } of cases) {
      const update = json?.neighbor.message.update;
      if (!unread.test(cmd)) checkCommand(cmd, update);
      if (raw !== undefined && update !== undefined) checkJson(fromHex(raw), update, session);
    }
  });
}

for (const { id, kind, hex, full_message, expected } of decodingCases()) {
  if (kind !== "update") continue;
  Deno.test(`ExaBGP's JSON of ${id}`, () => {
    const bytes = fromHex(hex);
    const { update } = expected.neighbor.message;
    if (update !== undefined) checkJson(full_message ? bytes : bgpMessage(MessageType.update, bytes), update, []);
  });
}

Deno.test({
  name: "every command and every JSON of ExaBGP's vectors was compared",
  ignore: !present,
  fn: () => assert.deepEqual(tally, { routes: 165, flows: 37, vpls: 5, json: 259 }),
});

interface DecodingCase {
  readonly id: string;
  readonly kind: string;
  readonly hex: string;
  readonly full_message: boolean;
  readonly expected: { readonly neighbor: { readonly message: { readonly update?: ExpectedUpdate } } };
}

function decodingCases(): readonly DecodingCase[] {
  return hasShared("ExaBGP's messages", decoding) ? readSharedJson<{ cases: DecodingCase[] }>(decoding).cases : [];
}

function checkCommand(cmd: string, update: ExpectedUpdate | undefined): void {
  const { command } = readCommand(cmd);
  if (command.kind !== "routes") return assert.equal(command.kind, "endOfRib", cmd);
  if (update === undefined) return;
  const [family, destinations] = onlyEntry(
    command.action === "announce" ? update.announce! : mapValues(update.withdraw!, (list) => ({ "": list })),
  );
  const [nextHop, nlri] = onlyEntry(destinations);
  const [route] = command.routes;
  assert.equal(familyWords(route!.family), family, cmd);
  if (family.includes("flow")) return checkFlow(cmd, route!, nlri[0]!, command.action, update);
  if (family === "l2vpn vpls") {
    tally.vpls++;
    const { endpoint, base, offset, size, rd } = nlri[0]!;
    assert.equal(route!.destination, `rd ${rd} ve ${endpoint} offset ${offset} size ${size}`);
    if (command.action === "announce") assert.equal(route!.labels, String(base));
  } else {
    tally.routes++;
    assert.deepEqual(command.routes.map(({ destination }) => destination), nlri.map((each) => each["nlri"]), cmd);
    assert.equal(route!.rd, nlri[0]!["rd"] ?? null, cmd);
    const labels = nlri[0]!["label"] as number[][] | undefined;
    assert.equal(route!.labels, labels === undefined ? null : labels.map(([label]) => label).join(" "), cmd);
  }
  if (command.action === "announce") {
    if (route!.nextHop !== "self") assert.equal(route!.nextHop, nextHop, cmd);
    assert.deepEqual(attributesOf(route!), { origin: "igp", ...comparable(update.attribute ?? {}) }, cmd);
  }
}

/** The rule is ExaBGP's `string`, and the actions are its extended communities. */
function checkFlow(
  cmd: string,
  route: RouteText,
  nlri: Record<string, Json>,
  action: string,
  update: ExpectedUpdate,
): void {
  tally.flows++;
  const codec = nlriCodec(familyByName(`${route.family.split(" ")[0]} flowspec`)!.id)!;
  const words = String(nlri["string"]).replace(/^flow /, "").replace(/ rd \S+| next-hop \S+/g, "").replace(
    "=101",
    "=0x65",
  );
  assert.deepEqual(codec.parse(route.destination), codec.parse(words), cmd);
  assert.equal(route.rd, nlri["rd"] ?? null, cmd);
  const list = update.attribute?.["extended-community"] as { value: number }[] | undefined;
  if (action === "withdraw" || list === undefined) return;
  const actions = parseFlowActions(route.actions ?? "");
  assert.ok(!("error" in actions));
  const octets = [...actions.extCommunities, ...(route.extCommunities?.split(" ") ?? []).map(parseExtCommunity)];
  const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b);
  assert.deepEqual(
    sorted(octets.map((each) => Number(`0x${each!.toHex()}`))),
    sorted(list.map(({ value }) => value)),
    cmd,
  );
}

/** The attributes of a command in the form of ExaBGP's JSON. */
function attributesOf(route: RouteText): Record<string, Json> {
  const words = (text: string | null) => text === null ? undefined : text.split(" ");
  const path = route.asPath === null ? undefined : parseAsPath(route.asPath)!;
  const json: Record<string, Json | undefined> = {
    origin: route.origin ?? "igp",
    "as-path": path && Object.fromEntries(path.map(({ asns }, i) => [i, { element: "as-sequence", value: asns }])),
    med: route.med ?? undefined,
    "local-preference": route.localPref ?? undefined,
    community: words(route.communities)?.map((word) => word.split(":").map(Number)),
    "large-community": words(route.largeCommunities)?.map((word) => word.split(":").map(Number)),
    "extended-community": words(route.extCommunities)?.map((word) => Number(`0x${parseExtCommunity(word)!.toHex()}`)),
  };
  return Object.fromEntries(Object.entries(json).flatMap(([key, value]) => value === undefined ? [] : [[key, value]]));
}

/** What a command of bgpd has of ExaBGP's attributes. */
function comparable(attribute: Record<string, Json>): Record<string, Json> {
  const { "originator-id": _1, "cluster-list": _2, aggregator: _3, "atomic-aggregate": _4, ...rest } = attribute;
  const list = rest["extended-community"] as { value: number }[] | undefined;
  if (list !== undefined) rest["extended-community"] = list.map(({ value }) => value);
  return Object.fromEntries(Object.entries(rest).filter(([key]) => !/^attribute-|^bgp-prefix-sid|-ipv6$/.test(key)));
}

function checkJson(bytes: Uint8Array, expected: ExpectedUpdate, session: EncodingFile["session"]): void {
  if (messageType(bytes, 0) !== MessageType.update) return;
  const capabilities = session.flatMap(({ capability }) => capability).join(" ");
  const context = testContext({ families: familyMask(families.map(({ id }) => id)) });
  const view = viewUpdate(bytes, {
    ...context,
    fourOctetAs: !capabilities.includes("asn4 disable"),
    addPathReceive: capabilities.includes("add-path") ? context.families : 0,
  });
  if (view.verdict !== "accept" || view.notice !== undefined) return;
  tally.json++;
  const words = ({ family, prefix, pathId, value }: NlriView) => {
    const path = pathId === -1 ? null : pathId;
    return value === undefined
      ? prefixWords({ family, prefix, pathId: path })
      : nlriWords({ family, text: prefix, pathId: path, value });
  };
  const [part] = view.parts;
  const update = {
    attributes: part?.attributes,
    announced: (part?.announced ?? []).map((nlri) => ({ ...words(nlri), nextHop: part!.nextHop?.split(" ")[0] })),
    withdrawn: view.withdrawn.map(words),
  };
  assert.deepEqual(comparableUpdate(JSON.parse(jsonText(updateJson(update, 5)))), comparableUpdate(expected));
}

/** Families whose NLRI ExaBGP's main branch parses further than bgpd. */
const opaque = /mcast-vpn|sr-policy| mup|bgp-ls/;

/** Without what bgpd does not keep of withdrawn routes, and what only one of both prints. */
function comparableUpdate(update: ExpectedUpdate): unknown {
  const { attribute, announce, withdraw } = update;
  const { "bgp-prefix-sid": _1, "tunnel-encap": _2, "bgp-ls": _3, "next-hop": _4, ...rest } = attribute ?? {};
  const known = Object.entries(rest).filter(([name]) => !/^attribute-0x(28|17|1D)/.test(name));
  return {
    attribute: Object.fromEntries(known),
    announce: mapEntries(announce ?? {}, (hops, family) => mapValues(hops, (list) => list.map(comparableNlri(family)))),
    withdraw: mapEntries(withdraw ?? {}, (list, family) =>
      list.map((nlri) => {
        const { label: _label, base: _base, ...key } = comparableNlri(family)(nlri);
        return key;
      })),
  };
}

function comparableNlri(family: string): (nlri: Record<string, Json>) => Record<string, Json> {
  return (nlri) => opaque.test(family) ? {} : nlri;
}

function mapEntries<T, U>(
  record: Readonly<Record<string, T>>,
  change: (value: T, key: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}

function onlyEntry<T>(record: Readonly<Record<string, T>>): [string, T] {
  const entries = Object.entries(record);
  assert.equal(entries.length, 1);
  return entries[0]!;
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
