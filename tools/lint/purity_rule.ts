import { modulePathOf, pureFolders } from "./layers.ts";

const forbiddenGlobals = new Set([
  "Deno",
  "process",
  "console",
  "performance",
  "crypto",
  "fetch",
  "Worker",
  "WebSocket",
  "Temporal",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "clearTimeout",
  "clearInterval",
  "clearImmediate",
  "queueMicrotask",
  "requestAnimationFrame",
  "globalThis",
  "Promise",
]);

/** Members that read the clock or a random number. */
const forbiddenMembers = new Set(["Date.now", "Math.random"]);

const hint = "Take it as an argument, or return an effect and let a shell (store, transport, control, daemon) do it.";

type FunctionNode =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

/** The pure folders have no I/O, clock, randomness, async or log. */
export const purityRule: Deno.lint.Rule = {
  create(context) {
    const modulePath = modulePathOf(context.filename);
    if (modulePath === undefined || !pureFolders.has(modulePath.folder)) return {};
    const report = (node: Deno.lint.Node, what: string): void =>
      context.report({ node, message: `${what} does not occur in src/${modulePath.folder}, which is pure`, hint });
    const checkSource = (source: Deno.lint.StringLiteral): void => {
      if (source.value.startsWith("node:")) report(source, source.value);
    };
    const checkFunction = (node: FunctionNode): void => {
      if (node.async) report(node, "async");
    };
    return {
      ImportDeclaration: (node) => checkSource(node.source),
      ExportAllDeclaration: (node) => checkSource(node.source),
      ImportExpression: (node) => report(node, "import()"),
      FunctionDeclaration: checkFunction,
      FunctionExpression: checkFunction,
      ArrowFunctionExpression: checkFunction,
      AwaitExpression: (node) => report(node, "await"),
      ForOfStatement: (node) => {
        if (node.await) report(node, "for await");
      },
      NewExpression: (node) => {
        const isDate = node.callee.type === "Identifier" && node.callee.name === "Date";
        if (isDate && node.arguments.length === 0) report(node, "new Date() without a time");
      },
      MemberExpression: (node) => {
        const text = context.sourceCode.getText(node);
        if (forbiddenMembers.has(text)) report(node, text);
      },
      Identifier: (node) => {
        if (forbiddenGlobals.has(node.name) && !isOnlyAName(node)) report(node, node.name);
      },
    };
  },
};

/** True for a property or key that only has the name of a global: `timers.setTimeout`, `{ process: 1 }`. */
function isOnlyAName(node: Deno.lint.Identifier): boolean {
  const parent = node.parent;
  switch (parent.type) {
    case "MemberExpression":
      return parent.property === node && !parent.computed;
    case "Property":
      return parent.key === node && !parent.computed && !parent.shorthand;
    case "PropertyDefinition":
    case "MethodDefinition":
    case "TSPropertySignature":
    case "TSMethodSignature":
      return parent.key === node;
    default:
      return false;
  }
}
