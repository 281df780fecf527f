import { modulePathOf } from "./layers.ts";

/**
 * Results for people are printed by src/control and nobody else; the rest logs or returns facts. The daemon may write
 * to standard error, because what goes wrong before the log stands must be said somewhere.
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

/** Private members are `#private`: private at run time too, and one way to write it. */
export const hashPrivateRule: Deno.lint.Rule = {
  create(context) {
    const check = (node: Deno.lint.PropertyDefinition | Deno.lint.MethodDefinition): void => {
      // A constructor has no #name: there, private is the only word.
      if (node.type === "MethodDefinition" && node.kind === "constructor") return;
      if (node.accessibility === "private") context.report({ node, message: "write #name instead of private" });
    };
    return { PropertyDefinition: check, MethodDefinition: check };
  },
};

/** Code points are `as const` objects: an enum is neither plain data nor erasable. */
export const enumRule: Deno.lint.Rule = {
  create(context) {
    return {
      TSEnumDeclaration: (node) =>
        context.report({ node, message: "write an `as const` object and a union instead of an enum" }),
    };
  },
};
