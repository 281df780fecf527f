/**
 * What a peer's `import` and `export` say: a keyword (`"all"`, `"none"`, `"local"`), a chain of policies, or one of
 * these for each family.
 */

import type { ByFamily, FamilyId } from "../types/mod.ts";
import type { PolicyChain } from "./policy_table.ts";

export type PolicyChoice<Word extends string> = Word | PolicyChain;

export type ChoiceByFamily<Word extends string> = PolicyChoice<Word> | {
  readonly families: Readonly<ByFamily<PolicyChoice<Word>>>;
  /** For families that are not named. */
  readonly otherwise: PolicyChoice<Word>;
};

export type ImportWord = "all" | "none";
export type ExportWord = "none" | "local" | "all";
export type ImportChoice = ChoiceByFamily<ImportWord>;
export type ExportChoice = ChoiceByFamily<ExportWord>;

/** The choice for the routes of one family. */
export function choiceFor<Word extends string>(choice: ChoiceByFamily<Word>, family: FamilyId): PolicyChoice<Word> {
  if (typeof choice === "string" || isChain(choice)) return choice;
  return choice.families[family] ?? choice.otherwise;
}

/** The choices for all families. */
export function allChoices<Word extends string>(choice: ChoiceByFamily<Word>): readonly PolicyChoice<Word>[] {
  if (typeof choice === "string" || isChain(choice)) return [choice];
  return [...Object.values(choice.families), choice.otherwise];
}

function isChain(choice: string | PolicyChain | object): choice is PolicyChain {
  return Array.isArray(choice);
}
