/**
 * The words of ExaBGP, over the vectors of its own tests: the command that makes a message says what the message says,
 * and the JSON that bgpd makes of the message is ExaBGP's.
 */
import assert from "node:assert/strict";
import {
  type Json,
  jsonText,
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
import { familyByName } from "../../src/types/mod.ts";
import { familyWords } from "../../src/control/exabgp/mod.ts";
import { hasShared, readSharedJson } from "../support/shared_data.ts";
import { testContext, viewUpdate } from "../support/update_view.ts";
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

Deno.test({
  name: "every command and every JSON of ExaBGP's vectors was compared",
  ignore: !present,
  fn: () => assert.deepEqual({ ...tally, json: tally.json >= 151 }, { routes: 165, flows: 37, vpls: 5, json: true }),
});

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
    assert.equal(route!.destination, `endpoint ${endpoint} base ${base} offset ${offset} size ${size}`);
    assert.equal(route!.rd, rd);
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
  const context = testContext();
  const view = viewUpdate(bytes, {
    ...context,
    fourOctetAs: !capabilities.includes("asn4 disable"),
    addPathReceive: capabilities.includes("add-path") ? context.families : 0,
  });
  if (view.verdict !== "accept" || view.notice !== undefined) return;
  tally.json++;
  const words = (nlri: { family: string; prefix: string; pathId: number }) =>
    prefixWords({ ...nlri, pathId: nlri.pathId === -1 ? null : nlri.pathId });
  const [part] = view.parts;
  const update = {
    attributes: part?.attributes,
    announced: (part?.announced ?? []).map((nlri) => ({ ...words(nlri), nextHop: part!.nextHop!.split(" ")[0] })),
    withdrawn: view.withdrawn.map(words),
  };
  assert.deepEqual(JSON.parse(jsonText(updateJson(update, 5))), expected);
}

function onlyEntry<T>(record: Readonly<Record<string, T>>): [string, T] {
  const entries = Object.entries(record);
  assert.equal(entries.length, 1);
  return entries[0]!;
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
