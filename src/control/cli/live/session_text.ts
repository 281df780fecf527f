/** Events of sessions in words. Pure. */

import type { FollowedEvent } from "../../../store/mod.ts";
import type { Colour } from "../text/table.ts";

export interface SessionText {
  /** What happened, in a word. */
  readonly word: "up" | "down" | "session";
  readonly colour: Colour;
  readonly text: string;
}

/** The event `down` says the same, and why. */
export function isEcho({ kind, text }: FollowedEvent): boolean {
  return kind === "state" && text.startsWith("Established ->");
}

export function sessionText({ kind, text }: FollowedEvent): SessionText {
  if (kind === "down") return { word: "down", colour: "red", text: `session down: ${text}` };
  if (kind === "state" && text.endsWith("-> Established")) {
    return { word: "up", colour: "green", text: "session established" };
  }
  return { word: "session", colour: "yellow", text };
}
