/** CPU and memory of all processes of a daemon, from /proc (Linux). */

const ticksPerSecond = 100;
const pageBytes = 4096;

/** The process and everything it started. */
function processes(root: number): number[] {
  const found: number[] = [];
  for (const todo = [root]; todo.length > 0;) {
    const pid = todo.pop()!;
    found.push(pid);
    try {
      for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
        const children = Deno.readTextFileSync(`/proc/${pid}/task/${name}/children`).trim();
        if (children !== "") todo.push(...children.split(" ").map(Number));
      }
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}

function sum(root: number, of: (pid: number) => number): number {
  return processes(root).reduce((total, pid) => {
    try {
      return total + of(pid);
    } catch {
      return total;
    }
  }, 0);
}

/** Fields of /proc/PID/stat from the third on: state, ppid, … */
function stat(pid: number): string[] {
  return Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ").at(-1)!.split(" ");
}

/** User and system time, seconds. */
export function cpuSeconds(root: number): number {
  return sum(root, (pid) => (Number(stat(pid)[11]) + Number(stat(pid)[12])) / ticksPerSecond);
}

/** User and system time of the threads of one process, by name; threads of one name together. */
export function threadSeconds(pid: number): Map<string, number> {
  const found = new Map<string, number>();
  for (const { name: thread } of Deno.readDirSync(`/proc/${pid}/task`)) {
    try {
      const text = Deno.readTextFileSync(`/proc/${pid}/task/${thread}/stat`);
      const name = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
      const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
      const seconds = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
      found.set(name, (found.get(name) ?? 0) + seconds);
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}

export function rssBytes(root: number): number {
  return sum(root, (pid) => Number(stat(pid)[21]) * pageBytes);
}

/** The highest RSS so far. */
export function peakBytes(root: number): number {
  return sum(root, (pid) => {
    const line = /^VmHWM:\s+(\d+) kB/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`));
    return Number(line?.[1] ?? 0) * 1024;
  });
}

/** Busy seconds of all cores since boot. */
export function hostCpuSeconds(): number {
  const fields = Deno.readTextFileSync("/proc/stat").split("\n")[0]!.trim().split(/\s+/).slice(1).map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields;
  return (user + nice + system + irq + softirq) / ticksPerSecond;
}
