/** The work of `bgpd mrt replay`. */

import { formatEndpoint, TransportError } from "../../../transport/mod.ts";
import {
  canonicalAddress,
  canonicalZonedAddress,
  type FamilyMask,
  ipv4Families,
  maskIds,
  parseIpv4Number,
} from "../../../types/mod.ts";
import { type PeerCount, takeCensus } from "../../mrt/census.ts";
import type { Outlet } from "../../mrt/replay/outgoing.ts";
import type { Pace } from "../../mrt/replay/pace.ts";
import { Player, readTable } from "../../mrt/replay/player.ts";
import type { RouteList } from "../../mrt/replay/route_list.ts";
import { ReplaySpeaker } from "../../mrt/replay/speaker.ts";
import { isSelected, type Selection } from "../../mrt/selection.ts";
import type { MrtSource } from "../../mrt/source.ts";
import { CommandError, type Input, type Io, UsageError } from "../command.ts";
import { formatBytes, plural } from "../text/units.ts";
import { fileProgress, openMrtFileTwice, reportProblems, selectionOf } from "./files.ts";

const bgpPort = 179;
const mostSeconds = 65535;

/** Returns the exit code. */
export async function runReplay(input: Input, io: Io): Promise<number> {
  const target = targetOf(input);
  const settings = settingsOf(input);
  const source = await openMrtFileTwice(input);
  const plan = await read(source, settings, io);
  // From here on, a signal must end the session with a NOTIFICATION. Before, it may simply end the process.
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, onSignal);
  try {
    return await replay({ source, ...plan, target, settings, signal: stop.signal }, io);
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.removeSignalListener(signal, onSignal);
  }
}

interface Target {
  readonly address: string;
  readonly port: number;
  readonly localAddress?: string;
}

interface Settings {
  readonly selection: Selection | undefined;
  readonly asn: number | undefined;
  readonly routerId: number | undefined;
  readonly holdTimeSeconds: number;
  readonly pace: Pace;
  readonly stay: boolean;
}

function targetOf(input: Input): Target {
  const text = input.text("to");
  if (text === undefined) throw new UsageError("replay needs --to ADDRESS: the address of the BGP speaker");
  const match = /^(?:\[([^\]]+)\]|([^:]+)|(.*:.*:.*))(?::(\d{1,5}))?$/.exec(text);
  const address = canonicalZonedAddress(match?.[1] ?? match?.[2] ?? match?.[3] ?? "");
  const port = Number(match?.[4] ?? bgpPort);
  if (address === undefined || port < 1 || port > 65535) {
    throw new UsageError(`--to takes an address, with or without a port, not "${text}"`);
  }
  const from = input.text("from");
  if (from === undefined) return { address, port };
  const localAddress = canonicalAddress(from);
  if (localAddress === undefined) throw new UsageError(`--from takes an address, not "${from}"`);
  return { address, port, localAddress };
}

function settingsOf(input: Input): Settings {
  const asn = input.asn("as");
  if (asn === 0) throw new UsageError('--as takes an AS number, not "0"');
  const idText = input.text("router-id");
  const routerId = idText === undefined ? undefined : parseIpv4Number(idText);
  if (idText !== undefined && (routerId === undefined || routerId === 0)) {
    throw new UsageError(`--router-id takes an IPv4 address, not "${idText}"`);
  }
  const rate = input.number("rate", 1, 10_000_000);
  if (rate !== undefined && input.flag("realtime")) throw new UsageError("--rate cannot be combined with --realtime");
  const holdTimeSeconds = input.number("hold", 0, mostSeconds) ?? 90;
  if (holdTimeSeconds === 1 || holdTimeSeconds === 2) {
    throw new UsageError("--hold takes 0, or a number from 3 to 65535");
  }
  return {
    selection: selectionOf(input),
    asn,
    routerId,
    holdTimeSeconds,
    pace: rate !== undefined
      ? { kind: "rate", updatesPerSecond: rate }
      : { kind: input.flag("realtime") ? "realtime" : "full" },
    stay: input.flag("stay"),
  };
}

/** What the command sends. */
interface Plan {
  readonly choice: Choice;
  /** The tables of the file. */
  readonly list: RouteList | undefined;
}

async function read(source: MrtSource, settings: Settings, io: Io): Promise<Plan> {
  const counting = fileProgress(source, io.messagesAreTerminal, () => "counting");
  const census = await takeCensus(source, counting.step);
  counting.end();
  source.problems.clear();
  const choice = choose(census, settings, source, io);

  const hasTable = choice.peers.some(({ entries }) => entries > 0);
  const reading = fileProgress(source, io.messagesAreTerminal, () => "reading");
  const list = hasTable ? await readTable(source, choice.selection, reading.step) : undefined;
  reading.end();
  return { choice, list };
}

interface Replay extends Plan {
  readonly source: MrtSource;
  readonly target: Target;
  readonly settings: Settings;
  /** Aborted: the replay ends early. */
  readonly signal: AbortSignal;
}

