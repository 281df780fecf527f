/** Answers of bgplgd: what bgpctl prints, as JSON or OpenMetrics. */

import { type Answer, jsonType } from "../answers/answer.ts";

export function answer(value: Readonly<Record<string, unknown>>, cacheMs = 1000): Answer {
  return { headers: { "content-type": jsonType }, body: JSON.stringify(value, null, 1) + "\n", cacheMs };
}

/** What bgpctl prints where bgpd refuses: the status of the answer is 200. */
export function refused(error: "no such neighbor" | "no such RIB" | "operation not supported"): Answer {
  return answer({ status: "FAILED", error });
}

/** bgplgd answers with the status alone; the reason is for people. */
export function failure(status: number, reason: string): Answer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body: `${reason}\n` };
}
