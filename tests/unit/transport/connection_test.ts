import assert from "node:assert/strict";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { dial, TransportError } from "../../../src/transport/mod.ts";
import { atBest } from "../../support/wait.ts";
import { close, next, readAll, rejectsWith, settles, sleep, ways, withListener, withPair } from "./support.ts";

for (const { name, options } of ways) {
  Deno.test(`${name}: bytes arrive in order, both ways`, async () => {
    await withPair(options, async ({ dialled, accepted }) => {
      await Promise.all([dialled.write(Uint8Array.of(1, 2)), dialled.write(Uint8Array.of(3))]);
      assert.deepEqual(await readAll(accepted, 3), Uint8Array.of(1, 2, 3));
      await accepted.write(Uint8Array.of(4, 5));
      assert.deepEqual(await readAll(dialled, 2), Uint8Array.of(4, 5));
    });
  });

  Deno.test(`${name}: a read fills no more than its buffer and loses nothing`, async () => {
    await withPair(options, async ({ dialled, accepted }) => {
      const sent = Uint8Array.from({ length: 1000 }, (_, i) => i & 255);
      await accepted.write(sent);
      await sleep(20);
      assert.deepEqual(await readAll(dialled, 1000, 7), sent);
    });
  });

  Deno.test(`${name}: queued writes keep their order while each waits for the kernel`, async () => {
    await withPair(options, async ({ dialled, accepted }) => {
      const chunks = 200, chunkBytes = 40_000;
      for (let i = 0; i < chunks; i++) void dialled.write(new Uint8Array(chunkBytes).fill(i));
      const buffer = new Uint8Array(65_536);
      for (let total = 0; total < chunks * chunkBytes;) {
        const n = await accepted.read(buffer);
        assert.ok(n !== null);
        for (let i = 0; i < n; i += 97) assert.equal(buffer[i], Math.floor((total + i) / chunkBytes) & 255);
        total += n;
      }
    });
  });

  Deno.test(`${name}: the peer's end of stream is null, and we can still write`, async () => {
    await withListener("127.0.0.1", async (listener) => {
      const accepting = next(listener);
      const peer = connect({ host: "127.0.0.1", port: listener.port, allowHalfOpen: true });
      const accepted = await accepting;
      const received = new Promise<number>((resolve) => peer.once("data", (data) => resolve(data[0]!)));
      peer.end(Uint8Array.of(7));
      assert.deepEqual(await readAll(accepted), Uint8Array.of(7));
      assert.equal(await accepted.read(new Uint8Array(1)), null);
      await accepted.write(Uint8Array.of(8));
      assert.equal(await received, 8);
      const gone = new Promise((resolve) => peer.once("close", resolve));
      await close(accepted);
      await gone;
    });
  });

  Deno.test(`${name}: end of stream at the dialled side`, async () => {
    const server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const dialling = dial({ address: "127.0.0.1", port: server.addr.port, timeoutMs: 15_000, ...options });
    const peer = await server.accept();
    const dialled = await dialling;
    await peer.write(Uint8Array.of(1, 2));
    await peer.closeWrite();
    assert.deepEqual(await readAll(dialled), Uint8Array.of(1, 2));
    assert.equal(await dialled.read(new Uint8Array(1)), null);
    await dialled.write(Uint8Array.of(3));
    const buffer = new Uint8Array(4);
    assert.equal(await peer.read(buffer), 1);
    await close(dialled);
    assert.equal(await peer.read(buffer), null);
    peer.close();
    server.close();
  });

  Deno.test(`${name}: a reset rejects the read that waits, and what follows`, async () => {
    const { promise: peer, resolve } = Promise.withResolvers<Socket>();
    const server = createServer(resolve);
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const { port } = server.address() as AddressInfo;
    const dialled = await dial({ address: "127.0.0.1", port, timeoutMs: 15_000, ...options });
    const reading = dialled.read(new Uint8Array(16));
    (await peer).resetAndDestroy();
    await rejectsWith("reset", /^127\.0\.0\.1:\d+ reset the connection$/, reading);
    await assert.rejects(dialled.write(Uint8Array.of(2)), TransportError);
    await close(dialled);
    await new Promise((closed) => server.close(closed));
  });

  Deno.test(`${name}: a write to a peer that does not read waits, and reads go on`, async () => {
    await withPair(options, async ({ dialled, accepted }) => {
      const bytes = 32 << 20;
      const writing = dialled.write(new Uint8Array(bytes));
      assert.equal(await settles(writing, 100), false);
      await accepted.write(Uint8Array.of(9));
      assert.deepEqual(await readAll(dialled, 1), Uint8Array.of(9));
      const buffer = new Uint8Array(65_536);
      for (let total = 0; total < bytes;) total += (await accepted.read(buffer)) ?? assert.fail("ended early");
      await writing;
    });
  });

  Deno.test(`${name}: a reader that stops holds the sender, at bounded memory`, async () => {
    await withPair(options, async ({ dialled, accepted }) => {
      const chunk = new Uint8Array(65_536);
      let sent = 0;
      const sending = (async () => {
        for (; sent < 64 << 20; sent += chunk.length) await accepted.write(chunk);
      })();
      assert.equal(await dialled.read(new Uint8Array(1)), 1);
      assert.equal(await settles(sending, 200), false);
      // What left the sender is in the two kernel buffers (at most 6 + 4 MiB by default) and one stream buffer.
      assert.ok(sent < 16 << 20, `the sender got rid of ${sent} octets`);
      const buffer = new Uint8Array(65_536);
      for (let total = 1; total < 64 << 20;) total += (await dialled.read(buffer)) ?? assert.fail("ended early");
      await sending;
    });
  });

  Deno.test(`${name}: close ends the read that waits and flushes what was written`, async () => {
    await withPair(options, async ({ dialled, accepted }) => {
      const reading = dialled.read(new Uint8Array(16));
      const bytes = 4 << 20;
      void dialled.write(new Uint8Array(bytes).fill(5));
      dialled.close();
      dialled.close();
      const buffer = new Uint8Array(65_536);
      let total = 0;
      for (let n = await accepted.read(buffer); n !== null; n = await accepted.read(buffer)) total += n;
      assert.equal(total, bytes);
      accepted.close();
      assert.equal(await reading, null);
      await dialled.closed;
      assert.equal(await dialled.read(buffer), null);
      await rejectsWith("closed", /this side has closed/, dialled.write(Uint8Array.of(1)));
    });
  });

  Deno.test(`${name}: the last octets reach a peer whose data we never read`, async () => {
    await withPair(options, async ({ dialled, accepted }) => {
      await accepted.write(new Uint8Array(100_000));
      await dialled.write(Uint8Array.of(3, 2, 1));
      dialled.close();
      assert.deepEqual(await readAll(accepted), Uint8Array.of(3, 2, 1));
      accepted.close();
      await dialled.closed;
    });
  });

  Deno.test(`${name}: close does not wait for a peer that hangs`, async () => {
    await withPair(options, async ({ dialled }) => {
      const writing = dialled.write(new Uint8Array(32 << 20));
      const failed = rejectsWith("closed", /this side has closed/, writing);
      const started = performance.now();
      dialled.close();
      await dialled.closed;
      assert.ok(performance.now() - started < 10_000);
      await failed;
    });
  });

  Deno.test(`${name}: close takes less than a second, though the peer never closes`, async () => {
    const tookMs = await atBest(800, async () => {
      let elapsed = Infinity;
      await withPair(options, async ({ dialled }) => {
        const started = performance.now();
        await close(dialled);
        elapsed = performance.now() - started;
      });
      return elapsed;
    });
    assert.ok(tookMs < 800, `${tookMs} ms`);
  });

  Deno.test(`${name}: a write that nobody awaits is no unhandled rejection`, async () => {
    await withPair(options, async ({ dialled }) => {
      await close(dialled);
      void dialled.write(Uint8Array.of(1));
      await sleep(10);
    });
  });

  Deno.test(`${name}: a second reader is our own mistake`, async () => {
    await withPair(options, async ({ dialled }) => {
      const reading = dialled.read(new Uint8Array(1));
      await assert.rejects(dialled.read(new Uint8Array(1)), /one reader/);
      dialled.close();
      assert.ok(await settles(reading, 15_000));
    });
  });
}
