import assert from "node:assert/strict";
import { OutputWindow } from "../../../../src/daemon/peer/output_window.ts";

Deno.test("room is granted in large pieces, and never runs out while the socket takes everything", () => {
  for (const octets of [1, 200, 131_072]) {
    const window = new OutputWindow(octets);
    let room = window.octets, grants = 0;
    for (let i = 0; i < 10_000; i++) {
      assert.ok(room > 0, `nothing may be sent after ${i} messages, with a window of ${octets}`);
      room -= 60;
      const granted = window.took(60);
      if (granted > 0) grants++;
      room += granted;
      assert.ok(room <= octets);
    }
    if (octets > 100_000) assert.ok(grants < 20, `${grants} grants`);
  }
});

Deno.test("octets that wait in the socket are not granted again: a slow peer delays its own output only", () => {
  const window = new OutputWindow(1000);
  assert.equal(window.took(200), 0);
  assert.equal(window.took(100), 300);
  assert.equal(window.took(100), 0);
});
