/**
 * File descriptors: how many this process may have, and shares of them. Each socket and each file takes one. When none
 * is left, the next open fails, whether of the database or of a stranger's connection. So each use has a share that
 * other uses cannot take.
 */

import { openLibc } from "./libc.ts";

/** RLIMIT_NOFILE of Linux. */
const openFiles = 7;

/** Assumed where the limit cannot be read: the soft limit of most systems. */
const usualLimit = 1024;

/** Raises the soft limit of this process to the hard limit. Returns the limit in force. */
export function raiseDescriptorLimit(): number {
  if (Deno.build.os !== "linux") return usualLimit;
  const libc = openLibc({
    getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
    setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  });
  if (typeof libc === "string") return limitAsFile() ?? usualLimit;
  const limits = new BigUint64Array(2);
  if (libc.getrlimit(openFiles, limits) !== 0) return usualLimit;
  const [soft, hard] = limits;
  if (soft! < hard!) {
    limits[0] = hard!;
    if (libc.setrlimit(openFiles, limits) !== 0) return Number(soft);
  }
  return Number(hard);
}

function limitAsFile(): number | undefined {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(Deno.readTextFileSync("/proc/self/limits")) ?? [];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}

export interface DescriptorPlan {
  /** Clients of the control socket. */
  readonly control: number;
  /** Clients of `api_socket`. */
  readonly api: number;
  /** Connections with peers, in both directions. */
  readonly peers: number;
  /** Of those, connections with members of networks whose OPEN was not accepted yet. */
  readonly halfOpen: number;
  /** Connections with routers that report by BMP. */
  readonly routers: number;
}

/** `limit`: of this process. What no share has is for files, threads and the runtime. */
export function planDescriptors(limit: number): DescriptorPlan {
  const share = (part: number, least: number, most: number) =>
    Math.min(most, Math.max(least, Math.floor(limit / part)));
  const kept = share(8, 64, 256);
  const control = share(16, 8, 64);
  const api = share(8, 8, 256);
  const routers = share(8, 8, 1000);
  const peers = Math.max(16, limit - kept - control - api - routers);
  return { control, api, peers, routers, halfOpen: Math.min(256, Math.floor(peers / 4)) };
}

/** A number of descriptors for one use. */
export class DescriptorShare {
  readonly limit: number;
  #used = 0;
  #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.limit = limit;
  }

  get isFull(): boolean {
    return this.#used >= this.limit;
  }

  /** Counts a descriptor that is open until `closed` resolves; `closed` never rejects. */
  take(closed: Promise<void>): void {
    this.#used++;
    void closed.then(() => {
      this.#used--;
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  /** Resolves when a descriptor was released. */
  released(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
