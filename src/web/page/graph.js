/**
 * The AS paths of a prefix as one graph: peers on the left, the origin on the right. An AS stands in the layer of its
 * longest way to the origin, and in a layer beside its neighbours.
 */

import { html } from "./vendor/preact.js";
import { linkTo } from "./place.js";

const layerWidth = 132, rowHeight = 44, boxWidth = 96, boxHeight = 26;

/** `routes` with `as_path`, `peer` and `best`. Returns nodes with places, edges, and the size. */
export function layout(routes) {
  const layerOf = new Map(), edges = new Map(), names = new Map();
  const put = (key, name, layer) => {
    names.set(key, name);
    layerOf.set(key, Math.max(layer, layerOf.get(key) ?? 0));
  };
  for (const { as_path: path, peer, best } of routes) {
    const hops = (path ?? "").split(" ").filter((word, i, all) => word !== "" && word !== all[i - 1]);
    const keys = [`peer ${peer}`, ...hops];
    for (const [i, key] of keys.entries()) {
      put(key, i === 0 ? { peer } : { asn: key }, keys.length - 1 - i);
      if (i === 0) continue;
      const edge = `${keys[i - 1]}>${key}`;
      edges.set(edge, { from: keys[i - 1], to: key, best: best || (edges.get(edge)?.best ?? false) });
    }
  }
  // An edge leads to a lower layer; a loop of two paths ends this.
  for (let round = 0, moved = true; moved && round < names.size; round++) {
    moved = false;
    for (const { from, to } of edges.values()) {
      if (layerOf.get(from) > layerOf.get(to)) continue;
      layerOf.set(from, layerOf.get(to) + 1);
      moved = true;
    }
  }
  return placed(layerOf, edges, names);
}

function placed(layerOf, edges, names) {
  const depth = Math.max(0, ...layerOf.values());
  const layers = Array.from({ length: depth + 1 }, () => []);
  for (const [key, layer] of layerOf) layers[depth - layer].push(key);
  const rowOf = new Map();
  // From the origin to the peers, each AS stands near the mean of those it leads to.
  for (const layer of layers.toReversed()) {
    const middle = (key) => {
      const rows = [...edges.values()].filter(({ from }) => from === key).map(({ to }) => rowOf.get(to) ?? 0);
      return rows.length === 0 ? 0 : rows.reduce((sum, row) => sum + row, 0) / rows.length;
    };
    layer.sort((a, b) => middle(a) - middle(b)).forEach((key, row) => rowOf.set(key, row - (layer.length - 1) / 2));
  }
  const most = Math.max(1, ...layers.map(({ length }) => length));
  const height = most * rowHeight, place = new Map();
  for (const [column, layer] of layers.entries()) {
    for (const key of layer) {
      place.set(key, { x: column * layerWidth + boxWidth / 2, y: height / 2 + rowOf.get(key) * rowHeight });
    }
  }
  return {
    width: depth * layerWidth + boxWidth,
    height,
    nodes: [...place].map(([key, at]) => ({ key, ...at, ...names.get(key) })),
    edges: [...edges.values()].map(({ from, to, best }) => ({ from: place.get(from), to: place.get(to), best })),
  };
}

export function PathGraph({ routes }) {
  const { width, height, nodes, edges } = layout(routes);
  if (edges.length === 0) return "";
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="graph of the AS paths">
      <svg class="graph" width=${width + 8} height=${height + 8} viewBox=${`-4 -4 ${width + 8} ${
        height + 8
      }`} role="group"
        aria-label=${`AS paths of ${routes.length} routes`}>
          ${edges.toSorted((a, b) => Number(a.best) - Number(b.best)).map(({ from, to, best }) => {
            const [x1, x2] = [from.x + boxWidth / 2, to.x - boxWidth / 2], bend = (x2 - x1) / 2;
            return html`<path class=${best ? "best" : ""} d=${`M${x1} ${from.y}C${x1 + bend} ${from.y} ${
              x2 - bend
            } ${to.y} ${x2} ${to.y}`}/>`;
          })}
          ${nodes.map(({ x, y, peer, asn }) =>
            html`<a href=${peer === undefined ? linkTo("as", asn) : linkTo("peer", peer)}>
          <rect class=${peer === undefined ? "" : "peer"} x=${x - boxWidth / 2} y=${
              y - boxHeight / 2
            } width=${boxWidth} height=${boxHeight} rx="6"/>
          <text x=${x} y=${y + 4}>${short(peer ?? `AS${asn}`)}</text></a>`
          )}
        </svg>
    </div>
  `;
}

function short(text) {
  return text.length > 13 ? `${text.slice(0, 12)}…` : text;
}
