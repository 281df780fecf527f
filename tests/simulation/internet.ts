/**
 * Networks like the Internet: twenty speakers and more in an AS graph with roles. Their operators load other policies
 * now and then. No route may ever take a path that nobody pays for.
 */

import assert from "node:assert/strict";
import { decodeAttributeSet, formatAsPath, SegmentType } from "../../src/message/mod.ts";
import { formatPrefix } from "../../src/types/mod.ts";
import { restartInTime } from "./graceful_probe.ts";
import { internetActions } from "./internet_actions.ts";
import { makeInternetTopology } from "./internet_topology.ts";
import type { Speaker } from "./speaker.ts";
import { checkTransit } from "./transit_invariants.ts";
import type { Relations } from "./valleys.ts";
import type { Scenario } from "./world.ts";

export const internet: Scenario = {
  option: " --internet",
  actions: internetActions,
  topology: makeInternetTopology,
  check(world, leftovers, last) {
    for (const speaker of world.speakers) checkValleys(speaker, world.topology.relations!);
    checkTransit(world, leftovers, last);
  },
  probe: restartInTime,
};

/** RFC 9234: no candidate has a path with a valley. */
function checkValleys(speaker: Speaker, relations: Relations): void {
  for (const row of speaker.life.rib.dump()) {
    if (row.peerId === 0 || row.ineligible !== 0) continue;
    // As received: what our own policy prepends is no step.
    const { asPath } = decodeAttributeSet(row.received);
    const asns = asPath.filter(({ type }) => type === SegmentType.sequence).flatMap((segment) => segment.asns);
    const valley = relations.valley([speaker.asn, ...asns]);
    if (valley === undefined) continue;
    assert.fail(
      `${speaker.config.name}: ${formatPrefix(row.prefix!)} came by "${formatAsPath(asPath)}", a valley: ${valley}`,
    );
  }
}