async function replay({ source, choice, list, target, settings, signal }: Replay, io: Io): Promise<number> {
  const speaker = new ReplaySpeaker({ ...target, session: sessionConfig(choice, settings) });
  const stopped = aborted(signal);
  // The speaker may be slow to accept the connection, to send its OPEN, or to read.
  const negotiated = await Promise.race([started(speaker, target), stopped]);
  if (negotiated === undefined) {
    await speaker.stop("replay is stopped");
    return 0;
  }
  const passesOn = negotiated.localAsn !== choice.main.peer.asn;
  const outlet: Outlet = { negotiated, addresses: speaker.addresses, passesOn, write: (bytes) => speaker.write(bytes) };
  io.message(`session with ${formatEndpoint(target.address, target.port)}, AS ${outlet.negotiated.remoteAsn}, is up`);

  const player = new Player(outlet, settings.pace, signal);
  const playing = fileProgress(source, io.messagesAreTerminal, () => plural(player.count.updates, "UPDATE"));
  const start = performance.now();
  const work = async () => {
    if (list !== undefined) await player.table(list, playing.step);
    if (choice.peers.some(({ updates }) => updates > 0)) {
      if (list !== undefined) source.problems.clear();
      await player.updates(source, choice.selection, playing.step);
    }
    return undefined;
  };
  const lost = await Promise.race([work().catch(() => speaker.down), speaker.down, stopped]);
  playing.end();
  const exitCode = reportProblems(source, io);
  for (const text of player.outgoing.sentences()) io.message(text);
  io.message(sentence(player, list !== undefined, (performance.now() - start) / 1000));
  if (lost === undefined && settings.stay && !signal.aborted) {
    io.message("everything is sent; the session stays until Ctrl-C");
    const gone = await Promise.race([speaker.down, stopped]);
    if (gone !== undefined) throw new CommandError(`the session ended: ${gone}`);
  }
  if (lost !== undefined) throw new CommandError(`the session ended: ${lost}`);
  await speaker.stop("replay is done");
  return exitCode;
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined), { once: true }));
}

async function started(speaker: ReplaySpeaker, target: Target) {
  try {
    return await speaker.start();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof TransportError) throw new CommandError(reason);
    throw new CommandError(`no session with ${formatEndpoint(target.address, target.port)}: ${reason}`);
  }
}

interface Choice {
  readonly selection: Selection;
  readonly peers: readonly PeerCount[];
  readonly main: PeerCount;
}

/** Selects the peers whose routes are sent. */
function choose(census: readonly PeerCount[], settings: Settings, source: MrtSource, io: Io): Choice {
  const { name } = source.file;
  const speaking = census.filter(({ entries, updates }) => entries + updates > 0);
  const first = mostOf(speaking);
  if (first === undefined) throw new CommandError(`${name} has no routes`);
  const selection = settings.selection ?? { kind: "address", address: canonicalAddress(first.peer.address)! };
  const peers = speaking.filter(({ peer }) => isSelected(selection, peer));
  const main = mostOf(peers);
  if (main === undefined) {
    throw new CommandError(`${name} has no routes of this peer; bgpd mrt show --peers lists all peers`);
  }
  if (settings.selection === undefined && speaking.length > 1) {
    const { number, address, asn } = main.peer;
    io.message(
      `sending the routes of peer ${number} (${address}, AS ${asn}), which has the most routes of ${speaking.length} ` +
        "peers; select another peer, or all, with --peer",
    );
  }
  return { selection, peers, main };
}

/** The peer with most routes in tables; if equal, with most updates. */
function mostOf(counts: readonly PeerCount[]): PeerCount | undefined {
  let most: PeerCount | undefined;
  for (const count of counts) {
    if (
      most === undefined || count.entries > most.entries ||
      (count.entries === most.entries && count.updates > most.updates)
    ) most = count;
  }
  return most;
}

function sessionConfig({ peers, main }: Choice, settings: Settings) {
  const { asn, routerId, number, address } = main.peer;
  const localAsn = settings.asn ?? asn;
  if (localAsn === 0) throw new CommandError("the file does not have the AS of this peer; give it with --as");
  const either = (pick: (count: PeerCount) => FamilyMask) => peers.reduce((mask, count) => mask | pick(count), 0);
  const families = either((count) => count.families);
  return {
    localAsn,
    remoteAsn: undefined,
    // RFC 6286: any number but 0.
    routerId: settings.routerId ?? (routerId || parseIpv4Number(address) || 0x0a000001 + number),
    holdTimeSeconds: settings.holdTimeSeconds,
    connectRetrySeconds: 120,
    idleHoldSeconds: 1,
    idleHoldMaxSeconds: 60,
    sendHoldSeconds: settings.holdTimeSeconds === 0 ? 0 : Math.max(480, settings.holdTimeSeconds * 2),
    passive: false,
    delayOpenSeconds: 0,
    families: maskIds(families),
    addPathReceive: 0,
    addPathSend: either((count) => count.addPath),
    extendedNextHop: families & ipv4Families,
    role: undefined,
    roleStrict: false,
    extraCapabilities: [],
  };
}

function sentence({ count }: Player, hasTable: boolean, seconds: number): string {
  const per = (number: number) => Math.round(number / seconds).toLocaleString("en-US");
  const routes = !hasTable ? "" : `${plural(count.routes, "route")} (${per(count.routes)} a second) in `;
  return `sent ${routes}${plural(count.updates, "UPDATE")}, ${formatBytes(count.bytes)}, in ${seconds.toFixed(1)} s`;
}
