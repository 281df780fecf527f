/** Shares of file descriptors. */
import assert from "node:assert/strict";
import { parseConfig } from "../../../../src/config/mod.ts";
import { Descriptors } from "../../../../src/daemon/listen/descriptors.ts";
import { planDescriptors } from "../../../../src/transport/mod.ts";
import { DescriptorShare } from "../../../../src/transport/mod.ts";

Deno.test("all shares together leave enough for files and threads, whatever the limit", () => {
  for (const limit of [256, 512, 1024, 4096, 20_000, 1_048_576]) {
    const { control, api, peers, routers, halfOpen } = planDescriptors(limit);
    assert.ok(limit - control - api - peers - routers >= 64, `${limit}`);
    assert.ok(halfOpen <= peers / 4 && Math.min(control, api, peers, routers, halfOpen) >= 8, `${limit}`);
  }
});

Deno.test("a configuration that allows more connections than descriptors has a warning, with what to do", () => {
  const text = 'router_id = "192.0.2.2"\ndefault_as = 65000\n[[peers]]\nremote_ip = "10.0.0.0/8"\nremote_as = 65001\n';
  const result = parseConfig(text);
  assert.ok(result.kind === "config");
  assert.match(new Descriptors(1024).shortage(result.config.peers)!, /LimitNOFILE\), or lower max_members$/);
  assert.equal(new Descriptors(4096).shortage(result.config.peers), undefined);
});

Deno.test("a share is full until a descriptor is released", async () => {
  const share = new DescriptorShare(2);
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  share.take(first.promise);
  assert.equal(share.isFull, false);
  share.take(second.promise);
  assert.equal(share.isFull, true);
  const released = share.released();
  first.resolve();
  await released;
  assert.equal(share.isFull, false);
});
