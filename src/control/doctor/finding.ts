/** What `bgpd doctor` says about one thing. */

export type Level = "ok" | "warning" | "problem";

/** What a finding is about, in the order of the output. */
export const areas = [
  "config",
  "clock",
  "sockets",
  "files",
  "database",
  "disk",
  "kernel",
  "limits",
  "daemon",
  "peers",
  "history",
] as const;

export type Area = typeof areas[number];

export interface Finding {
  readonly area: Area;
  /** `problem`: bgpd does not do its work. `warning`: it works, and somebody should look. */
  readonly level: Level;
  /** One sentence. */
  readonly text: string;
  /** What to change: a command or a key. */
  readonly change?: string;
}

export function ok(area: Area, text: string): Finding {
  return { area, level: "ok", text };
}

export function warning(area: Area, text: string, change: string): Finding {
  return { area, level: "warning", text, change };
}

export function problem(area: Area, text: string, change: string): Finding {
  return { area, level: "problem", text, change };
}
