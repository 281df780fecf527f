/** TCP MD5 signatures, RFC 2385, against this machine's own kernel. */

import assert from "node:assert/strict";
import { type Connection, dial, listen, type Listener, TransportError } from "../../../src/transport/mod.ts";
import { setMd5Key } from "../../../src/transport/md5.ts";
import { AF_INET } from "../../../src/transport/socket_address.ts";
import { close, next, readAll, rejectsWith, settles, skipLoudly, withoutLibc } from "./support.ts";

/** Why the tests cannot run here, tried out on a socket. */
function obstacle(remote: string): string | undefined {
  if (withoutLibc !== undefined) return withoutLibc;
  const listener = listen({ address: "127.0.0.1", port: 0 });
  try {
    listener.setMd5(remote, "probe");
    return undefined;
  } catch (error) {
    if (error instanceof TransportError && error.kind === "unsupported") return error.message;
    throw error;
  } finally {
    listener.close();
  }
}

const ignore = skipLoudly(obstacle("127.0.0.5"));
const ignoreNetworks = ignore || skipLoudly(obstacle("127.0.0.0/8"));

interface Attempt {
  readonly listener: Listener;
  readonly key?: string | undefined;
  readonly from?: string;
  readonly to?: string;
  readonly timeoutMs?: number;
}

/** For what should come: a busy machine takes its time. */
const patienceMs = 15_000;

/** Dials with a key; a segment signed wrongly is dropped, so the dial times out. */
async function tryDial(
  { listener, key, from, to = "127.0.0.1", timeoutMs = 300 }: Attempt,
): Promise<Connection | "timedOut"> {
  try {
    return await dial({ address: to, port: listener.port, localAddress: from, md5: key, timeoutMs });
  } catch (error) {
    assert.ok(error instanceof TransportError && error.kind === "timedOut", String(error));
    return "timedOut";
  }
}

async function connects(attempt: Attempt): Promise<void> {
  const accepting = next(attempt.listener);
  const dialled = await tryDial({ ...attempt, timeoutMs: patienceMs });
  assert.notEqual(dialled, "timedOut");
  if (dialled === "timedOut") return;
  const accepted = await accepting;
  assert.equal(accepted.remoteAddress, attempt.from);
  await dialled.write(Uint8Array.of(1, 2, 3));
  assert.deepEqual(await readAll(accepted, 3), Uint8Array.of(1, 2, 3));
  await accepted.write(Uint8Array.of(4));
  assert.deepEqual(await readAll(dialled, 1), Uint8Array.of(4));
  await close(dialled, accepted);
}

async function withKeys(address: string, remote: string, key: string, body: (listener: Listener) => Promise<void>) {
  const listener = listen({ address, port: 0, md5: [{ remote, key }] });
  try {
    await body(listener);
  } finally {
    listener.close();
  }
}

Deno.test({
  name: "rfc2385#2.0 the same key on both sides: the connection stands and carries data",
  ignore,
  fn: () =>
    withKeys(
      "127.0.0.1",
      "127.0.0.5",
      "secret",
      (listener) => connects({ listener, key: "secret", from: "127.0.0.5" }),
    ),
});

Deno.test({
  name: "rfc2385#2.0 another key, or none, gets no answer",
  ignore,
  fn: () =>
    withKeys("127.0.0.1", "127.0.0.5", "secret", async (listener) => {
      assert.equal(await tryDial({ listener, key: "Secret", from: "127.0.0.5" }), "timedOut");
      assert.equal(await tryDial({ listener, from: "127.0.0.5" }), "timedOut");
    }),
});

Deno.test({
  name: "rfc2385#2.0 we sign, the peer does not expect it: no connection",
  ignore,
  fn: () =>
    withKeys("127.0.0.1", "127.0.0.6", "secret", async (listener) => {
      assert.equal(await tryDial({ listener, key: "secret", from: "127.0.0.5" }), "timedOut");
    }),
});

Deno.test({
  name: "a peer without a key connects beside one with",
  ignore,
  fn: () => withKeys("127.0.0.1", "127.0.0.6", "secret", (listener) => connects({ listener, from: "127.0.0.5" })),
});

Deno.test({
  name: "keys are changed and removed while the listener is open",
  ignore,
  fn: () =>
    withKeys("127.0.0.1", "127.0.0.5", "old", async (listener) => {
      listener.setMd5("127.0.0.5", "new");
      assert.equal(await tryDial({ listener, key: "old", from: "127.0.0.5" }), "timedOut");
      await connects({ listener, key: "new", from: "127.0.0.5" });
      listener.setMd5("127.0.0.5", undefined);
      listener.setMd5("127.0.0.5", undefined);
      await connects({ listener, from: "127.0.0.5" });
    }),
});

