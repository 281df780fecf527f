/**
 * Readers of the API delay no session and no change, and take no memory without bound. The long version: `deno task
 * soak readers`.
 */
import assert from "node:assert/strict";
import { readersThatHangUp } from "../soak/readers.ts";

const path = "/api/v1/routes?prefix=0.0.0.0/0&longer=true&limit=100000";
const options = { routes: 60_000, seconds: 5, questionsPerSecond: 54, hangUpMs: 15, path, restSeconds: 0 };

for (
  const [who, abortingClients, honestClients] of [["clients that ask for all and hang up", 4, 0], [
    "fifty clients that read to the end",
    0,
    50,
  ]] as const
) {
  Deno.test(`${who}: no session is lost, no KEEPALIVE late, a change goes on`, async () => {
    const result = await readersThatHangUp({ ...options, abortingClients, honestClients });
    const text = JSON.stringify(result);
    assert.equal(result.lostSessions, 0, text);
    assert.ok(result.latestKeepaliveMs < 1_000, text);
    assert.ok(result.medianChangeMs < 500, text);
    assert.ok(result.changes > 5, text);
    assert.ok(result.rssPeakMb - result.rssBeforeMb < 250, text);
    assert.ok(result.asked > 10, text);
  });
}
