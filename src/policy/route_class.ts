/**
 * What a policy asks about a route besides its attributes and the session, in one small number: the class of its prefix
 * (`prefix_classes.ts`) and its validity (`rpki/validity.ts`). Results are cached for each attribute set and class. A
 * chain that looks at neither gets class 0 for every route.
 */

const validityShift = 26;
const prefixMask = (1 << validityShift) - 1;

export function routeClass(prefixClass: number, validity: number): number {
  return prefixClass | (validity << validityShift);
}

export function prefixClassOf(routeClass: number): number {
  return routeClass & prefixMask;
}

export function validityOfClass(routeClass: number): number {
  return routeClass >>> validityShift;
}
