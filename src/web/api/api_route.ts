/** A route of the read API: its path, its parameters, and what it answers. */

import { nearest } from "../../config/mod.ts";
import { UsageError } from "../../control/cli/command.ts";
import { snakeKeys } from "../../control/json.ts";
import { type Answer, json, WebError } from "../answers/answer.ts";
import type { Asked, Context, FrontRoute } from "../answers/front.ts";
import type { ShapeName } from "./shapes.ts";

export interface ApiRoute extends FrontRoute {
  readonly summary: string;
  readonly parameters: readonly ApiParameter[];
  /** Of the answer. */
  readonly shape: ShapeName;
}

export interface ApiParameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly doc: string;
  readonly example?: string;
}

interface Plan {
  /** Below `/api/v1`. */
  readonly path: string;
  readonly lane?: "quick" | "slow";
  readonly summary: string;
  readonly shape: ShapeName;
  readonly parameters?: readonly ApiParameter[];
  /** For so long, others get the same answer. */
  readonly cacheMs?: number;
  /** A value with keys in camelCase; or an answer that is made already, for example in parts. */
  run(asked: Asked, context: Context): unknown;
}

/** An answer that is made already. */
export class Made {
  constructor(readonly answer: Answer) {}
}

/** A query has only the parameters that the route names: a misspelt one would silently select other routes. */
export function apiRoute({ path, lane = "quick", summary, shape, parameters = [], cacheMs = 0, run }: Plan): ApiRoute {
  const names = parameters.filter((each) => each.in === "query").map(({ name }) => name);
  return {
    path: `/api/v1${path}`,
    lane,
    summary,
    parameters,
    shape,
    async run(asked, context) {
      for (const name of asked.query.keys()) if (!names.includes(name)) throw new WebError(400, unknown(name, names));
      const value = await said(() => run(asked, context));
      return value instanceof Made ? value.answer : json(snakeKeys(value), { cacheMs });
    },
  };
}

function unknown(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  const known = names.length === 0 ? "there are none here" : `parameters are ${names.join(", ")}`;
  return `unknown parameter "${name.slice(0, 60)}"${near === undefined ? `; ${known}` : `; did you mean ${near}?`}`;
}

/** The words of the command line say what is wrong with a value, with the names of its options. */
export async function said<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new WebError(400, error.message.replaceAll(/--([a-z-]+)/g, (_, name: string) => name.replaceAll("-", "_")));
  }
}
