import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { dial, type DialOptions, listen } from "../../../src/transport/mod.ts";
import { waitFor } from "../../support/wait.ts";
import {
  close,
  libcPath,
  next,
  openDescriptors,
  rejectsWith,
  skipLoudly,
  ways,
  withBlackHole,
  withListener,
  withoutLibc,
} from "./support.ts";

const ignore = skipLoudly(withoutLibc);

Deno.test("dials IPv4 and tells both ends", async () => {
  await withListener("127.0.0.1", async (listener) => {
    const accepting = next(listener);
    const dialled = await dial({ address: "127.0.0.1", port: listener.port, timeoutMs: 15_000 });
    const accepted = await accepting;
    assert.equal(dialled.remoteAddress, "127.0.0.1");
    assert.equal(dialled.remotePort, listener.port);
    assert.equal(dialled.localAddress, "127.0.0.1");
    assert.equal(accepted.remotePort, dialled.localPort);
    assert.equal(accepted.localPort, listener.port);
    await close(dialled, accepted);
  });
});

Deno.test("dials IPv6, in any spelling of the address", async () => {
  await withListener("::1", async (listener) => {
    const accepting = next(listener);
    const dialled = await dial({ address: "0:0::1", port: listener.port, timeoutMs: 15_000 });
    const accepted = await accepting;
    assert.equal(dialled.remoteAddress, "::1");
    assert.equal(accepted.remoteAddress, "::1");
    await close(dialled, accepted);
  });
});

Deno.test("dials from a local address, IPv4 and IPv6", async () => {
  for (const [address, localAddress] of [["127.0.0.1", "127.0.0.5"], ["::1", "::1"]] as const) {
    await withListener(address, async (listener) => {
      const accepting = next(listener);
      const dialled = await dial({ address, port: listener.port, localAddress, timeoutMs: 15_000 });
      const accepted = await accepting;
      assert.equal(dialled.localAddress, localAddress);
      assert.equal(accepted.remoteAddress, localAddress);
      assert.equal(accepted.remotePort, dialled.localPort);
      await close(dialled, accepted);
    });
  }
});

Deno.test("dials a link-local address with its zone", async (t) => {
  if ((await Deno.permissions.query({ name: "sys", kind: "networkInterfaces" })).state !== "granted") {
    return void skipLoudly("finding a link-local address needs --allow-sys=networkInterfaces");
  }
  const found = Object.entries(networkInterfaces())
    .flatMap(([name, addresses]) => (addresses ?? []).map(({ address }) => ({ name, address })))
    .find(({ address }) => address.toLowerCase().startsWith("fe80:"));
  if (found === undefined) return void skipLoudly("no interface here has a link-local address");
  const { address } = found;
  const zoned = `${address.split("%")[0]}%${found.name}`;
  const extra: Partial<DialOptions>[] = [{}, { localAddress: address }];
  // The way of MD5 and GTSM; 254 hops let everything in.
  if (!ignore) extra.push({ ttlSecurity: 254 }, { ttlSecurity: 254, localAddress: zoned });
  for (const options of extra) {
    await t.step(`with ${JSON.stringify(options)}`, async () => {
      await withListener(zoned, async (listener) => {
        const accepting = next(listener);
        const dialled = await dial({ address: zoned, port: listener.port, timeoutMs: 15_000, ...options });
        const accepted = await accepting;
        assert.deepEqual([dialled.remoteAddress, dialled.localAddress], [zoned, address]);
        assert.deepEqual([accepted.remoteAddress, accepted.localAddress], [zoned, address]);
        await close(dialled, accepted);
      });
      if (ignore) return;
      // A listener for everybody has no zone to tell; the socket has.
      await withListener("::", async (listener) => {
        const accepting = next(listener);
        const dialled = await dial({ address: zoned, port: listener.port, timeoutMs: 15_000, ...options });
        const accepted = await accepting;
        assert.equal(accepted.remoteAddress, zoned);
        await close(dialled, accepted);
      });
    });
  }
});

for (const { name, options } of ways) {
  Deno.test(`${name}: a refused connection says who refused`, async () => {
    const listener = listen({ address: "127.0.0.1", port: 0 });
    listener.close();
    await rejectsWith(
      "refused",
      /^127\.0\.0\.1:\d+ refused the connection$/,
      dial({ address: "127.0.0.1", port: listener.port, timeoutMs: 15_000, ...options }),
    );
  });

  Deno.test({
    name: `${name}: a dial that nobody answers times out, or is cancelled, and leaves no socket`,
    ignore,
    fn: async () => {
      await withBlackHole(async (port) => {
        const started = performance.now();
        await rejectsWith(
          "timedOut",
          /^127\.0\.0\.1:\d+ did not answer within 0\.15 s$/,
          dial({ address: "127.0.0.1", port, timeoutMs: 150, ...options }),
        );
        assert.ok(performance.now() - started < 10_000);
        const before = openDescriptors();
        const stop = new AbortController();
        const giveUp = { address: "127.0.0.1", port, timeoutMs: 60_000, signal: stop.signal, ...options };
        const dials = Array.from({ length: 200 }, () => rejectsWith("closed", /was cancelled/, dial(giveUp)));
        setTimeout(() => stop.abort(), 50);
        await Promise.all(dials);
        // Tests of other files open and close some in this process meanwhile, but not so many.
        await waitFor("the sockets to be closed", () => openDescriptors() < before + 100);
      });
    },
  });
}

Deno.test("a dial that is cancelled before it begins does not begin", async () => {
  const dialling = dial({ address: "127.0.0.1", port: 9, timeoutMs: 15_000, signal: AbortSignal.abort() });
  await rejectsWith("closed", /was cancelled/, dialling);
});

Deno.test("a local address that is not one of this machine is named", async () => {
  await rejectsWith(
    "addressNotLocal",
    /^cannot connect to 127\.0\.0\.1:9 from 192\.0\.2\.77: 192\.0\.2\.77 is not an address of this machine$/,
    dial({ address: "127.0.0.1", port: 9, localAddress: "192.0.2.77", timeoutMs: 15_000 }),
  );
});

Deno.test("IPv4 and IPv6 do not mix in one dial", async () => {
  await rejectsWith(
    "unsupported",
    /one is IPv4, the other IPv6/,
    dial({ address: "127.0.0.1", port: 9, localAddress: "::1", timeoutMs: 15_000 }),
  );
});

Deno.test({
  name: "500 connections of each kind leave no descriptor behind",
  ignore,
  fn: async () => {
    assert.ok(libcPath);
    await withListener("127.0.0.1", async (listener) => {
      const accepts = listener.accept()[Symbol.asyncIterator]();
      const rounds = async (count: number) => {
        for (let i = 0; i < count; i++) {
          const [{ value: accepted }, dialled] = await Promise.all([
            accepts.next(),
            dial({ address: "127.0.0.1", port: listener.port, timeoutMs: 15_000, ...ways[i % 2]!.options }),
          ]);
          await close(dialled, accepted);
        }
      };
      await rounds(4);
      const before = openDescriptors();
      await rounds(1000);
      await waitFor("the sockets to be closed", () => openDescriptors() < before + 500);
    });
  },
});
