/**
 * Other programs attack the database of a daemon, and SIGTERM arrives while rows wait for the disk. No session is lost,
 * no KEEPALIVE is late, no announcement is withdrawn. The long version: `deno task soak attacks`.
 */
import assert from "node:assert/strict";
import { foreignLocks, stopUnderBacklog, tamper, tenKinds, withVictim } from "../soak/attacks.ts";
import { seed } from "../support/seed.ts";

Deno.test("foreign locks, tampering, SIGTERM under a backlog: sessions and announcements stand", () =>
  withVictim(async (victim) => {
    const figures = [
      ...await foreignLocks(victim, 2),
      ...await tamper(victim, tenKinds.filter((_, i) => i % 3 === 0), seed),
      await stopUnderBacklog(victim, 100_000),
    ];
    const failures = figures.flatMap(({ attack, failures }) => failures.map((failure) => `${attack}: ${failure}`));
    assert.deepEqual(failures, [], `seed ${seed}\n${JSON.stringify(figures, null, 1)}`);
  }));
