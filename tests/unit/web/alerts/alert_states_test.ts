/** The states of an alert: hold-down, recovery, restarts, and what is not known. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { AlertStates, type AlertTimes, type Looked } from "../../../../src/web/alerts/alert_states.ts";

function look(wrong: readonly string[], unknown: readonly string[] = []): Looked {
  return {
    has: (subject) => wrong.includes(subject),
    isKnown: (subject) => !unknown.includes(subject),
    subjects: () => wrong,
  };
}

const none = { fired: [], ended: [] };
const times: AlertTimes = { holdDownMs: 10, recoveryMs: 20 };

Deno.test("what is wrong fires after the hold-down, once, and ends when it was right for the recovery", () => {
  const states = new AlertStates(times);
  assert.deepEqual(states.take(look(["a"]), 0), none);
  assert.equal(states.nextAt, 10);
  assert.deepEqual(states.take(look(["a"]), 9), none);
  assert.deepEqual(states.take(look(["a"]), 10), { fired: ["a"], ended: [] });
  assert.deepEqual(states.take(look(["a"]), 11), none);
  assert.equal(states.nextAt, undefined, "while it is wrong, time alone changes nothing");
  assert.deepEqual(states.take(look([]), 50), none);
  assert.equal(states.nextAt, 70);
  assert.deepEqual(states.take(look([]), 69), none);
  assert.deepEqual(states.take(look([]), 70), { fired: [], ended: ["a"] });
  assert.deepEqual(states.take(look([]), 1000), none);
});

Deno.test("without hold-down and recovery, both come with the look", () => {
  const states = new AlertStates({ holdDownMs: 0, recoveryMs: 0 });
  assert.deepEqual(states.take(look(["a", "b"]), 5), { fired: ["a", "b"], ended: [] });
  assert.deepEqual(states.take(look(["b"]), 5), { fired: [], ended: ["a"] });
});

Deno.test("what is right again before the hold-down ends never fires", () => {
  const states = new AlertStates(times);
  states.take(look(["a"]), 0);
  states.take(look([]), 9);
  assert.deepEqual(states.take(look(["a"]), 10), none);
  assert.deepEqual(states.take(look(["a"]), 19), none);
  assert.deepEqual(states.take(look(["a"]), 20), { fired: ["a"], ended: [] });
});

Deno.test("what is wrong again before the recovery ends goes on firing, and the recovery begins anew", () => {
  const states = new AlertStates(times, ["a"]);
  states.take(look([]), 0);
  assert.deepEqual(states.take(look(["a"]), 19), none);
  states.take(look([]), 21);
  assert.deepEqual(states.take(look([]), 40), none);
  assert.deepEqual(states.take(look([]), 41), { fired: [], ended: ["a"] });
});

Deno.test("what fired before a restart neither fires again nor is forgotten", () => {
  const states = new AlertStates({ holdDownMs: 0, recoveryMs: 20 }, ["a", "b"]);
  assert.deepEqual(states.take(look(["a"]), 0), none);
  assert.deepEqual(states.take(look(["a"]), 20), { fired: [], ended: ["b"] });
  assert.equal(states.isFiring("a"), true);
});

Deno.test("what is not known stays as it is: it neither fires nor ends", () => {
  const states = new AlertStates(times, ["old"]);
  states.take(look(["new"], ["old"]), 0);
  assert.deepEqual(states.take(look([], ["new", "old"]), 100), none);
  assert.deepEqual(states.take(look(["new"]), 101), { fired: ["new"], ended: [] }, "it was pending all the time");
  assert.deepEqual(states.take(look([], ["old"]), 102), none);
  assert.equal(states.isFiring("old"), true);
});

const subjects = ["a", "b", "c"];
const step = fc.record({
  ms: fc.integer({ min: 0, max: 15 }),
  wrong: fc.subarray(subjects),
  unknown: fc.subarray(subjects),
});

Deno.test("property: firing and ending alternate, each only after its time without a break", () => {
  fc.assert(fc.property(
    fc.record({ holdDownMs: fc.integer({ min: 0, max: 20 }), recoveryMs: fc.integer({ min: 0, max: 20 }) }),
    fc.array(step, { maxLength: 60 }),
    (limits, steps) => {
      const states = new AlertStates(limits);
      const firing = new Set<string>();
      // Since when a subject is wrong, or right, without a look that says the opposite.
      const wrongSince = new Map<string, number>(), rightSince = new Map<string, number>();
      let now = 0;
      for (const { ms, wrong, unknown } of steps) {
        now += ms;
        const doubtful = unknown.filter((subject) => !wrong.includes(subject));
        for (const subject of subjects) {
          if (doubtful.includes(subject)) continue;
          const [mine, other] = wrong.includes(subject) ? [wrongSince, rightSince] : [rightSince, wrongSince];
          other.delete(subject);
          if (!mine.has(subject)) mine.set(subject, now);
        }
        const { fired, ended } = states.take(look(wrong, doubtful), now);
        for (const subject of fired) {
          assert.ok(!firing.has(subject) && wrong.includes(subject));
          assert.ok(now - wrongSince.get(subject)! >= limits.holdDownMs);
          firing.add(subject);
        }
        for (const subject of ended) {
          assert.ok(firing.has(subject) && !wrong.includes(subject) && !doubtful.includes(subject));
          assert.ok(now - rightSince.get(subject)! >= limits.recoveryMs);
          firing.delete(subject);
        }
        // And nothing is late.
        for (const subject of wrong) {
          if (now - wrongSince.get(subject)! >= limits.holdDownMs) assert.ok(firing.has(subject));
        }
        for (const subject of subjects) assert.equal(states.isFiring(subject), firing.has(subject));
        assert.ok(states.nextAt === undefined || states.nextAt > now || doubtful.length > 0);
      }
    },
  ));
});
