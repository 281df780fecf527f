/**
 * Addresses and ports for one test, so that tests can run at the same time. On Linux all of 127.0.0.0/8 is this
 * machine. IPv6 has only ::1, where tests use different ports.
 */

/** Isolates share the process id but not module state: each draws a block of addresses by chance. */
let next = 0;
const block = crypto.getRandomValues(new Uint8Array(2));

/** A loopback address nobody else in this run is likely to hold: 127.x.y.z with z counted up. */
export function loopback(): string {
  next += 1;
  const second = 16 + (block[0]! % 200);
  const third = (block[1]! + Math.floor(next / 250)) % 256;
  return `127.${second}.${third}.${1 + (next % 250)}`;
}

const given = new Set<number>();

/**
 * A port free on this address now, below those that the kernel gives to whoever dials: on ::1, which all share, a
 * daemon that is started again would find its port taken.
 */
export function freePort(address: string): number {
  for (;;) {
    const port = 10_000 + crypto.getRandomValues(new Uint16Array(1))[0]! % 20_000;
    // One that was given out may not be taken yet.
    if (given.has(port)) continue;
    given.add(port);
    try {
      Deno.listen({ hostname: address, port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/** True where something accepts connections. */
export async function accepts(address: string, port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: address, port })).close();
    return true;
  } catch {
    return false;
  }
}
