import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import { checkHeader, decodeRouteRefresh, encodeRouteRefresh, RefreshSubtype } from "../../../src/message/mod.ts";
import { fromHex } from "../../golden/golden.ts";

const header = (length: string) => `${"ff".repeat(16)} ${length} 05`;

Deno.test("decode(encode(x)) = x, and its header is sound", () => {
  const refresh = fc.record({
    afi: fc.integer({ min: 0, max: 0xffff }),
    safi: fc.integer({ min: 0, max: 0xff }),
    subtype: fc.constantFrom(...Object.values(RefreshSubtype)),
  });
  fc.assert(fc.property(refresh, (value) => {
    const bytes = encodeRouteRefresh(value);
    assert.equal(checkHeader(bytes, 0, 4096), undefined);
    assert.deepEqual(decodeRouteRefresh(bytes), { kind: "routeRefresh", ...value });
  }));
});

Deno.test("RFC 7313 §5: BoRR and EoRR of another length than 4: the data is the whole message", () => {
  for (const subtype of ["01", "02"]) {
    for (const text of [`${header("0016")} 0001 ${subtype}`, `${header("0018")} 0001 ${subtype} 01 00`]) {
      const bytes = fromHex(text);
      const result = decodeRouteRefresh(bytes);
      assert.deepEqual(result, { kind: "fault", notification: { code: 7, subcode: 1, data: bytes } });
    }
    assert.equal(decodeRouteRefresh(fromHex(`${header("0017")} 0001 ${subtype} 01`)).kind, "routeRefresh");
  }
});

Deno.test("RFC 7313 §5: the subtype of a later RFC is ignored", () => {
  assert.deepEqual(decodeRouteRefresh(fromHex(`${header("0017")} 0001 03 01`)), { kind: "ignored", subtype: 3 });
});

Deno.test("RFC 2918 §3: not enhanced, the octet of the subtype is reserved and ignored", () => {
  const bytes = fromHex(`${header("0017")} 0001 02 01`);
  assert.deepEqual(decodeRouteRefresh(bytes, "plain"), { kind: "routeRefresh", afi: 1, safi: 1, subtype: 0 });
  assert.deepEqual(decodeRouteRefresh(bytes), { kind: "routeRefresh", afi: 1, safi: 1, subtype: 2 });
});

Deno.test("no octets make it throw", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom("enhanced" as const, "plain" as const),
      (bytes, form) => {
        decodeRouteRefresh(bytes, form);
      },
    ),
  );
});
