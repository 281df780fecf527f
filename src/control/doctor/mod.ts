/**
 * # control/doctor: what keeps bgpd from working
 *
 * `facts/` looks at the machine, the files, the daemon and the peers, and changes nothing. `checks/` makes findings of
 * facts; it is pure, so that a test can give it any machine. `examine.ts` joins both; the command is
 * `cli/daemon/doctor.ts`.
 *
 * | what | facts | check |
 * |---|---|---|
 * | configuration, sockets | `bgpd check`, `sockets.ts` | `start.ts` |
 * | clock, disk, kernel, open files | `machine.ts` | `machine.ts` |
 * | permissions, database | `files.ts` | `files.ts` |
 * | daemon, history | `daemon.ts` | `daemon.ts` |
 * | peers | `peers.ts` | `peers.ts` |
 *
 * A new check is a field of the facts, a branch of the check, and a test that breaks the thing.
 *
 * @module
 */
export { type Examination, examine } from "./examine.ts";
export { areas, type Finding, type Level } from "./finding.ts";
