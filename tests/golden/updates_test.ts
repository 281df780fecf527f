/** Path attributes, and whole UPDATEs, against their golden octets. */
import type { FamilyId } from "../../src/types/mod.ts";
import assert from "node:assert/strict";
import {
  attributeName,
  attributeRow,
  type AttributeSet,
  decodeAttributeSet,
  emptyAttributeSet,
  encodeAttributeSet,
  NlriCursor,
  UpdateEncoder,
  UpdateScanner,
} from "../../src/message/mod.ts";
import { ibgp, prefixText } from "../unit/message/updates.ts";
import { goldenTests, toHex, toJson } from "./golden.ts";

interface GoldenAttribute {
  readonly attribute: string;
  readonly code: number;
  /** What it says in a set. */
  readonly set: Partial<AttributeSet>;
}

goldenTests<GoldenAttribute>("attributes.json", {
  decode(bytes) {
    const whole = decodeAttributeSet(bytes);
    const empty = emptyAttributeSet();
    const code = bytes[1]!;
    const said = Object.entries(whole).filter(([key, value]) =>
      key === "asPath" ? code === 2 : JSON.stringify(toJson(value)) !== JSON.stringify(toJson(Reflect.get(empty, key)))
    );
    return { attribute: attributeName(code), code, set: Object.fromEntries(said) };
  },
  encode({ code, set }) {
    const whole = encodeAttributeSet({ ...emptyAttributeSet(), ...set });
    if (code === 2) return whole;
    // A set always has an AS_PATH, here an empty one.
    const text = toHex(whole);
    const at = text.indexOf("400200");
    assert.ok(at !== -1);
    return Uint8Array.from((text.slice(0, at) + text.slice(at + 6)).match(/../g) ?? [], (pair) => parseInt(pair, 16));
  },
});

Deno.test("every attribute of the registry that a set can hold has a golden row", () => {
  const rows: { hex: string }[] = JSON.parse(Deno.readTextFileSync(new URL("attributes.json", import.meta.url)));
  const seen = new Set(rows.map(({ hex }) => parseInt(hex.slice(3, 5), 16)));
  for (let code = 0; code < 256; code++) {
    if (attributeRow(code) === undefined || [14, 15, 17, 18].includes(code)) continue;
    assert.ok(seen.has(code), attributeName(code));
  }
});

interface GoldenUpdate {
  readonly verdict: string;
  readonly set: Partial<AttributeSet>;
  readonly announced: readonly GoldenPrefix[];
  readonly withdrawn: readonly GoldenPrefix[];
  readonly endOfRib: FamilyId | 0;
}

interface GoldenPrefix {
  readonly family: FamilyId;
  readonly prefix: string;
  readonly words: readonly number[];
}

goldenTests<GoldenUpdate>("updates.json", {
  decode(bytes) {
    const scanner = new UpdateScanner(ibgp);
    assert.equal(scanner.scan(bytes, 0, bytes.length), "ok");
    const { kind } = scanner.validate();
    const set = scanner.setLength === 0 ? {} : decodeAttributeSet(scanner.setBytes.subarray(0, scanner.setLength));
    const announced: GoldenPrefix[] = [], withdrawn: GoldenPrefix[] = [];
    const cursor = new NlriCursor();
    for (const { family, withdraw, addPath, start, end } of scanner.blocks.slice(0, scanner.blockCount)) {
      cursor.reset(bytes, start, end, family, addPath);
      while (cursor.next()) {
        const words = [cursor.w0, cursor.w1, cursor.w2, cursor.w3, cursor.length];
        (withdraw ? withdrawn : announced).push({ family, prefix: prefixText(cursor, family), words });
      }
    }
    return { verdict: kind, set, announced, withdrawn, endOfRib: scanner.endOfRib };
  },
  encode({ set, announced, withdrawn, endOfRib }) {
    const encoder = new UpdateEncoder(ibgp);
    const [first] = [...announced, ...withdrawn];
    if (endOfRib !== 0) encoder.endOfRib(endOfRib);
    else if (announced.length > 0) {
      encoder.begin(encodeAttributeSet({ ...emptyAttributeSet(), ...set }), first!.family);
    } else encoder.beginWithdraw(first!.family);
    for (const { words: [w0, w1, w2, w3, length] } of [...announced, ...withdrawn]) {
      encoder.add(w0!, w1!, w2!, w3!, length!, -1);
    }
    return encoder.take();
  },
});
