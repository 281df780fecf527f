import assert from "node:assert/strict";
import { dial, listen, TransportError } from "../../../src/transport/mod.ts";
import { close, next, settles, withListener } from "./support.ts";

function failure(work: () => unknown): TransportError {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof TransportError, `not a TransportError: ${error}`);
    return error;
  }
  assert.fail("nothing was thrown");
}

Deno.test("a busy port is reported as in use", async () => {
  await withListener("127.0.0.1", (listener) => {
    const error = failure(() => listen({ address: "127.0.0.1", port: listener.port }));
    assert.equal(error.kind, "addressInUse");
    assert.equal(error.message, `127.0.0.1:${listener.port} is already in use`);
    return Promise.resolve();
  });
});

Deno.test("a busy port of an IPv6 address is written with brackets", async () => {
  await withListener("::1", (listener) => {
    const error = failure(() => listen({ address: "::1", port: listener.port }));
    assert.equal(error.message, `[::1]:${listener.port} is already in use`);
    return Promise.resolve();
  });
});

Deno.test("an address that is not one of this machine is named", () => {
  const error = failure(() => listen({ address: "192.0.2.77", port: 0 }));
  assert.equal(error.kind, "addressNotLocal");
  assert.equal(error.message, "cannot listen on 192.0.2.77:0: 192.0.2.77 is not an address of this machine");
});

Deno.test("the same port on two addresses is two listeners", async () => {
  await withListener("127.0.0.1", async (listener) => {
    const other = listen({ address: "127.0.0.2", port: listener.port });
    const accepting = next(other);
    const dialled = await dial({ address: "127.0.0.2", port: other.port, timeoutMs: 15_000 });
    const accepted = await accepting;
    assert.equal(accepted.localAddress, "127.0.0.2");
    await close(dialled, accepted);
    other.close();
  });
});

Deno.test("IPv4 peers of an IPv6 listener have IPv4 addresses", async () => {
  await withListener("::", async (listener) => {
    assert.equal(listener.address, "::");
    const accepting = next(listener);
    const dialled = await dial({
      address: "127.0.0.1",
      port: listener.port,
      localAddress: "127.0.0.6",
      timeoutMs: 15_000,
    });
    const accepted = await accepting;
    assert.equal(accepted.remoteAddress, "127.0.0.6");
    assert.equal(accepted.localAddress, "127.0.0.1");
    await close(dialled, accepted);
  });
});

Deno.test("closing a listener ends accept and frees the port", async () => {
  const listener = listen({ address: "127.0.0.1", port: 0 });
  const loop = (async () => {
    for await (const connection of listener.accept()) await close(connection);
  })();
  const dialled = await dial({ address: "127.0.0.1", port: listener.port, timeoutMs: 15_000 });
  assert.equal(await dialled.read(new Uint8Array(1)), null);
  await close(dialled);
  listener.close();
  listener.close();
  assert.ok(await settles(loop, 15_000));
  listen({ address: "127.0.0.1", port: listener.port }).close();
});

Deno.test("accept can be stopped and started again", async () => {
  await withListener("127.0.0.1", async (listener) => {
    for (let i = 0; i < 2; i++) {
      const accepting = next(listener);
      const dialled = await dial({ address: "127.0.0.1", port: listener.port, timeoutMs: 15_000 });
      await close(dialled, await accepting);
    }
  });
});