Deno.test({
  name: "a key for IPv6, and for an IPv4 peer of an IPv6 listener",
  ignore,
  fn: async () => {
    await withKeys("::1", "::1", "secret", async (listener) => {
      await connects({ listener, key: "secret", from: "::1", to: "::1" });
      assert.equal(await tryDial({ listener, key: "no", from: "::1", to: "::1" }), "timedOut");
    });
    await withKeys("::", "127.0.0.5", "secret", async (listener) => {
      await connects({ listener, key: "secret", from: "127.0.0.5" });
      assert.equal(await tryDial({ listener, from: "127.0.0.5" }), "timedOut");
    });
  },
});

Deno.test({
  name: "one key for a network",
  ignore: ignoreNetworks,
  fn: async () => {
    for (const address of ["127.0.0.1", "::"]) {
      await withKeys(address, "127.0.5.0/24", "secret", async (listener) => {
        await connects({ listener, key: "secret", from: "127.0.5.77" });
        await connects({ listener, from: "127.0.6.1" });
        assert.equal(await tryDial({ listener, from: "127.0.5.77" }), "timedOut");
        listener.setMd5("127.0.5.0/24", undefined);
        await connects({ listener, from: "127.0.5.77" });
      });
    }
  },
});

Deno.test({
  name: "a dial with a key can be cancelled, and names a wrong local address",
  ignore,
  fn: () =>
    withKeys("127.0.0.1", "127.0.0.7", "secret", async ({ port }) => {
      const stop = new AbortController();
      const given = { address: "127.0.0.1", port, md5: "other", timeoutMs: 60_000 };
      const dialling = dial({ ...given, localAddress: "127.0.0.7", signal: stop.signal });
      setTimeout(() => stop.abort(), 30);
      await rejectsWith("closed", /was cancelled/, dialling);
      await rejectsWith(
        "addressNotLocal",
        /192\.0\.2\.77 is not an address of this machine/,
        dial({ ...given, localAddress: "192.0.2.77" }),
      );
    }),
});

Deno.test({
  name: "rfc2385#4.1 an unsigned refusal does not count: a closed port looks like no answer",
  ignore,
  fn: async () => {
    const listener = listen({ address: "127.0.0.1", port: 0 });
    listener.close();
    const { port } = listener;
    await rejectsWith("timedOut", /within 0\.2 s/, dial({ address: "127.0.0.1", port, md5: "key", timeoutMs: 200 }));
    // The same call without a key, and with a minimum TTL the refusal has: it counts.
    await rejectsWith(
      "refused",
      /refused/,
      dial({ address: "127.0.0.1", port, ttlSecurity: 254, timeoutMs: patienceMs }),
    );
  },
});

Deno.test({
  name: "an IPv6 key on an IPv4 listener is ignored, a key that is too long is refused",
  ignore,
  fn: async () => {
    await withKeys("127.0.0.1", "2001:db8::1", "secret", (listener) => {
      assert.throws(() => listener.setMd5("127.0.0.5", "x".repeat(81)), /has 81 octets, TCP MD5 takes 1 to 80/);
      assert.throws(() => listener.setMd5("127.0.0.5", ""), /has 0 octets/);
      assert.throws(() => listener.setMd5("somewhere", "key"), /neither an address nor a prefix/);
      return Promise.resolve();
    });
  },
});

Deno.test({
  name: "an invalid descriptor is an error with a clear text",
  ignore,
  fn: () => assert.throws(() => setMd5Key({ fd: -1, family: AF_INET }, "127.0.0.5", "key"), /refused the TCP MD5 key/),
});

Deno.test({
  name: "closing a signed connection ends the other side's read",
  ignore,
  fn: () =>
    withKeys("127.0.0.1", "127.0.0.5", "secret", async (listener) => {
      const accepting = next(listener);
      const dialled = await tryDial({ listener, key: "secret", from: "127.0.0.5", timeoutMs: patienceMs });
      assert.ok(dialled !== "timedOut");
      const accepted = await accepting;
      const reading = accepted.read(new Uint8Array(1));
      dialled.close();
      assert.ok(await settles(reading, patienceMs));
      assert.equal(await reading, null);
      await close(dialled, accepted);
    }),
});
