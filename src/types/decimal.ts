/** A whole number in decimal digits, 0 to `most`; `undefined` for other text. */
export function parseDecimal(text: string | undefined, most: number): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= most ? Number(text) : undefined;
}
