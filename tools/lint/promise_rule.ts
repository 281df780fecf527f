/**
 * Promises and effects are never dropped silently. A statement that only calls a function whose promise nobody takes
 * hides its failure; so does `p.then(f);` without a second argument. Such a statement awaits the promise, handles its
 * rejection, or says `void` in front of a call that never rejects.
 *
 * A lint rule sees one file and no types, so it knows the functions, methods and fields that this file declares with a
 * promise: `async`, or `Promise` as the declared result. The effects of the state machine (`handle` of src/session) are
 * known by the import. The rule is for src/.
 */

import { modulePathOf } from "./layers.ts";

type Declared = Deno.lint.FunctionDeclaration | Deno.lint.FunctionExpression | Deno.lint.ArrowFunctionExpression;

const promiseText = "nobody takes this promise: await it, handle its rejection, or write `void` where it never rejects";
const thenText =
  "a rejection of this promise is dropped: give `then` a second argument, or write `void` where it never rejects";
const effectsText = "the effects of the state machine are dropped: carry them out";

export const promiseRule: Deno.lint.Rule = {
  create(context) {
    if (modulePathOf(context.filename) === undefined) return {};
    const functions = new Set<string>();
    const members = new Set<string>();
    const handlers = new Set<string>();
    const statements: Deno.lint.ExpressionStatement[] = [];
    return {
      ImportDeclaration(node) {
        if (!node.source.value.endsWith("/session/mod.ts")) return;
        for (const each of node.specifiers) {
          if (each.type === "ImportSpecifier" && nameOf(each.imported) === "handle") handlers.add(each.local.name);
        }
      },
      FunctionDeclaration(node) {
        if (node.id !== null && givesPromise(node)) functions.add(node.id.name);
      },
      VariableDeclarator(node) {
        if (node.id.type === "Identifier" && node.init !== null && isPromiseFunction(node.init)) {
          functions.add(node.id.name);
        }
      },
      MethodDefinition(node) {
        if (node.kind === "method" && givesPromise(node.value)) members.add(nameOf(node.key));
      },
      PropertyDefinition(node) {
        const type = node.typeAnnotation?.typeAnnotation;
        const isTyped = type?.type === "TSFunctionType" && isPromise(type.returnType?.typeAnnotation);
        if (isTyped || (node.value !== null && isPromiseFunction(node.value))) members.add(nameOf(node.key));
      },
      ExpressionStatement: (node) => void statements.push(node),
      // A function may be called above its declaration.
      "Program:exit"() {
        for (const node of statements) {
          const message = faultOf(node.expression, { functions, members, handlers });
          if (message !== undefined) context.report({ node, message });
        }
      },
    };
  },
};

interface Known {
  readonly functions: ReadonlySet<string>;
  readonly members: ReadonlySet<string>;
  readonly handlers: ReadonlySet<string>;
}

function faultOf(expression: Deno.lint.Expression, known: Known): string | undefined {
  const call = expression.type === "ChainExpression" ? expression.expression : expression;
  if (call.type !== "CallExpression") return undefined;
  const { callee } = call;
  if (callee.type === "Identifier") {
    if (known.handlers.has(callee.name)) return effectsText;
    return known.functions.has(callee.name) ? promiseText : undefined;
  }
  if (callee.type !== "MemberExpression") return undefined;
  const name = nameOf(callee.property);
  if (callee.object.type === "ThisExpression") return known.members.has(name) ? promiseText : undefined;
  const isUnhandled = (name === "then" && call.arguments.length < 2) || name === "finally";
  return isUnhandled ? thenText : undefined;
}

function isPromiseFunction(node: Deno.lint.Expression): boolean {
  return (node.type === "ArrowFunctionExpression" || node.type === "FunctionExpression") && givesPromise(node);
}

/** An async generator gives an iterator, which does nothing until somebody reads it. */
function givesPromise(node: Declared | Deno.lint.TSEmptyBodyFunctionExpression): boolean {
  if ("generator" in node && node.generator) return false;
  return node.async || isPromise(node.returnType?.typeAnnotation);
}

function isPromise(type: Deno.lint.TypeNode | undefined): boolean {
  return type?.type === "TSTypeReference" && type.typeName.type === "Identifier" && type.typeName.name === "Promise";
}

/** `#stop` and `stop` are two names. */
function nameOf(node: Deno.lint.Node): string {
  if (node.type === "Identifier") return node.name;
  return node.type === "PrivateIdentifier" ? `#${node.name.replace(/^#/, "")}` : "";
}
