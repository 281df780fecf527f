/** The files of the page, each with its type and a tag by which a browser knows that it has the file already. */

export interface Asset {
  readonly type: string;
  readonly text: string;
}

export async function tagged(
  assets: ReadonlyMap<string, Asset>,
): Promise<ReadonlyMap<string, Asset & { tag: string }>> {
  const entries = [...assets].map(async ([path, asset]) => {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(asset.text)));
    return [path, { ...asset, tag: `"${digest.subarray(0, 9).toBase64({ alphabet: "base64url" })}"` }] as const;
  });
  return new Map(await Promise.all(entries));
}
