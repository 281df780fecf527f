/** What bgpd reads and writes beside its arguments: environment variables, files, signals, exit codes. */

import type { Definition } from "./document.ts";

function item(term: string, ...texts: string[]): Definition {
  return { term, texts };
}

/** Every variable that `tools/permissions.ts` allows; a test compares them. */
export const variables: readonly Definition[] = [
  item("BGPD_CONFIG", "configuration file of commands without `--config` and `--database`"),
  item("COLUMNS", "width of the help and of lists, if there is no terminal that reports one; 100 without it"),
  item("NO_COLOR", "not empty: no colours"),
  item("FORCE_COLOR, CLICOLOR_FORCE", "not empty and not 0: colours, also if the output is not a terminal"),
  item("TERM", "`dumb`: no colours"),
  item("NOTIFY_SOCKET", "socket of the service manager, which the daemon tells when it serves; systemd sets it"),
  item(
    "WATCHDOG_USEC, WATCHDOG_PID",
    "how often the service manager wants to hear that the daemon works; systemd sets both",
  ),
  item(
    "SUDO_USER, USER, SSH_CONNECTION",
    "who announces and withdraws routes, and from where: the column `client` of `announcements_log`",
  ),
];

export const files: readonly Definition[] = [
  item("/etc/bgpd/bgpd.toml", "the configuration of the packaged daemon; see `bgpd.toml(5)`"),
  item("/var/lib/bgpd/bgpd.db", "the database of the packaged daemon; see `bgpd-sql(7)`"),
  item("/usr/share/doc/bgpd-sql", "the pages of the documents and the examples, if a package installed bgpd"),
  item(
    "bgpd.db-wal, bgpd.db-shm",
    "beside the database: its write-ahead log, which belongs to SQLite; empty after a stop",
  ),
  item("bgpd.db.sock", "beside the database: the control socket of the running daemon, with the HTTP API"),
  item(
    "bgpd.db.read.sock",
    "beside the database: the same API without changes, for everyone who may read the database",
  ),
  item("bgpd.db.lock", "beside the database: the lock that lets only one daemon write"),
  item("bgpd.db.corrupt-TIME", "a damaged database, which bgpd renamed before it began a new one"),
];

export const signals: readonly Definition[] = [
  item("SIGTERM, SIGINT", "send Cease to all peers, write the waiting rows, and exit with 0"),
  item("SIGHUP", "read the configuration again, as `bgpd reload` does"),
];

export const exitCodes: readonly Definition[] = [
  item("0", "success; an empty answer is a success, too"),
  item(
    "1",
    "failure",
    "also: no session that is up gets an announced route; bgpd was killed; the history lacks a part of the answer;" +
      " `doctor` finds a problem; `convert` leaves something out; an MRT file is damaged",
  ),
  item("2", "wrong usage: an unknown command or option, or a value of the wrong form"),
];
