/** Many strangers at once, and a peer that measures how long it waits. */
import type { Connection } from "../../src/transport/mod.ts";
import { dial } from "../../src/transport/mod.ts";
import { MessageType } from "../../src/message/mod.ts";
import { ScriptedPeer, type ScriptedPeerOptions } from "./scripted_peer.ts";

/** Connections that say nothing; those that are closed by the other side stay counted as tried. */
export class Crowd {
  readonly #connections: Connection[] = [];

  /** Opens `count` connections to an endpoint, each from `localOf(i)`; refusals are part of the game. */
  async connect(to: { address: string; port: number }, count: number, localOf?: (i: number) => string): Promise<void> {
    for (let done = 0; done < count; done += 50) {
      const some = Array.from({ length: Math.min(50, count - done) }, (_, i) => {
        const localAddress = localOf?.(done + i);
        return dial({ ...to, localAddress, timeoutMs: 2_000 }).then((connection) => {
          this.#connections.push(connection);
        }, () => {});
      });
      await Promise.all(some);
    }
  }

  get size(): number {
    return this.#connections.length;
  }

  /** All hang up. */
  async leave(): Promise<void> {
    const all = this.#connections.splice(0);
    for (const connection of all) connection.close();
    await Promise.all(all.map(({ closed }) => closed));
  }
}

/** A session with a hold time of 3 s, whose KEEPALIVEs are due every second. */
export async function watchedPeer(options: ScriptedPeerOptions): Promise<{
  readonly peer: ScriptedPeer;
  /** By how much the latest of the KEEPALIVEs so far came after its second, milliseconds. */
  latestMs(): number;
  /** Those so far do not count any more. */
  forget(): void;
  /** True where a NOTIFICATION came. */
  isLost(): boolean;
  stop(): void;
}> {
  const peer = await ScriptedPeer.connect({ ...options, holdTimeSeconds: 3, keepaliveMs: 500 });
  let seen = 0, latest = 0, at = performance.now();
  const look = () => {
    const now = performance.now();
    latest = Math.max(latest, now - at - 1_000);
    // Each message once: there may be a hundred thousand of them.
    for (; seen < peer.received.length; seen++) if (peer.received[seen]!.type === MessageType.keepalive) at = now;
  };
  const timer = setInterval(look, 10);
  return {
    peer,
    latestMs: () => latest,
    forget: () => void (latest = 0),
    isLost: () => peer.received.some(({ type }) => type === MessageType.notification),
    stop() {
      clearInterval(timer);
      peer.close();
    },
  };
}
