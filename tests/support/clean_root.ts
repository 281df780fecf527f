/**
 * A Debian in a folder of its own, made by debootstrap and booted by systemd-nspawn: real systemd, real packages, and
 * only a loopback interface. Needs root.
 */
import { run } from "./process.ts";
import { sleep, waitFor } from "./wait.ts";

/** Programs that a clean root needs on this machine. */
export const neededPrograms: readonly string[] = ["debootstrap", "systemd-nspawn", "nsenter", "chroot"];

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const inside = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8"];

/** Makes a Debian with these packages; nothing of it starts. */
export async function makeRoot(folder: string, suite: string, packages: readonly string[]): Promise<void> {
  const answer = await run("debootstrap", [
    "--variant=minbase",
    `--include=${packages.join(",")}`,
    suite,
    folder,
    "http://deb.debian.org/debian",
  ]);
  if (answer.code !== 0) throw new Error(`debootstrap: ${answer.stdout.slice(-2000)}${answer.stderr}`);
}

/** Runs a command in the root without booting it. */
export function inRoot(folder: string, ...command: string[]): Promise<Answer> {
  return run("chroot", [folder, ...inside, ...command]);
}

export class CleanRoot implements AsyncDisposable {
  readonly folder: string;
  readonly #child: Deno.ChildProcess;
  readonly #leader: number;

  private constructor(folder: string, child: Deno.ChildProcess, leader: number) {
    this.folder = folder;
    this.#child = child;
    this.#leader = leader;
  }

  /** Boots the root and waits until systemd has started everything. */
  static async boot(folder: string): Promise<CleanRoot> {
    const child = new Deno.Command("systemd-nspawn", {
      args: [
        "--quiet",
        "--register=no",
        "--keep-unit",
        "--console=passive",
        "--private-network",
        `--directory=${folder}`,
        "--boot",
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const leader = await waitFor("the first process of the container", async () => {
      const { stdout } = await run("ps", ["--ppid", String(child.pid), "-o", "pid="]);
      return Number(stdout.trim().split("\n")[0]) || undefined;
    });
    const root = new CleanRoot(folder, child, leader);
    const isUp = async () => /^(?:running|degraded)/.test((await root.run("systemctl", "is-system-running")).stdout);
    await waitFor("systemd in the container", isUp, { intervalMs: 500 });
    return root;
  }

  /** Runs a command in the container. */
  run(...command: string[]): Promise<Answer> {
    const namespaces = ["-m", "-u", "-i", "-n", "-p", "-C"];
    return run("nsenter", ["-t", String(this.#leader), ...namespaces, ...inside, ...command]);
  }

  /** Runs a line of the shell in the container; throws where it fails. */
  async sh(line: string): Promise<string> {
    const { code, stdout, stderr } = await this.run("sh", "-c", line);
    if (code !== 0) throw new Error(`${line}: exit code ${code}\n${stdout}${stderr}`);
    return stdout.trimEnd();
  }

  /** A property of a unit, for example MainPID. */
  async property(unit: string, name: string): Promise<string> {
    return await this.sh(`systemctl show --value -p ${name} ${unit}`);
  }

  /** Powers the container off. */
  async [Symbol.asyncDispose](): Promise<void> {
    // SIGTERM asks systemd-nspawn for an orderly end.
    this.#child.kill("SIGTERM");
    const ended = await Promise.race([this.#child.status.then(() => true), sleep(60_000).then(() => false)]);
    if (!ended) this.#child.kill("SIGKILL");
    await this.#child.status;
  }
}
