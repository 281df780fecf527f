/** What the `mrt` commands share: opening a file, selecting peers, reporting problems of the file. */

import { resolve } from "../../../transport/mod.ts";
import type { MrtPeer } from "../../../mrt/mod.ts";
import { Progress } from "../../mrt/progress.ts";
import { isSelected, parseSelection, type Selection } from "../../mrt/selection.ts";
import { MrtSource } from "../../mrt/source.ts";
import { CommandError, type Input, type Io, UsageError } from "../command.ts";
import { fileProblem } from "../files.ts";

/** Opens FILE, the first word of the command. */
export function openMrtFile(input: Input): MrtSource {
  const path = input.words[0];
  if (path === undefined) throw new UsageError("name an MRT file, or - for standard input");
  try {
    return new MrtSource(path);
  } catch (error) {
    throw new CommandError(`cannot read ${resolve(path)}: ${fileProblem(error)}`);
  }
}

/** The same for a command that reads the file twice: first to count, then to process. */
export async function openMrtFileTwice(input: Input): Promise<MrtSource> {
  const source = openMrtFile(input);
  try {
    await source.file.makeRepeatable();
  } catch (error) {
    throw new CommandError(`cannot copy ${source.file.name} to a temporary file: ${fileProblem(error)}`);
  }
  return source;
}

/** The value of `--peer`; `undefined`: the option is not given. */
export function selectionOf(input: Input): Selection | undefined {
  const text = input.text("peer");
  if (text === undefined) return undefined;
  const selection = parseSelection(text);
  if (selection !== undefined) return selection;
  throw new UsageError(`--peer takes a number or address of mrt show --peers, or all, not "${text}"`);
}

/** Throws if the file does not have the peer of `--peer`: empty output would mean that the peer announced nothing. */
export function requirePeer(input: Input, source: MrtSource, selection: Selection, peers: Iterable<MrtPeer>): void {
  if (selection.kind === "all") return;
  for (const peer of peers) if (isSelected(selection, peer)) return;
  throw new CommandError(
    `${source.file.name} has no peer ${input.text("peer")}; bgpd mrt show --peers lists all peers`,
  );
}

/** A progress bar while a file is read, if messages go to a terminal. */
export function fileProgress(
  source: MrtSource,
  isTerminal: boolean,
  text: () => string,
): { step: () => void; end: () => void } {
  const { file } = source;
  const progress = new Progress(file.name.split("/").pop()!, isTerminal && file.size > 0);
  return {
    step: () => progress.update(file.position, file.size, text),
    end: () => progress.end(),
  };
}

/**
 * Reports the problems of a file that was read. Returns the exit code: 1 if a part of the file is lost. Throws if the
 * file is not an MRT file.
 */
export function reportProblems(source: MrtSource, io: Io): number {
  refuseForeign(source);
  for (const sentence of source.problems.sentences()) io.message(`${source.file.name}: ${sentence}`);
  return source.problems.isDamaged ? 1 : 0;
}

/** Throws if the file is not an MRT file. Call it after the file was read. */
export function refuseForeign({ file, problems }: MrtSource): void {
  if (problems.foreign === undefined) return;
  throw new CommandError(`${file.name} is not an MRT file: its first record is not valid: ${problems.foreign}`);
}
