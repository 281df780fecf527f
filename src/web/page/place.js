/**
 * Where the page is: the part of the URL after `#`, such as `/prefix/192.0.2.0%2F24?at=2026-01-31T10:00:00Z`. A link
 * shows the same to everybody, with the moment that the time machine shows.
 */

export function readPlace(hash = location.hash) {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?");
  const [view = "", ...rest] = path.split("/").filter((part) => part !== "").map(decode);
  const parameters = Object.fromEntries(new URLSearchParams(query));
  return { view: view || "now", target: rest.join("/"), at: parameters.at ?? null, parameters };
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The link to a view; the moment of the time machine stays, unless `at` is given. */
export function linkTo(view, target = "", parameters = {}, at = readPlace().at) {
  const query = new URLSearchParams(parameters);
  if (at !== null) query.set("at", at);
  const path = target === "" ? `/${view}` : `/${view}/${encodeURIComponent(target)}`;
  return `#${path}${query.size === 0 ? "" : `?${query}`}`;
}

/** The same view at another moment; `null` is now. */
export function moveTo(at) {
  const { view, target, parameters } = readPlace();
  const { at: _, ...rest } = parameters;
  location.hash = linkTo(view, target, rest, at);
}
