/**
 * What bgpd may do: the permissions of `deno compile`, of the launcher and of `deno task start`, as narrow as its work
 * allows.
 */

/**
 * Where the C library stands, for `setsockopt` (TCP-MD5, TTL security), turns on the processor and memory. Absolute,
 * because Deno resolves a bare name against the current folder; paths that do not exist do no harm.
 */
export const libcPaths: readonly string[] = [
  "/lib/x86_64-linux-gnu/libc.so.6",
  "/lib/aarch64-linux-gnu/libc.so.6",
  "/lib64/libc.so.6",
  "/usr/lib64/libc.so.6",
  "/usr/lib/libc.so.6",
  "/lib/ld-musl-x86_64.so.1",
  "/lib/ld-musl-aarch64.so.1",
];

export const permissionFlags: readonly string[] = [
  // Never ask: a daemon has nobody to answer.
  "--no-prompt",
  // Peers and the API stand in the configuration, which is read only later.
  "--allow-net",
  // The configuration, the database and the control socket may stand anywhere.
  "--allow-read",
  "--allow-write",
  // Colours, the width of a terminal, the place of the configuration, what a service manager sets, who runs a command;
  // every other variable looks unset.
  "--allow-env=NO_COLOR,FORCE_COLOR,CLICOLOR_FORCE,TERM,COLUMNS,BGPD_CONFIG,NOTIFY_SOCKET,WATCHDOG_USEC,WATCHDOG_PID," +
  "USER,SUDO_USER,SSH_CONNECTION",
  "--ignore-env",
  // The FQDN capability; the router id that `bgpd init` proposes.
  "--allow-sys=hostname,networkInterfaces",
  `--allow-ffi=${libcPaths.join(",")}`,
];

/**
 * All flags of the daemon. Young objects get 2 MiB in each of its threads instead of 16: they are few, as routes stand
 * in columns, and 75 MB of RSS were empty space under a full table (372 against 297 MB, CPU time the same). With 1 MiB
 * the texts of a full table outlive their use in the store thread. `gc()` is there for what a crowd leaves behind
 * (`idle_memory.ts`).
 *
 * After a collection the heap grows by 40 % until the next one, and not by several times its size: under a full table
 * the store thread had 40 MB of garbage, and the daemon takes 25 MB less, in the same CPU time.
 *
 * The heap may grow to 28 MB, twice that of the main thread, before V8 marks it step by step. Between two steps the
 * event loop of the main thread does not sleep: where marking began while routes went out, 200,000 routes to 8 peers
 * took 0.54 s and 0.4 s more CPU time, against 0.41 s without.
 */
export const runFlags: readonly string[] = [
  "--v8-flags=--max-semi-space-size=2,--initial-heap-size=28,--heap-growing-percent=40,--expose-gc",
  // Threads have permissions of their own: that of the RIB none.
  "--unstable-worker-options",
  // What a command imports late is read when the command imports it, and not before it starts.
  "--unstable-lazy-dynamic-imports",
  ...permissionFlags,
];
