/** GTSM, RFC 5082, over loopback: packets there keep the TTL they were sent with. */

import assert from "node:assert/strict";
import { type Connection, dial, listen, type Listener, TransportError } from "../../../src/transport/mod.ts";
import { minimumTtl } from "../../../src/transport/gtsm.ts";
import { close, next, readAll, settles, skipLoudly, withoutLibc } from "./support.ts";

const ignore = skipLoudly(withoutLibc);

/** For a dial that should get no answer. */
const waitMs = 300;
/** For what should come: a busy machine takes its time. */
const patienceMs = 15_000;

async function tryDial(
  listener: Listener,
  to: string,
  hops?: number,
  timeoutMs = waitMs,
): Promise<Connection | "timedOut"> {
  try {
    return await dial({ address: to, port: listener.port, ttlSecurity: hops, timeoutMs });
  } catch (error) {
    assert.ok(error instanceof TransportError && error.kind === "timedOut", String(error));
    return "timedOut";
  }
}

async function carriesData(from: Connection, to: Connection): Promise<boolean> {
  await from.write(Uint8Array.of(1, 2, 3));
  const reading = readAll(to, 3);
  if (!await settles(reading, patienceMs)) return false;
  assert.deepEqual(await reading, Uint8Array.of(1, 2, 3));
  return true;
}

Deno.test("rfc5082#3 a neighbour n hops away arrives with 256 - n at least", () => {
  assert.equal(minimumTtl(1), 255);
  assert.equal(minimumTtl(2), 254);
  assert.equal(minimumTtl(254), 2);
});

for (const [address, to] of [["127.0.0.1", "127.0.0.1"], ["::1", "::1"], ["::", "127.0.0.1"]] as const) {
  Deno.test({
    name: `rfc5082#3 protected on both sides, ${to} to a listener on ${address}: data flows`,
    ignore,
    fn: async () => {
      const listener = listen({ address, port: 0, ttlSecurity: 1 });
      const accepting = next(listener);
      const dialled = await tryDial(listener, to, 1, patienceMs);
      assert.ok(dialled !== "timedOut");
      const accepted = await accepting;
      assert.ok(await carriesData(dialled, accepted));
      assert.ok(await carriesData(accepted, dialled));
      await close(dialled, accepted);
      listener.close();
    },
  });

  Deno.test({
    name: `rfc5082#3 a peer with TTL 64, ${to} to a protected listener on ${address}: gets no answer`,
    ignore,
    fn: async () => {
      const listener = listen({ address, port: 0, ttlSecurity: 1 });
      assert.equal(await tryDial(listener, to), "timedOut");
      listener.close();
    },
  });

  Deno.test({
    name: `rfc5082#3 dialling, protected, ${to} that answers with TTL 64 from ${address}: no connection`,
    ignore,
    fn: async () => {
      const listener = listen({ address, port: 0 });
      assert.equal(await tryDial(listener, to, 1), "timedOut");
      listener.close();
    },
  });

  Deno.test({
    name: `a rule for one peer, ${to} to a listener on ${address}: what it sends with TTL 64 is dropped`,
    ignore,
    fn: async () => {
      const listener = listen({ address, port: 0 });
      listener.setTtlSecurity(to, 1);
      const accepts = listener.accept()[Symbol.asyncIterator]();

      const good = await tryDial(listener, to, 1, patienceMs);
      assert.ok(good !== "timedOut");
      const goodAccepted: Connection = (await accepts.next()).value;
      assert.ok(await carriesData(good, goodAccepted));

      const far = await tryDial(listener, to, undefined, patienceMs);
      assert.ok(far !== "timedOut");
      const accepting = accepts.next();
      void far.write(Uint8Array.of(1)).catch(() => {});
      assert.equal(await settles(accepting, 300), false, "nobody hears of it");
      await close(good, goodAccepted, far);

      listener.setTtlSecurity(to, undefined);
      const free = await tryDial(listener, to, undefined, patienceMs);
      assert.ok(free !== "timedOut");
      const freeAccepted: Connection = (await accepting).value;
      assert.ok(await carriesData(free, freeAccepted));
      await close(free, freeAccepted);
      listener.close();
    },
  });
}

Deno.test({
  name: "a rule for a network leaves others alone, and the longest match counts",
  ignore,
  fn: async () => {
    const listener = listen({ address: "127.0.0.1", port: 0 });
    listener.setTtlSecurity("127.0.5.0/24", 1);
    listener.setTtlSecurity("127.0.5.9", 254);
    const accepts = listener.accept()[Symbol.asyncIterator]();
    let accepting = accepts.next();
    for (const [localAddress, flows] of [["127.0.5.1", false], ["127.0.5.9", true], ["127.0.6.1", true]] as const) {
      const dialled = await dial({ address: "127.0.0.1", port: listener.port, localAddress, timeoutMs: patienceMs });
      assert.equal(await settles(accepting, flows ? patienceMs : waitMs), flows, localAddress);
      if (flows) {
        const accepted: Connection = (await accepting).value;
        assert.ok(await carriesData(dialled, accepted));
        await close(accepted);
        accepting = accepts.next();
      }
      await close(dialled);
    }
    const ending = accepts.return?.();
    listener.close();
    await ending;
  },
});

for (const [address, to] of [["127.0.0.1", "127.0.0.1"], ["::1", "::1"], ["::", "127.0.0.1"]] as const) {
  Deno.test({
    name: `RFC 5082 §3: of 200 far peers, ${to} to a listener on ${address}, that send at once no octet is read`,
    ignore,
    fn: async () => {
      const said: string[] = [];
      const listener = listen({ address, port: 0, onError: (error) => void said.push(error.message) });
      listener.setTtlSecurity(to, 1);
      // All have connected and sent before anybody accepts: what waits in the kernel came in unchecked.
      const far: Connection[] = [];
      for (let i = 0; i < 200; i++) {
        const connection = await dial({ address: to, port: listener.port, timeoutMs: patienceMs });
        connection.write(Uint8Array.of(1)).catch(() => {});
        far.push(connection);
      }
      let read = 0;
      const accepting = (async () => {
        for await (const connection of listener.accept()) {
          read += await connection.read(new Uint8Array(16)) ?? 0;
          connection.close();
        }
      })();
      const near = await dial({ address: to, port: listener.port, ttlSecurity: 1, timeoutMs: patienceMs });
      await near.write(Uint8Array.of(1, 2, 3));
      assert.equal(await near.read(new Uint8Array(1)), null);
      listener.close();
      await accepting;
      assert.equal(read, 3, "those of the peer that is near");
      assert.equal(said.length, 200);
      assert.match(said[0]!, /is farther away than ttl_security allows$/);
      await close(near, ...far);
    },
  });
}

Deno.test({
  name: "GTSM for all of a listener is set and removed while it is open",
  ignore,
  fn: async () => {
    const listener = listen({ address: "127.0.0.1", port: 0 });
    listener.setTtlSecurityForAll(1);
    assert.equal(await tryDial(listener, "127.0.0.1"), "timedOut");
    listener.setTtlSecurityForAll(undefined);
    const accepting = next(listener);
    const dialled = await tryDial(listener, "127.0.0.1", undefined, patienceMs);
    assert.ok(dialled !== "timedOut");
    await close(dialled, await accepting);
    listener.close();
  },
});
