/** Reads the files of a configuration: the file itself, and those that it includes. */

import { type Collected, collectFiles, type FileAnswer, type FileRequest } from "../config/mod.ts";
import { fileProblem } from "./cli/files.ts";

/** As {@link readConfigFilesSync}, without holding up the thread. */
export async function readConfigFiles(path: string): Promise<Collected> {
  const work = collectFiles(path);
  for (let step = work.next();;) {
    if (step.done === true) return step.value;
    step = work.next(await answer(step.value).catch(failed));
  }
}

export function readConfigFilesSync(path: string): Collected {
  const work = collectFiles(path);
  for (let step = work.next();;) {
    if (step.done === true) return step.value;
    step = work.next(answerSync(step.value));
  }
}

async function answer(request: FileRequest): Promise<FileAnswer> {
  if (request.kind === "read") {
    const { path } = request;
    const info = await Deno.stat(path);
    if (request.isIncluded && isEndless(info)) return endless;
    return { kind: "text", text: await Deno.readTextFile(path), identity: identityOf(path, info) };
  }
  const entries = [];
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(request.folder)) {
    const isFolder = isDirectory || isSymlink && await Deno.stat(`${request.folder}/${name}`).then(isFolderInfo, no);
    entries.push({ name, isFolder });
  }
  return { kind: "entries", entries };
}

function answerSync(request: FileRequest): FileAnswer {
  try {
    if (request.kind === "read") {
      const { path } = request;
      const info = Deno.statSync(path);
      if (request.isIncluded && isEndless(info)) return endless;
      return { kind: "text", text: Deno.readTextFileSync(path), identity: identityOf(path, info) };
    }
    const entries = [...Deno.readDirSync(request.folder)].map(({ name, isDirectory, isSymlink }) => ({
      name,
      isFolder: isDirectory || isSymlink && leadsToFolder(`${request.folder}/${name}`),
    }));
    return { kind: "entries", entries };
  } catch (error) {
    return failed(error);
  }
}

function leadsToFolder(path: string): boolean {
  try {
    return isFolderInfo(Deno.statSync(path));
  } catch {
    // A link that leads nowhere is reported when it is read.
    return false;
  }
}

/** Reading a pipe that nobody writes would hold up every later reload. */
const isEndless = ({ isFile, isDirectory }: Deno.FileInfo) => !isFile && !isDirectory;
const endless: FileAnswer = { kind: "failed", reason: "it is not a file", isMissing: false };

const isFolderInfo = ({ isDirectory }: Deno.FileInfo) => isDirectory;
const no = () => false;

function identityOf(path: string, { dev, ino }: Deno.FileInfo): string {
  return ino === null ? path : `${dev} ${ino}`;
}

function failed(error: unknown): FileAnswer {
  return { kind: "failed", reason: fileProblem(error), isMissing: error instanceof Deno.errors.NotFound };
}
