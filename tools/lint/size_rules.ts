import { modulePathOf } from "./layers.ts";

/** A function has at most this many lines, from its first parameter or keyword to its closing brace. */
export const functionLinesMax = 70;

/** A line has at most this many columns, in comments, strings and templates too. */
export const lineColumnsMax = 120;

type FunctionNode =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

/**
 * Functions are short: in src/ every function, in tools/ and tests/ every function with a name. The body of a
 * `Deno.test` or a `describe` is a list of steps and may be longer.
 */
export const functionLengthRule: Deno.lint.Rule = {
  create(context) {
    const isSource = modulePathOf(context.filename) !== undefined;
    const check = (node: FunctionNode): void => {
      const name = nameOf(node);
      if (name === undefined && !isSource) return;
      const [start, end] = node.range;
      const lines = context.sourceCode.text.slice(start, end).split("\n").length;
      if (lines <= functionLinesMax) return;
      const title = name ?? "this function";
      context.report({ node, message: `${title} has ${lines} lines, but ${functionLinesMax} is the most: split it` });
    };
    return { FunctionDeclaration: check, FunctionExpression: check, ArrowFunctionExpression: check };
  },
};

/** The name under which others call the function; `undefined` for a callback. */
function nameOf(node: FunctionNode): string | undefined {
  if (node.type !== "ArrowFunctionExpression" && node.id) return node.id.name;
  const parent: Deno.lint.Node = node.parent;
  switch (parent.type) {
    case "VariableDeclarator":
      return parent.id.type === "Identifier" ? parent.id.name : undefined;
    case "MethodDefinition":
    case "PropertyDefinition":
    case "Property":
      return parent.value === node ? keyName(parent.key) : undefined;
    default:
      return undefined;
  }
}

function keyName(key: Deno.lint.Node): string {
  if (key.type === "Identifier") return key.name;
  return key.type === "PrivateIdentifier" ? `#${key.name}` : "this function";
}

/** The lines of `text` that are too long: line (from 1) and columns. A column is a code point. */
export function overlongLines(text: string): { line: number; columns: number }[] {
  return text.split("\n")
    .map((line, index) => ({ line: index + 1, columns: line.length > lineColumnsMax ? [...line].length : 0 }))
    .filter(({ columns }) => columns > lineColumnsMax);
}

/** Long lines in comments, strings and templates, which `deno fmt` does not break. */
export const lineLengthRule: Deno.lint.Rule = {
  create(context) {
    return {
      Program() {
        const text = context.sourceCode.text;
        const lines = text.split("\n");
        for (const { line, columns } of overlongLines(text)) {
          const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
          context.report({
            range: [start, start + lines[line - 1]!.length],
            message: `this line has ${columns} columns, but ${lineColumnsMax} is the most`,
          });
        }
      },
    };
  },
};
