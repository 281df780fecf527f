import { floorOf, type Place, placeOf, resolve } from "./layers.ts";

/** What is wrong with this import, in one sentence; `undefined` where nothing is. */
export function importFault(from: Place, specifier: string): string | undefined {
  const floor = floorOf(from.folder);
  if (floor === undefined) return `the folder src/${from.folder} has no place in tools/lint/layers.ts`;
  if (!specifier.startsWith(".")) return undefined;
  // The version has one home, and it is no code.
  if (specifier === `${"../".repeat(from.path.length)}deno.json`) return undefined;
  const target = resolve(from, specifier);
  if (target === undefined) return `src/ imports nothing from outside src/, but this is ${specifier}`;
  const folder = target[0]!;
  if (folder === from.folder) return undefined;
  const targetFloor = floorOf(folder);
  if (targetFloor === undefined || targetFloor >= floor) {
    return `${from.folder} stands above or beside ${folder} and must not import it: return data instead`;
  }
  if (target.length !== 2 || target[1] !== "mod.ts") {
    return `${folder} is entered through its door: import "${"../".repeat(from.path.length - 1)}${folder}/mod.ts"`;
  }
  return undefined;
}

/** A folder imports only from folders above it, through their `mod.ts`. */
export const importRule: Deno.lint.Rule = {
  create(context) {
    const place = placeOf(context.filename);
    if (place === undefined) return {};
    const check = (node: Deno.lint.Node, specifier: unknown): void => {
      if (typeof specifier !== "string") return;
      const message = importFault(place, specifier);
      if (message !== undefined) context.report({ node, message });
    };
    return {
      ImportDeclaration: (node) => check(node.source, node.source.value),
      ExportAllDeclaration: (node) => check(node.source, node.source.value),
      ExportNamedDeclaration: (node) => {
        if (node.source) check(node.source, node.source.value);
      },
      ImportExpression: (node) => {
        if (node.source.type === "Literal") check(node.source, node.source.value);
      },
      // Workers and assets: new URL("./x.ts", import.meta.url)
      NewExpression: (node) => {
        const [first, second] = node.arguments;
        if (node.callee.type !== "Identifier" || node.callee.name !== "URL" || second === undefined) return;
        if (first?.type === "Literal" && context.sourceCode.getText(second) === "import.meta.url") {
          check(first, first.value);
        }
      },
    };
  },
};
