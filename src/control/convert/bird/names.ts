/** What the names of a BIRD configuration stand for: constants, functions, filters, protocols. */

import type { Draft } from "../draft.ts";
import { NotUnderstood } from "../place.ts";
import type { Expression, Step } from "./syntax.ts";

export interface FilterFunction {
  readonly parameters: readonly string[];
  readonly steps: readonly Step[];
}

/** A protocol that a filter may name. */
export interface KnownProtocol {
  readonly kind: string;
  /** Of a BGP protocol: the address of the peer. */
  readonly address: string | undefined;
  /** Of a static protocol: its prefixes. */
  readonly prefixes: readonly string[];
}

export interface Names {
  readonly draft: Draft;
  readonly constants: ReadonlyMap<string, Expression>;
  readonly functions: ReadonlyMap<string, FilterFunction>;
  readonly filters: ReadonlyMap<string, readonly Step[]>;
  readonly protocols: ReadonlyMap<string, KnownProtocol>;
  /** How many more steps of filters are read: functions that call each other may be endless. */
  budget: number;
}

/** Where a filter is used. */
export type Direction = "import" | "export";

/** What an expression is read with. */
export interface Scope {
  readonly names: Names;
  readonly direction: Direction;
  /** Parameters of the function whose body is read. */
  readonly bound: ReadonlyMap<string, Expression>;
  /** Functions whose bodies are being read, outermost first. */
  readonly calls: readonly string[];
}

const deepestCalls = 12;

/** Counts a step of a filter. Throws {@link NotUnderstood} after very many. */
export function spend({ names }: Scope): void {
  if (--names.budget < 0) throw new NotUnderstood("the filters are too long");
}

/** The scope of the body of a function. Throws {@link NotUnderstood}. */
export function calledScope(
  scope: Scope,
  name: string,
  items: readonly Expression[],
): { scope: Scope; body: FilterFunction } {
  const body = scope.names.functions.get(name);
  if (body === undefined) throw new NotUnderstood(`the function ${name}()`);
  if (scope.calls.includes(name) || scope.calls.length >= deepestCalls) {
    throw new NotUnderstood(`the function ${name}() calls itself`);
  }
  if (items.length !== body.parameters.length) throw new NotUnderstood(`${name}() with ${items.length} parameters`);
  const bound = new Map(body.parameters.map((parameter, i) => [parameter, resolved(items[i]!, scope)]));
  return { scope: { ...scope, bound, calls: [...scope.calls, name] }, body };
}

/** The expression with constants and parameters replaced by what they stand for, and sums computed. */
export function resolved(expression: Expression, scope: Scope, depth = 0): Expression {
  if (depth > 40) throw new NotUnderstood("a constant that stands for itself");
  const again = (part: Expression) => resolved(part, scope, depth + 1);
  switch (expression.kind) {
    case "name": {
      const parameter = scope.bound.get(expression.text);
      if (parameter !== undefined) return parameter;
      const constant = scope.names.constants.get(expression.text);
      return constant === undefined ? expression : again(constant);
    }
    case "set":
    case "tuple":
    case "path":
      return { ...expression, items: expression.items.map(again) };
    case "range":
      return { ...expression, from: again(expression.from), to: again(expression.to) };
    case "binary": {
      const [left, right] = [again(expression.left), again(expression.right)];
      const value = left.kind === "number" && right.kind === "number"
        ? computed(expression.sign, left.value, right.value)
        : undefined;
      return value === undefined ? { ...expression, left, right } : { kind: "number", value };
    }
    default:
      return expression;
  }
}

function computed(sign: string, left: number, right: number): number | undefined {
  switch (sign) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return right === 0 ? undefined : Math.floor(left / right);
  }
  return undefined;
}

/** The value of a variable that has none yet. */
const unset: Expression = { kind: "text", text: "" };

/**
 * The scope after a step that declares or sets a variable; `undefined`: the step does neither. `rest`: the steps after
 * it. Throws {@link NotUnderstood} if a branch sets the variable: its value then depends on the route.
 */
export function scopeAfter(step: Step, rest: readonly Step[], scope: Scope): Scope | undefined {
  if (step.kind === "declare") {
    if (rest.some((later) => later.kind === "if" && setsVariable(later, step.name))) {
      throw new NotUnderstood(`a branch sets the variable ${step.name}`);
    }
    const value = step.value === undefined ? unset : resolved(step.value, scope);
    return { ...scope, bound: new Map([...scope.bound, [step.name, value]]) };
  }
  if (step.kind !== "assign" || !scope.bound.has(step.name)) return undefined;
  return { ...scope, bound: new Map([...scope.bound, [step.name, resolved(step.value, scope)]]) };
}

function setsVariable(step: Step, name: string): boolean {
  if (step.kind === "assign") return step.name === name;
  return step.kind === "if" && [...step.then, ...step.otherwise].some((inner) => setsVariable(inner, name));
}
