/** `return` in functions of BIRD that have no result. */

import type { Step } from "./syntax.ts";

/** The steps with what follows `if … then return;` as its other branch. */
export function withoutReturns(steps: readonly Step[]): readonly Step[] {
  const done: Step[] = [];
  for (const [i, step] of steps.entries()) {
    if (step.kind === "return") return done;
    if (step.kind !== "if") {
      done.push(step);
      continue;
    }
    const rest = steps.slice(i + 1);
    const [yes, no] = [endsWithReturn(step.then), endsWithReturn(step.otherwise)];
    if (!yes && !no) {
      done.push({ ...step, then: withoutReturns(step.then), otherwise: withoutReturns(step.otherwise) });
      continue;
    }
    const then = withoutReturns(yes ? step.then : [...step.then, ...rest]);
    const otherwise = withoutReturns(no ? step.otherwise : [...step.otherwise, ...rest]);
    return [...done, { ...step, then, otherwise }];
  }
  return done;
}

/** A return anywhere else is a statement that is not understood. */
function endsWithReturn(steps: readonly Step[]): boolean {
  return steps.at(-1)?.kind === "return";
}
