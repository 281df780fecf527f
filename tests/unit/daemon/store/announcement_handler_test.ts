/** The handler of announcements while the database cannot be read. */
import assert from "node:assert/strict";
import { AnnouncementHandler } from "../../../../src/daemon/store/announcement_handler.ts";
import type { StoreToMain } from "../../../../src/daemon/thread/messages.ts";
import { packedKeys } from "../../../../src/daemon/thread/origination_codec.ts";
import { blankAnnouncement } from "../../../../src/store/mod.ts";
import { noon, withWriter } from "../../store/fixture.ts";

Deno.test("a route whose time is over is withdrawn while the database is locked; the table follows later", () => {
  let now = noon, elapsed = 0, isLocked = false;
  return withWriter((writer) => {
    const posted: string[] = [];
    const toMain = (message: StoreToMain) => {
      if (message.kind !== "announcements") return;
      const { announced, withdrawn } = message.changes;
      if (announced !== undefined) posted.push(...packedKeys(announced).map((key) => `+${key}`));
      posted.push(...withdrawn.map((key) => `-${key}`));
    };
    const attempt = (work: () => void) => {
      if (!isLocked) work();
      return !isLocked;
    };
    const handler = new AnnouncementHandler(writer, {
      toMain,
      now: () => now,
      monotonic: () => elapsed,
      attempt,
      retry: () => {},
    });
    const text = { ...blankAnnouncement, prefix: "203.0.113.0/24", expiresAt: "2026-01-01T12:01:00Z" };
    writer.announcements.add(text, { source: "api" });
    handler.watch();
    isLocked = true;
    now += 60_000;
    elapsed += 60_000;
    handler.watch();
    handler.watch();
    assert.deepEqual(posted, ["+203.0.113.0/24", "-203.0.113.0/24"]);
    assert.equal(writer.announcements.table.list()[0]!.isExpired, false);
    isLocked = false;
    handler.watch();
    assert.equal(writer.announcements.table.list()[0]!.isExpired, true);
    assert.equal(posted.length, 2);
  }, { now: () => now, monotonic: () => elapsed });
});
