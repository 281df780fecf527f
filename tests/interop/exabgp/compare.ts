/** What a script does with ExaBGP and with bgpd: a third peer has the same routes. */
import assert from "node:assert/strict";
import { sleep, waitFor } from "../../support/wait.ts";
import { type ScriptCase, withBgpd, withExaBgp } from "./lab.ts";

/** How long both peers hear nothing at the end. */
const quietMs = 1_500;

/** Runs the script with both; returns why the third peers differ in the end. */
export async function compare(script: ScriptCase): Promise<string | undefined> {
  const starting = [withExaBgp(script), withBgpd(script)] as const;
  await using theirs = await starting[0];
  await using ours = await starting[1];
  const tables = () => [ours, theirs].map(({ peer }) => [...peer.table].map((entry) => entry.join(" ")).toSorted());
  const changes = () => [ours, theirs].map(({ peer }) => [...new Set(peer.changes)]);
  try {
    if (script.stopAfterMs !== undefined) {
      // It never ends, and is stopped at some moment: what it announced counts, not what it has just then.
      await sleep(script.stopAfterMs);
      const [found, wanted] = changes();
      assert.deepEqual(found, wanted);
      return undefined;
    }
    await waitFor("the same routes", () => {
      const [found, wanted] = tables();
      const isDone = [ours, theirs].every(({ peer }) =>
        script.isSilent === true ? peer.sessions > 0 : performance.now() - peer.lastChange > quietMs && peer.hasChanges
      );
      const isSame = found!.join("\n") === wanted!.join("\n") ||
        (script.exabgpMayLose === true && wanted!.every((route) => found!.includes(route)));
      return isDone && isSame && found!.length === script.expected;
    }, { timeoutMs: 40_000 });
    assert.equal(ours.peer.sessions, theirs.peer.sessions);
    return undefined;
  } catch (error) {
    const [found, wanted] = tables();
    return [`${script.title}: ${(error as Error).message}`, "bgpd:", ...found!, "ExaBGP:", ...wanted!, ours.log()]
      .join("\n");
  }
}
