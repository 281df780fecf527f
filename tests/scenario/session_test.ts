/** Every `.scenario` file of the folder `session`, one test per scenario. `player.ts` describes the language. */

import assert from "node:assert/strict";
import { play, playText, readScenarios } from "./player.ts";

const folder = new URL("./session/", import.meta.url);

const files = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".scenario")).sort();
if (files.length === 0) throw new Error(`no .scenario files in ${folder}`);

for (const name of files) {
  const scenarios = readScenarios(Deno.readTextFileSync(new URL(name, folder)));
  if (scenarios.length === 0) throw new Error(`${name} has no scenarios`);
  for (const scenario of scenarios) {
    Deno.test(`${name.replace(".scenario", "")}: ${scenario.title}`, () => void play(scenario));
  }
}

Deno.test("player: an effect that no line expects is a failure", () => {
  assert.throws(() => playText("start"), /nobody expected this/);
});

Deno.test("player: an effect at another time is a failure", () => {
  assert.throws(() => playText("given Established A\nignore KEEPALIVE\nat 91s expect NOTIFICATION 4/0 A"), /at 90s/);
});

Deno.test("player: an expectation that nothing meets is a failure", () => {
  assert.throws(() => playText("given Idle\nexpect connect"), /nothing more happened/);
});

Deno.test("player: another effect than the expected is a failure", () => {
  assert.throws(() => playText("start\nexpect OPEN A"), /expected OPEN A, but saw connect/);
});
