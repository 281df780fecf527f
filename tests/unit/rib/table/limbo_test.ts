/** The rule of limbo: a set leaves at the end of the pass after the one in which it entered last. */
import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { grownTo } from "../../../../src/rib/table/columns.ts";
import { Limbo } from "../../../../src/rib/table/limbo.ts";
import type { SetSlot } from "../../../../src/types/mod.ts";

Deno.test("a set leaves at the end of the pass after the one in which it entered last, unless freed", () => {
  const step = fc.tuple(fc.constantFrom("enter", "forget", "pass"), fc.nat(7));
  fc.assert(fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
    const limbo = new Limbo();
    const enteredIn = new Map<number, number>();
    let pass = 0;
    for (const [what, number] of steps) {
      const set = number as SetSlot;
      if (what === "enter") {
        limbo.enter(set);
        enteredIn.set(set, pass);
      } else if (what === "forget") {
        limbo.forget(set);
        enteredIn.delete(set);
      } else {
        const left: number[] = [];
        limbo.endPass((each) => void left.push(each));
        const due = [...enteredIn].filter(([, entered]) => entered === pass - 1).map(([each]) => each);
        assert.deepEqual(left.sort(), due.sort());
        for (const each of due) enteredIn.delete(each);
        pass++;
      }
    }
  }));
});

Deno.test("limbo grows with the table and keeps its sets", () => {
  const limbo = new Limbo();
  limbo.enter(1023 as SetSlot);
  limbo.moveColumns(grownTo(2048));
  limbo.enter(2047 as SetSlot);
  const left: number[] = [];
  for (let i = 0; i < 2; i++) limbo.endPass((set) => void left.push(set));
  assert.deepEqual(left, [1023, 2047]);
});
