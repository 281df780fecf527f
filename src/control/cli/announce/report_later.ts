/** What a command says about a change that takes effect later. */

import { lockHolder } from "../../../store/lock.ts";
import * as fileLocks from "../../../transport/file_locks.ts";
import type { Io } from "../command.ts";

/** No daemon answered, but the change is in the table: reports when it takes effect. */
export function reportLater(database: string, what: string, io: Io): void {
  const running = lockHolder(database, fileLocks) !== undefined;
  io.message(
    running ? `${what} when bgpd next reads the table` : `no bgpd is running on ${database}: ${what} when bgpd starts`,
  );
}
