/** A front: one API of the web process, with its routes and its form of errors. */

import type { WebReader } from "../../store/mod.ts";
import type { Millis } from "../../types/mod.ts";
import type { WebSettings } from "../../config/mod.ts";
import { type Answer, type Question, WebError } from "./answer.ts";

/** What every route may use. */
export interface Context {
  /** The database, as it is now. Throws {@link WebError} 503 where there is none. */
  readonly reader: WebReader;
  /** Path of the router's database. */
  readonly database: string;
  readonly settings: WebSettings;
  readonly version: string;
  /** Wall-clock time. */
  now(): Millis;
}

export interface FrontRoute {
  /** The whole path, with `{name}` for a part that varies, and `{name*}` for all parts that follow. */
  readonly path: string;
  /** Quick: milliseconds. Slow: it may read a whole table, and does not delay those that are quick. */
  readonly lane: "quick" | "slow";
  run(asked: Asked, context: Context): Answer | Promise<Answer>;
}

export interface Asked extends Question {
  /** A part of the path, decoded. */
  part(name: string): string;
  /** A parameter of the query; `undefined`: there is none, or it is empty. */
  parameter(name: string): string | undefined;
}

export interface Front {
  /** `/birdwatcher`: every path below it belongs to this front. */
  readonly prefix: string;
  readonly routes: readonly FrontRoute[];
  failure(status: number, reason: string): Answer;
}

export interface FoundRoute {
  readonly front: Front;
  readonly route: FrontRoute;
  readonly parts: Readonly<Record<string, string>>;
}

/** The front of a path, and its route; `undefined`: no front has the path. Throws {@link WebError} for a wrong path. */
export function findRoute(fronts: readonly Front[], path: string): FoundRoute | Front | undefined {
  const front = fronts.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
  if (front === undefined) return undefined;
  const words = path.split("/").slice(1).map(decoded);
  for (const route of front.routes) {
    const parts = matchPath(route.path.split("/").slice(1), words);
    if (parts !== undefined) return { front, route, parts };
  }
  return front;
}

function matchPath(pattern: readonly string[], words: readonly string[]): Record<string, string> | undefined {
  const parts: Record<string, string> = {};
  for (const [i, part] of pattern.entries()) {
    const word = words[i];
    if (word === undefined) return undefined;
    const [, name, rest] = /^\{(\w+)(\*?)\}$/.exec(part) ?? [];
    if (name === undefined) {
      if (part !== word) return undefined;
    } else if (rest === "*") {
      parts[name] = words.slice(i).join("/");
      return parts;
    } else if (word === "") return undefined;
    else parts[name] = word;
  }
  return words.length === pattern.length ? parts : undefined;
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    throw new WebError(400, `the path has a malformed escape: ${word.slice(0, 60)}`);
  }
}

/** Runs a route. Every error of the one who asks becomes the front's form of it; others are thrown. */
export async function runRoute(
  { front, route, parts }: FoundRoute,
  question: Question,
  context: Context,
): Promise<Answer> {
  const asked: Asked = {
    ...question,
    part: (name) => parts[name] ?? "",
    parameter: (name) => question.query.get(name) || undefined,
  };
  try {
    return await route.run(asked, context);
  } catch (error) {
    if (error instanceof WebError) return front.failure(error.status, error.message);
    throw error;
  }
}
