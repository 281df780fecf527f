/**
 * Who may have how many of the file descriptors: strangers on a socket must not take those that a session, the database or the control
 * socket needs next.
 */

export interface DescriptorPlan {
  /** Clients of the control socket. */
  readonly control: number;
  /** Clients of `api_socket`. */
  readonly api: number;
  /** Connections with peers, in both directions. */
  readonly peers: number;
  /** Of those, members of networks that have not said yet who they are. */
  readonly halfOpen: number;
}

/** `limit`: what the system allows this process. What is given to nobody is for files, threads and the runtime. */
export function planDescriptors(limit: number): DescriptorPlan {
  const share = (part: number, least: number, most: number) =>
    Math.min(most, Math.max(least, Math.floor(limit / part)));
  const kept = share(8, 64, 256);
  const control = share(16, 8, 64);
  const api = share(8, 8, 256);
  const peers = Math.max(16, limit - kept - control - api);
  return { control, api, peers, halfOpen: Math.min(256, Math.floor(peers / 4)) };
}
