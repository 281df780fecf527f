/** OPEN, NOTIFICATION, KEEPALIVE, ROUTE-REFRESH and capabilities against their golden octets. */
import assert from "node:assert/strict";
import {
  decodeCapability,
  decodeNotification,
  decodeOpen,
  decodeRouteRefresh,
  encodeCapability,
  encodeNotification,
  encodeOpen,
  encodeRouteRefresh,
  keepaliveMessage,
} from "../../src/message/mod.ts";
import { goldenTests, toHex } from "./golden.ts";

goldenTests("capabilities.json", {
  decode(bytes) {
    assert.equal(bytes[1], bytes.length - 2, "the length of the row itself");
    return decodeCapability(bytes[0]!, bytes.subarray(2));
  },
  encode: encodeCapability,
});

goldenTests("opens.json", {
  decode: decodeOpen,
  encode(result) {
    assert.ok(result.kind === "open");
    return encodeOpen(result.open);
  },
});

goldenTests("notifications.json", { decode: decodeNotification, encode: (value) => encodeNotification(value) });

goldenTests("route_refreshes.json", {
  decode: (bytes) => decodeRouteRefresh(bytes),
  encode(result) {
    assert.ok(result.kind === "routeRefresh");
    return encodeRouteRefresh(result);
  },
});

Deno.test("RFC 4271 §4.4: a KEEPALIVE is a header and nothing else", () => {
  assert.equal(toHex(keepaliveMessage), "ffffffffffffffffffffffffffffffff001304");
});
