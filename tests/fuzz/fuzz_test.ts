/**
 * Fuzzing as part of the tests: a short run with the seed of the tests, the octets that once broke something, our
 * messages and the corpora of other projects. Canaries are decoders that are broken on purpose: the harness has to find
 * each of them.
 */
import assert from "node:assert/strict";
import { fromHex, toHex } from "../golden/golden.ts";
import { seed } from "../support/seed.ts";
import { allCampaigns, messageCampaign } from "./campaigns.ts";
import { fuzz } from "./engine.ts";
import { type Crash, examine, examineAll, type Target } from "./harness.ts";
import { repaired } from "./mutate.ts";
import { fuzzRib, playRib, type RibStep } from "./rib_fuzz.ts";
import { corpora, messageSeeds, ownMessages } from "./seeds.ts";
import { messageTargets } from "./targets.ts";

/** In the gate, altogether. `deno task fuzz` takes as long as its options say. */
const gateMilliseconds = 9000;
/** On a machine that is busy with other things, too. */
const least = 200;

const campaigns = await allCampaigns();
const shares = campaigns.reduce((sum, { share }) => sum + share, 3);

function hint({ target, input, error }: Crash): string {
  return `${target}, seed ${seed}: ${toHex(input)}\n${error}`;
}

for (const campaign of campaigns) {
  Deno.test(`fuzz: ${campaign.name}, ${campaign.targets.length} decoders`, () => {
    const { inputs, crash } = fuzz(campaign, { seed, least, milliseconds: gateMilliseconds * campaign.share / shares });
    assert.ok(crash === undefined, crash && hint(crash));
    assert.ok(inputs >= least, `only ${inputs} inputs`);
  });
}

Deno.test("fuzz: the RIB, with sessions that come and go", () => {
  const { messages, crash } = fuzzRib(campaigns[0]!.seeds, {
    seed,
    least,
    milliseconds: gateMilliseconds * 3 / shares,
  });
  assert.ok(crash === undefined, crash && `seed ${seed}: ${JSON.stringify(crash.steps)}\n${crash.error}`);
  assert.ok(messages >= least, `only ${messages} messages`);
});

interface Regression {
  /** What was wrong. */
  readonly found: string;
  readonly target?: string;
  readonly hex?: string;
  readonly steps?: readonly RibStep[];
}

const regressions: Regression[] = JSON.parse(Deno.readTextFileSync(new URL("regressions.json", import.meta.url)));
for (const { found, target: name, hex, steps } of regressions) {
  Deno.test(`fuzz, once found: ${found}`, () => {
    if (steps !== undefined) return assert.equal(playRib(steps), undefined);
    const target = campaigns.flatMap(({ targets }) => targets).find((one) => one.name === name);
    assert.ok(target !== undefined, `no target ${name}`);
    assert.equal(examine(target, fromHex(hex!)), undefined);
  });
}

Deno.test("fuzz: there are campaigns with seeds, and octets that once broke something", () => {
  const names = ["messages", "NLRI", "texts", "configurations", "ExaBGP", "RTR", "BMP", "MRT records", "RPKI files"];
  assert.deepEqual(campaigns.map(({ name }) => name), names);
  for (const { name, seeds, targets } of campaigns) {
    assert.ok(seeds.length >= 3 && targets.length > 0, `${name}: ${seeds.length} seeds, ${targets.length} targets`);
  }
  assert.ok(regressions.length > 0);
});

Deno.test("fuzz: our messages and other projects' corpora, unchanged and with repaired headers", async () => {
  const own = ownMessages(), others = await corpora();
  assert.ok(own.length > 300, `${own.length} messages`);
  assert.ok(others.length === 0 || others.length > 400, `${others.length} inputs of other projects`);
  for (const input of [...own, ...others].flatMap((one) => [one, repaired(one)])) {
    const crash = examineAll(messageTargets, input);
    assert.ok(crash === undefined, crash && hint(crash));
  }
});

/** Decoders with one mistake each, of the kinds that are made. */
const canaries: readonly Target[] = [
  {
    name: "throws for an attribute of length 0 behind an extended-length one",
    run(bytes, start, end) {
      for (let at = start + 23; at + 4 < end; at++) {
        if (bytes[at] === 0xd0 && bytes[at + 2] === 0 && bytes[at + 3] === 0) throw new RangeError("empty");
      }
      return "";
    },
  },
  {
    name: "believes the last length",
    run(bytes, start, end) {
      let at = start + 23, sum = 0;
      while (at + 3 <= end) {
        const next = at + 3 + bytes[at + 2]!;
        for (at += 3; at < next; at++) sum = (sum + bytes[at]!) | 0;
      }
      return String(sum);
    },
  },
  {
    name: "forgets the high bit of what it encodes",
    run(bytes, start, end) {
      const value = end - start > 40 ? bytes[start + 40]! : 0;
      const again = value & 0x7f;
      assert.equal(again, value);
      return "";
    },
  },
  {
    name: "remembers the message before",
    run: (() => {
      let calls = 0;
      return (_bytes, start, end) => end - start === 61 ? String(calls++) : "";
    })(),
  },
];

for (const canary of canaries) {
  Deno.test(`fuzz, canary: the harness finds a decoder that ${canary.name}`, async () => {
    const campaign = { ...messageCampaign(await messageSeeds()), targets: [canary] };
    const { crash, inputs } = fuzz(campaign, { seed: 1, count: 30_000 });
    assert.ok(crash !== undefined, `not found among ${inputs} inputs`);
    assert.notEqual(examine(canary, crash.input), undefined, "and what it kept shows it again");
  });
}

Deno.test("fuzz: a crash is made small", async () => {
  const [canary] = canaries;
  const campaign = { ...messageCampaign(await messageSeeds()), targets: [canary!] };
  const { crash } = fuzz(campaign, { seed: 2, count: 30_000 });
  assert.ok(crash!.input.length <= 32, `${crash!.input.length} octets: ${toHex(crash!.input)}`);
});

Deno.test("fuzz: the same seed sends the same inputs", async () => {
  const seen: string[][] = [[], []];
  for (const list of seen) {
    const spy: Target = {
      name: "spy",
      run: (bytes, start, end) => String(list.push(toHex(bytes.subarray(start, end)))) && "",
    };
    fuzz({ ...messageCampaign((await messageSeeds()).slice(0, 50)), targets: [spy] }, { seed: 3, count: 500 });
  }
  assert.ok(seen[0]!.length >= 500);
  assert.deepEqual(seen[0], seen[1]);
});
