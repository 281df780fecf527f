/// <reference lib="deno.worker" />
/**
 * Reads RPKI files in a thread of its own: a file of 500,000 VRPs takes a second. The worker lives as long as this
 * work.
 */

import { AspaTable, readRpkiFile, VrpRecords, VrpTables } from "../../rpki/mod.ts";
import { whyUnread } from "../thread/why_unread.ts";
import type { FileAnswer, FileQuestion } from "./file_reader.ts";

self.onmessage = async (event: MessageEvent<FileQuestion>) => {
  const answer = await readAll(event.data);
  self.postMessage(answer, answer.kind === "read" ? [answer.vrps.buffer] : []);
};

/** What all files say together; or every mistake, and then nothing of any file counts. */
async function readAll({ paths, nowSeconds }: FileQuestion): Promise<FileAnswer> {
  const vrps = new VrpTables();
  const aspas = new AspaTable();
  const problems: string[] = [];
  let nextExpiry = Infinity;
  let expired = 0;
  for (const path of paths) {
    let text: string;
    try {
      text = await Deno.readTextFile(path);
    } catch (error) {
      problems.push(`cannot read ${path}: ${whyUnread(error)}`);
      continue;
    }
    const read = readRpkiFile(text, nowSeconds);
    if ("error" in read) {
      const { line, column, message } = read.error;
      problems.push(`${path}:${line}:${column}: ${message}`);
      continue;
    }
    read.value.vrps.forEach((vrp) => vrps.add(vrp));
    for (const { customer, providers } of read.value.aspas.list()) aspas.extend(customer, providers);
    nextExpiry = Math.min(nextExpiry, read.value.nextExpiry ?? Infinity);
    expired += read.value.expiredCount;
  }
  if (problems.length > 0) return { kind: "broken", problems };
  const records = new VrpRecords();
  vrps.forEach((vrp) => records.pushVrp(vrp));
  return { kind: "read", vrps: records.take(), aspas: aspas.list(), expired, nextExpiry };
}
