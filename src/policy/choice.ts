/**
 * What a peer's `import` and `export` say: a word for all its routes, a chain of policies, or one of both per family.
 */

import type { ByFamily, FamilyId } from "../types/mod.ts";
import type { PolicyChain } from "./policy_table.ts";

export type Choice<Word extends string> = Word | PolicyChain;

export type ChoiceByFamily<Word extends string> = Choice<Word> | {
  readonly families: Readonly<ByFamily<Choice<Word>>>;
  /** For families that are not named. */
  readonly otherwise: Choice<Word>;
};

export type ImportWord = "all" | "none";
export type ExportWord = "none" | "local" | "all";
export type ImportChoice = ChoiceByFamily<ImportWord>;
export type ExportChoice = ChoiceByFamily<ExportWord>;

/** What holds for the routes of a family. */
export function choiceFor<Word extends string>(choice: ChoiceByFamily<Word>, family: FamilyId): Choice<Word> {
  if (typeof choice === "string" || isChain(choice)) return choice;
  return choice.families[family] ?? choice.otherwise;
}

/** Every choice of it, for whoever has to look at all. */
export function allChoices<Word extends string>(choice: ChoiceByFamily<Word>): readonly Choice<Word>[] {
  if (typeof choice === "string" || isChain(choice)) return [choice];
  return [...Object.values(choice.families), choice.otherwise];
}

function isChain(choice: string | PolicyChain | object): choice is PolicyChain {
  return Array.isArray(choice);
}
