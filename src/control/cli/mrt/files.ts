/** What the `mrt` commands have in common: opening files, naming peers, saying what was wrong. */

import type { MrtPeer } from "../../../mrt/mod.ts";
import { Progress } from "../../mrt/progress.ts";
import { isSelected, parseSelection, type Selection } from "../../mrt/selection.ts";
import { MrtSource } from "../../mrt/source.ts";
import { CommandError, type Input, type Io, UsageError } from "../command.ts";
import { fileProblem } from "../files.ts";

/** Opens FILE, the first word. */
export function openMrtFile(input: Input): MrtSource {
  const path = input.words[0];
  if (path === undefined) throw new UsageError("which file?");
  try {
    return new MrtSource(path);
  } catch (error) {
    throw new CommandError(`cannot read ${path}: ${fileProblem(error)}`);
  }
}

/** The same for a command that counts first what is in the file, and then reads it. */
export async function openMrtFileTwice(input: Input): Promise<MrtSource> {
  const source = openMrtFile(input);
  try {
    await source.file.makeRepeatable();
  } catch (error) {
    throw new CommandError(`cannot copy ${source.file.name} to a temporary file: ${fileProblem(error)}`);
  }
  return source;
}

/** `--peer`; `undefined` where it is not given. */
export function selectionOf(input: Input): Selection | undefined {
  const text = input.text("peer");
  if (text === undefined) return undefined;
  const selection = parseSelection(text);
  if (selection !== undefined) return selection;
  throw new UsageError(`--peer takes a number or an address as mrt show --peers lists them, or all, not "${text}"`);
}

/** Refuses a `--peer` that the file does not have: nothing of nobody would look like a quiet peer. */
export function requirePeer(input: Input, source: MrtSource, selection: Selection, peers: Iterable<MrtPeer>): void {
  if (selection.kind === "all") return;
  for (const peer of peers) if (isSelected(selection, peer)) return;
  throw new CommandError(`${source.file.name} has no peer ${input.text("peer")}; mrt show --peers lists all`);
}

/** A bar for the time a file takes, where messages go to a terminal. */
export function fileProgress(
  source: MrtSource,
  isTerminal: boolean,
  words: () => string,
): { step: () => void; end: () => void } {
  const { file } = source;
  const progress = new Progress(file.name.split("/").pop()!, isTerminal && file.size > 0);
  return {
    step: () => progress.update(file.position, file.size, words),
    end: () => progress.end(),
  };
}

/**
 * Says on standard error what was wrong with the file; one that was read and makes no sense from the start is refused. Gives
 * the exit code: 1 where something of the file is lost.
 */
export function tellProblems(source: MrtSource, io: Io): number {
  refuseForeign(source);
  for (const sentence of source.problems.sentences()) io.message(`${source.file.name}: ${sentence}`);
  return source.problems.isDamaged ? 1 : 0;
}

/** To be asked when the file was read. */
export function refuseForeign({ file, problems }: MrtSource): void {
  if (problems.foreign === undefined) return;
  throw new CommandError(`${file.name} is not an MRT file: at its beginning ${problems.foreign}`);
}
