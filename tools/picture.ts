/**
 * `deno task picture`: writes docs/top.svg, a picture of `bgpd top` while the demo runs. Needs tmux, whose terminal has
 * 106 columns and 16 lines here.
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { terminalSvg } from "./terminal_picture.ts";
import { TextLineStream } from "./text_lines.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [columns, rows] = ["106", "16"];
/** Rates need some seconds to appear. */
const watchedMs = 6000;

async function tmux(...args: string[]): Promise<string> {
  // A server of its own, not that of the user.
  const { success, stdout, stderr } = await new Deno.Command("tmux", { args: ["-L", "bgpd-picture", ...args] })
    .output();
  if (!success) throw new Error(`tmux ${args[0]}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** The path of the demo's database, when its tables are complete. */
async function databaseOf(demo: Deno.ChildProcess): Promise<string> {
  for await (const line of demo.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())) {
    const path = /sqlite3 -cmd '[^']*' (\S+\.db)/.exec(line)?.[1];
    if (path !== undefined) return path;
  }
  throw new Error("the demo ended");
}

async function main(): Promise<void> {
  const demo = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${root}/tools/demo.ts`],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  try {
    const database = await databaseOf(demo);
    const size = ["-x", columns, "-y", rows];
    await tmux("new-session", "-d", ...size, "env", "TERM=screen-256color", `${root}/bgpd`, "top", "-d", database);
    await new Promise((resolve) => setTimeout(resolve, watchedMs));
    const screen = (await tmux("capture-pane", "-p", "-e")).replaceAll(dirname(database), "/home/you/demo");
    await tmux("kill-server");
    await Deno.writeTextFile(`${root}/docs/top.svg`, terminalSvg(screen, "bgpd top, while the demo runs"));
  } finally {
    demo.kill("SIGINT");
    await demo.status;
  }
}

if (import.meta.main) await main();
