/** Path attributes and whole UPDATEs against their golden octets. */
import assert from "node:assert/strict";
import {
  attributeName,
  attributeRow,
  type AttributeSet,
  decodeAttributeSet,
  emptyAttributeSet,
  encodeAttributeSet,
  UpdateEncoder,
} from "../../src/message/mod.ts";
import { families, familyByName, type FamilyId, parsePrefix } from "../../src/types/mod.ts";
import { type NlriView, type UpdateView, viewUpdate } from "../support/update_view.ts";
import { fromHex, goldenTests, readGolden, toHex, toJson } from "./golden.ts";
import { goldenSession, goldenSessions } from "./sessions.ts";

interface GoldenAttribute {
  readonly attribute: string;
  readonly code: number;
  /** What it says in a set. */
  readonly set: Partial<AttributeSet>;
}

goldenTests<GoldenAttribute>("attributes.json", {
  decode(bytes) {
    const whole = decodeAttributeSet(bytes);
    const code = bytes[1]!;
    const set = code === 2 ? { asPath: whole.asPath } : differentFromEmpty(whole);
    return { attribute: attributeName(code), code, set };
  },
  encode({ code, set }) {
    const whole = encodeAttributeSet({ ...emptyAttributeSet(), ...set });
    if (code === 2) return whole;
    // A set always has an AS_PATH, here an empty one.
    const text = toHex(whole);
    const at = text.indexOf("400200");
    assert.ok(at !== -1);
    return fromHex(text.slice(0, at) + text.slice(at + 6));
  },
});

/** The members of a set that an empty one does not have. */
function differentFromEmpty(set: AttributeSet): Partial<AttributeSet> {
  const empty = emptyAttributeSet();
  const text = (value: unknown) => JSON.stringify(toJson(value));
  const found = Object.entries(set).filter(([key, value]) => text(value) !== text(Reflect.get(empty, key)));
  return Object.fromEntries(found);
}

Deno.test("every attribute of the registry that a set can hold has a golden row", () => {
  const rows = readGolden("attributes.json");
  const seen = new Set(rows.map(({ hex }) => parseInt(hex.slice(3, 5), 16)));
  for (let code = 0; code < 256; code++) {
    if (attributeRow(code) === undefined || [14, 15, 17, 18].includes(code)) continue;
    assert.ok(seen.has(code), attributeName(code));
  }
});

interface GoldenUpdate {
  readonly verdict: UpdateView["verdict"];
  /** Action and NOTIFICATION, e.g. `"treatAsWithdraw 3/3"`. */
  readonly faults: readonly string[];
  readonly routes: readonly {
    readonly set: Partial<AttributeSet>;
    readonly nextHop: string | undefined;
    readonly announced: readonly string[];
  }[];
  readonly withdrawn: readonly string[];
  readonly endOfRib: string | undefined;
  /** A family that was not negotiated, whose routes are left out. */
  readonly otherFamily: string | undefined;
}

goldenTests<GoldenUpdate>("updates.json", {
  decode(bytes, session) {
    const view = viewUpdate(bytes, goldenSession(session));
    return {
      verdict: view.verdict,
      faults: view.faults.map(({ action, notification: { code, subcode } }) => `${action} ${code}/${subcode}`),
      routes: view.parts.map(({ attributes, nextHop, announced }) => ({
        set: differentFromEmpty(attributes),
        nextHop,
        announced: announced.map(nlriText),
      })),
      withdrawn: view.withdrawn.map(nlriText),
      endOfRib: view.endOfRib,
      otherFamily: /ignored: (?:family )?(.+) was not negotiated/.exec(view.notice ?? "")?.[1],
    };
  },
  encode({ routes, withdrawn, endOfRib }, session) {
    const encoder = new UpdateEncoder(goldenSession(session));
    if (endOfRib !== undefined) encoder.endOfRib(familyByName(endOfRib)!.id);
    let last: FamilyId | 0 = 0;
    for (const text of withdrawn) {
      addNlri(encoder, text, (family) => family !== last && encoder.beginWithdraw(last = family));
    }
    for (const { set, announced } of routes) {
      const wire = encodeAttributeSet({ ...emptyAttributeSet(), ...set });
      announced.forEach((text, i) => addNlri(encoder, text, (family) => i === 0 && encoder.begin(wire, family)));
    }
    return encoder.take();
  },
});

/** `"ipv4 unicast 192.0.2.0/24"`, with ADD-PATH `"ipv4 unicast 192.0.2.0/24 path 1"`. */
function nlriText({ family, prefix, pathId }: NlriView): string {
  return pathId === -1 ? `${family} ${prefix}` : `${family} ${prefix} path ${pathId}`;
}

function addNlri(encoder: UpdateEncoder, text: string, begin: (family: FamilyId) => void): void {
  const [, family, prefix, pathId] = /^(ipv[46] \w+) (\S+)(?: path (\d+))?$/.exec(text)!;
  begin(familyByName(family!)!.id);
  const { octets, length } = parsePrefix(prefix!)!;
  const view = new DataView(new Uint8Array([...octets, ...new Uint8Array(12)]).buffer);
  const [w0, w1, w2, w3] = [0, 4, 8, 12].map((at) => view.getInt32(at));
  encoder.add(w0!, w1!, w2!, w3!, length, pathId === undefined ? -1 : Number(pathId));
}

Deno.test("every session, every verdict and every family has a golden UPDATE", () => {
  const rows = readGolden("updates.json");
  const values = rows.map(({ value }) => value as GoldenUpdate);
  assert.deepEqual(new Set(rows.map(({ session }) => session)), new Set(Object.keys(goldenSessions)));
  assert.deepEqual(
    new Set(values.map(({ verdict }) => verdict)),
    new Set(["accept", "treatAsWithdraw", "sessionReset"]),
  );
  const announced = values.flatMap(({ routes }) => routes.flatMap((route) => route.announced));
  for (const { name } of families.filter(({ kind }) => kind === "prefix")) {
    assert.ok(announced.some((text) => text.startsWith(name)), `no route of ${name}`);
    assert.ok(
      values.some(({ withdrawn }) => withdrawn.some((text) => text.startsWith(name))),
      `no withdrawal of ${name}`,
    );
    assert.ok(values.some(({ endOfRib }) => endOfRib === name), `no End-of-RIB of ${name}`);
  }
});
