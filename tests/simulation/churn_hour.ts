/**
 * A virtual hour of churn around collectors with a history. Afterwards `rib` is what the feeders announce, and the RIB
 * at each of many times is what a witness recorded at that time.
 */

import { asFamilyId } from "../../src/types/mod.ts";
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type Action, churnActions } from "./actions.ts";
import { checkAll, same } from "./invariants.ts";
import type { Speaker } from "./speaker.ts";
import { makeTopology } from "./topology.ts";
import { type Snapshot, stateKey } from "./witness.ts";
import type { Scenario } from "./world.ts";

/** So much of an hour has to be covered: a process that is killed takes its last snapshots along. */
const fewestPerHour = 40;

export const churnHour: Scenario = {
  option: " --churn",
  actions: [...churnActions, [25, takeSnapshots]],
  stormSeconds: 3600,
  witnessed: true,
  topology: (random, folder) => makeTopology(random, folder, true),
  check(world, leftovers, last) {
    checkAll(world, leftovers, last);
    const fewest = fewestPerHour * world.clock.monotonic() / 3_600_000;
    for (const speaker of world.speakers) checkHistory(speaker, fewest);
  },
};

function takeSnapshots(world: Parameters<Action>[0]): string {
  for (const { running, witness } of world.speakers) if (running) witness!.take();
  return "snapshots are taken";
}

function checkHistory(speaker: Speaker, fewest: number): void {
  const { name } = speaker.config;
  const { snapshots } = speaker.witness!;
  assert.ok(snapshots.length >= fewest, `${name}: only ${snapshots.length} snapshots`);
  const db = new DatabaseSync(speaker.file!, { readOnly: true });
  try {
    const gaps = db.prepare("SELECT * FROM history_gaps").all();
    assert.deepEqual(gaps, [], `${name}: gaps of the history`);
    for (const snapshot of snapshots) {
      const stated = [...snapshot.routes].filter(([key]) => isKnown(snapshot, key)).map((entry) => entry.join(" "));
      same(ribAt(db, snapshot), stated, `${name}: the RIB at ${new Date(snapshot.at).toISOString()}`);
    }
  } finally {
    db.close();
  }
}

function ribAt(db: DatabaseSync, snapshot: Snapshot): string[] {
  return db.prepare(
    "SELECT h.peer_id, h.family_id AS family, h.prefix, coalesce(h.path_id, -1) AS path, hex(a.wire) AS wire" +
      " FROM rib_history h" +
      " JOIN attributes a ON a.id = h.attribute_id WHERE from_ms <= ?1 AND to_ms > ?1",
  ).all(snapshot.at).map((row) => {
    const key = stateKey(
      Number(row["peer_id"]),
      asFamilyId(Number(row["family"])),
      String(row["prefix"]),
      Number(row["path"]),
    );
    return [key, String(row["wire"]).toLowerCase()];
  }).filter(([key]) => isKnown(snapshot, key!)).map((row) => row.join(" "));
}

/** The key begins with peer and family. */
function isKnown({ known }: Snapshot, key: string): boolean {
  return known.has(key.split(" ", 2).join(" "));
}
