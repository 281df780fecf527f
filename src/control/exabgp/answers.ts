/** Answers to commands: `done` and `error`. */

import type { ApiVersion } from "./attributes.ts";
import { jsonText } from "./json_text.ts";

export interface AnswerOptions {
  readonly encoder: "text" | "json";
  readonly version: ApiVersion;
}

/** Version 4 answers in text; version 5 answers in JSON to a program that reads JSON. */
export function answerText(answer: "done" | "error", { encoder, version }: AnswerOptions, reason?: string): string {
  if (encoder === "text" || version === 4) return answer;
  return jsonText({ answer, message: reason ?? (answer === "done" ? "command completed" : "command failed") });
}
