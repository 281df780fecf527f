import { modulePathOf } from "./layers.ts";

/**
 * Only src/control prints results for people; other folders log or return facts. The daemon may write to standard
 * error, for failures before the log is open.
 */
export const consoleRule: Deno.lint.Rule = {
  create(context) {
    const modulePath = modulePathOf(context.filename);
    if (modulePath === undefined || modulePath.folder === "control") return {};
    return {
      MemberExpression(node) {
        if (node.object.type !== "Identifier" || node.object.name !== "console") return;
        if (modulePath.folder === "daemon" && context.sourceCode.getText(node) === "console.error") return;
        context.report({ node, message: "console is for src/control: log through src/daemon, or return a fact" });
      },
    };
  },
};

/** Private members are written `#name`: they are private at run time too, and there is one way to write them. */
export const hashPrivateRule: Deno.lint.Rule = {
  create(context) {
    const check = (node: Deno.lint.PropertyDefinition | Deno.lint.MethodDefinition): void => {
      // A constructor cannot have a #name.
      if (node.type === "MethodDefinition" && node.kind === "constructor") return;
      if (node.accessibility === "private") context.report({ node, message: "write #name instead of private" });
    };
    return { PropertyDefinition: check, MethodDefinition: check };
  },
};

/** Code points are `as const` objects. An enum is not plain data, and TypeScript cannot erase it. */
export const enumRule: Deno.lint.Rule = {
  create(context) {
    return {
      TSEnumDeclaration: (node) =>
        context.report({ node, message: "write an `as const` object and a union instead of an enum" }),
    };
  },
};
