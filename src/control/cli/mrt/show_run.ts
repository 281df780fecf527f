/** The work of `bgpd mrt show`. */

import { LineWriter, RouteReader, stateLine } from "../../../mrt/mod.ts";
import { familyOf, formatIpv4Number, maskIds } from "../../../types/mod.ts";
import { takeCensus } from "../../mrt/census.ts";
import { isSelected } from "../../mrt/selection.ts";
import type { MrtSource } from "../../mrt/source.ts";
import type { Input, Io } from "../command.ts";
import { type Column, printTable } from "../text/table.ts";
import { plural } from "../text/units.ts";
import { fileProgress, openMrtFile, reportProblems, requirePeer, selectionOf } from "./files.ts";

/** Returns the exit code. */
export async function runShow(input: Input, io: Io): Promise<number> {
  const source = openMrtFile(input);
  const selection = selectionOf(input) ?? { kind: "all" };
  if (input.flag("peers")) return await printPeers(source, io);
  let lines = 0;
  const progress = fileProgress(source, io.messagesAreTerminal && !io.outputIsTerminal, () => plural(lines, "line"));
  const writer = new LineWriter((line) => {
    lines++;
    io.write(line + "\n");
  }, (fault) => source.problems.fault(fault));
  // As for an iBGP session: LOCAL_PREF and the other attributes of an AS are kept.
  const reader = new RouteReader({ internal: true, repairs: true });
  try {
    for await (const items of source.items()) {
      for (const item of items) {
        if (!isSelected(selection, item.peer)) continue;
        if (item.kind === "state") {
          io.write(stateLine(item) + "\n");
          continue;
        }
        writer.begin(item);
        if (item.kind === "entry") reader.entry(item, writer);
        else reader.message(item, writer);
      }
      progress.step();
    }
  } finally {
    progress.end();
  }
  const exitCode = reportProblems(source, io);
  requirePeer(input, source, selection, source.peers);
  return exitCode;
}

const fits: Readonly<Record<string, Column["fit"]>> = { Address: "address", Families: "sentence" };

async function printPeers(source: MrtSource, io: Io): Promise<number> {
  const progress = fileProgress(source, io.messagesAreTerminal && !io.outputIsTerminal, () => "counting");
  const counts = await takeCensus(source, progress.step);
  progress.end();
  const columns = ["Peer", "Address", "AS", "Router ID", "Routes", "UPDATEs", "State changes", "Families"]
    .map((title) => ({ title, fit: fits[title] ?? "whole" }));
  const rows = counts.map(({ peer, entries, updates, states, families }) => ({
    cells: [
      String(peer.number),
      peer.address,
      String(peer.asn),
      peer.routerId === 0 ? "" : formatIpv4Number(peer.routerId),
      String(entries),
      String(updates),
      String(states),
      maskIds(families).map((id) => familyOf(id).name).join(", "),
    ],
  }));
  printTable(columns, rows, io);
  return reportProblems(source, io);
}
