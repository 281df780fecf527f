import { doors, floorOf, type ModulePath, modulePathOf, resolve, subFloors, subFolderOf } from "./layers.ts";

/** What is wrong with this import, in one sentence; `undefined`: nothing. */
export function importFault(from: ModulePath, specifier: string): string | undefined {
  const floor = floorOf(from.folder);
  if (floor === undefined) return `the folder src/${from.folder} is missing in tools/lint/layers.ts`;
  if (!specifier.startsWith(".")) return undefined;
  // deno.json holds the version, and the examples queries that people paste: no code.
  if (["deno.json", "examples/queries.sql"].some((file) => specifier === "../".repeat(from.path.length) + file)) {
    return undefined;
  }
  const target = resolve(from, specifier);
  if (target === undefined) return `src/ imports nothing from outside src/, but this is ${specifier}`;
  // The files of the page are texts here: they run in browsers.
  if (!specifier.endsWith(".ts")) return undefined;
  const folder = target[0]!;
  if (folder === from.folder) return subFloorFault(from, target);
  const targetFloor = floorOf(folder);
  if (targetFloor === undefined || targetFloor >= floor) {
    return `${from.folder} is above or beside ${folder} and must not import it: return data instead`;
  }
  const file = target.slice(1).join("/");
  if (file !== "mod.ts" && doors[folder]?.includes(file) !== true) {
    return `${folder} is imported through its mod.ts: import "${"../".repeat(from.path.length - 1)}${folder}/mod.ts"`;
  }
  return undefined;
}

/** What is wrong with an import inside a folder whose sub-folders have an order. */
function subFloorFault(from: ModulePath, target: readonly string[]): string | undefined {
  const order = subFloors[from.folder];
  if (order === undefined) return undefined;
  const [own, other] = [subFolderOf(from.path), subFolderOf(target)];
  for (const name of [own, other]) {
    if (!order.includes(name)) return `the folder src/${from.folder}/${name} is missing in tools/lint/layers.ts`;
  }
  if (order.indexOf(other) <= order.indexOf(own) || from.path[1] === "mod.ts") return undefined;
  const title = (name: string): string => `${from.folder}/${name}`;
  return `${title(own)} comes before ${title(other)} and must not import it: declare the interface where it is used`;
}

/** A folder imports only from folders above it, through their `mod.ts`. */
export const importRule: Deno.lint.Rule = {
  create(context) {
    const modulePath = modulePathOf(context.filename);
    if (modulePath === undefined) return {};
    const check = (node: Deno.lint.Node, specifier: unknown): void => {
      if (typeof specifier !== "string") return;
      const message = importFault(modulePath, specifier);
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
      // A type: import("./x.ts").X
      TSImportType: (node) => {
        const { argument } = node;
        if (argument.type === "TSLiteralType" && argument.literal.type === "Literal") {
          check(node, argument.literal.value);
        }
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
