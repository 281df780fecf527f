/**
 * Regular expressions over the text of an AS path, matched in time that grows with the path and no faster, whatever the
 * expression: other ASes write the paths, and no path may block this speaker. (The regular expressions of JavaScript
 * backtrack: `^([0-9]+_?)+$` can take them years.)
 *
 * The expression becomes a graph of nodes (Thompson's construction). A set of nodes that can be reached together is a
 * state; states are computed when first met and kept, each with the states that follow it.
 */

import { type Expression, parseExpression, symbolCount, symbolOf } from "./path_syntax.ts";

/**
 * What a node waits for: one of some symbols; nothing, or the start or end of the path; or it is the end of the match.
 */
type Node =
  | { readonly kind: "symbols"; readonly mask: number; next: number }
  | { readonly kind: "both"; first: number; second: number }
  | { readonly kind: "start" | "end"; next: number }
  | { readonly kind: "match" };

interface State {
  /** Nodes that wait for a symbol, or for the end. */
  readonly nodes: readonly number[];
  /** The match is complete, whatever follows. */
  readonly matches: boolean;
  /** The match is complete if the path ends here. */
  readonly matchesAtEnd: boolean;
  /** By symbol; `undefined`: not computed yet. */
  readonly next: (State | undefined)[];
}

const mostNodes = 5000;
/** The most states that are kept. When there are more, all are dropped and computed again as they are met. */
const mostStates = 1000;

export class PathExpression {
  readonly #nodes: Node[] = [];
  readonly #first: number;
  readonly #start: State;
  readonly #states = new Map<string, State>();

  /** Throws {@link SyntaxError} with the reason. */
  constructor(text: string) {
    const match = this.#add({ kind: "match" });
    this.#first = this.#build(parseExpression(text), match);
    this.#start = this.#state([this.#first], { isStart: true });
  }

  /** False for text with a character that no path contains. */
  test(path: string): boolean {
    let state = this.#start;
    for (let at = 0; at < path.length && !state.matches; at++) {
      const symbol = symbolOf(path.charCodeAt(at));
      if (symbol === -1) return false;
      state = state.next[symbol] ?? this.#step(state, symbol);
    }
    return state.matches || state.matchesAtEnd;
  }

  /** The node from which an expression leads to `next`. */
  #build(expression: Expression, next: number): number {
    switch (expression.kind) {
      case "symbols":
        return this.#add({ kind: "symbols", mask: expression.mask, next });
      case "start":
      case "end":
        return this.#add({ kind: expression.kind, next });
      case "sequence":
        return expression.parts.reduceRight((after, part) => this.#build(part, after), next);
      case "any":
        return expression.parts.map((part) => this.#build(part, next))
          .reduceRight((second, first) => this.#add({ kind: "both", first, second }));
      case "repeat":
        return this.#buildRepeat(expression, next);
    }
  }

  #buildRepeat({ part, min, max }: Expression & { kind: "repeat" }, next: number): number {
    let from = next;
    if (max === Infinity) {
      const loop: Node = { kind: "both", first: next, second: next };
      from = this.#add(loop);
      loop.first = this.#build(part, from);
    } else {
      for (let i = min; i < max; i++) from = this.#add({ kind: "both", first: this.#build(part, from), second: next });
    }
    for (let i = 0; i < min; i++) from = this.#build(part, from);
    return from;
  }

  #add(node: Node): number {
    if (this.#nodes.length === mostNodes) throw new SyntaxError("it is too large: use fewer repetitions");
    return this.#nodes.push(node) - 1;
  }

  #step(state: State, symbol: number): State {
    const reached = [this.#first];
    for (const index of state.nodes) {
      const node = this.#nodes[index]!;
      if (node.kind === "symbols" && (node.mask & (1 << symbol)) !== 0) reached.push(node.next);
    }
    const next = this.#state(reached);
    state.next[symbol] = next;
    return next;
  }

  #state(reached: readonly number[], { isStart = false } = {}): State {
    const nodes = this.#closure(reached, { isStart }).sort((a, b) => a - b);
    const key = nodes.join();
    // The first state is the only one at the start of the path.
    const known = isStart ? undefined : this.#states.get(key);
    if (known !== undefined) return known;
    const matches = nodes.includes(0);
    const state: State = {
      nodes,
      matches,
      matchesAtEnd: matches || this.#closure(nodes, { isStart, isEnd: true }).includes(0),
      next: new Array<State | undefined>(symbolCount).fill(undefined),
    };
    if (isStart) return state;
    if (this.#states.size === mostStates) {
      this.#states.clear();
      this.#start.next.fill(undefined);
    }
    this.#states.set(key, state);
    return state;
  }

  /** All nodes that can be reached without a symbol, those that wait for one or for the end, and the match. */
  #closure(from: readonly number[], { isStart = false, isEnd = false }): number[] {
    const seen = new Set<number>();
    const waiting = [...from];
    const found: number[] = [];
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      if (seen.has(index)) continue;
      seen.add(index);
      const node = this.#nodes[index]!;
      switch (node.kind) {
        case "both":
          waiting.push(node.first, node.second);
          break;
        case "start":
          if (isStart) waiting.push(node.next);
          break;
        case "end":
          if (isEnd) waiting.push(node.next);
          else found.push(index);
          break;
        default:
          found.push(index);
      }
    }
    return found;
  }
}
