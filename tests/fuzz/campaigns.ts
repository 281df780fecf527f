/** What fuzzing works on: decoders, each with the seeds and the mutations that suit it. */
import { bmpSeeds, bmpTargets, mutateBmp } from "./bmp_target.ts";
import { exabgpSeeds, exabgpTarget } from "./exabgp_target.ts";
import type { Target } from "./harness.ts";
import { edit, mutate, poolOf, repaired } from "./mutate.ts";
import { mrtSeeds, mrtTarget } from "./mrt_target.ts";
import { mutateNlri, nlriSeeds, nlriTargets } from "./nlri_targets.ts";
import type { Random } from "./random.ts";
import { rpkiFileSeeds, rpkiFileTarget } from "./rpki_file_target.ts";
import { mutateRtr, rtrSeeds, rtrTargets } from "./rtr_target.ts";
import { messageSeeds } from "./seeds.ts";
import { messageTargets } from "./targets.ts";
import { configSeeds, configTarget, mutateText, textSeeds, textTarget } from "./text_targets.ts";

export interface Campaign {
  readonly name: string;
  readonly targets: readonly Target[];
  readonly seeds: readonly Uint8Array[];
  /** One more input, from an old one. */
  mutate(random: Random, input: Uint8Array): Uint8Array;
  /** Makes an input acceptable again from which something was cut. */
  repair(input: Uint8Array): Uint8Array;
  /** How much of the time it gets. */
  readonly share: number;
}

export function messageCampaign(messages: readonly Uint8Array[]): Campaign {
  const pool = poolOf(messages);
  return {
    name: "messages",
    targets: messageTargets,
    seeds: messages,
    mutate: (random, input) => mutate(random, input, pool),
    repair: repaired,
    share: 6,
  };
}

export async function allCampaigns(): Promise<Campaign[]> {
  const messages = await messageSeeds();
  const asIs = (input: Uint8Array) => input;
  return [
    messageCampaign(messages),
    { name: "NLRI", targets: nlriTargets, seeds: nlriSeeds(), mutate: mutateNlri, repair: asIs, share: 1 },
    { name: "texts", targets: [textTarget], seeds: textSeeds(), mutate: mutateText, repair: asIs, share: 1 },
    {
      name: "configurations",
      targets: [configTarget],
      seeds: configSeeds(),
      mutate: mutateText,
      repair: asIs,
      share: 1,
    },
    { name: "ExaBGP", targets: [exabgpTarget], seeds: exabgpSeeds(), mutate: mutateText, repair: asIs, share: 1 },
    { name: "RTR", targets: rtrTargets, seeds: rtrSeeds(), mutate: mutateRtr, repair: asIs, share: 1 },
    { name: "BMP", targets: bmpTargets, seeds: bmpSeeds(), mutate: mutateBmp, repair: asIs, share: 1 },
    { name: "MRT records", targets: [mrtTarget], seeds: mrtSeeds(messages), mutate: edit, repair: asIs, share: 1 },
    {
      name: "RPKI files",
      targets: [rpkiFileTarget],
      seeds: rpkiFileSeeds(),
      mutate: mutateText,
      repair: asIs,
      share: 1,
    },
  ];
}
