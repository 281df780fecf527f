/** States of a prefix as bars over time, one row for each peer. A click chooses the moment. */

import { html } from "./vendor/preact.js";
import { linkTo, readPlace } from "./place.js";

const width = 1000, rowHeight = 26, labelWidth = 170, footHeight = 22;

export function Timeline({ states, gaps, at }) {
  if (states.length === 0) return html`<p class="dim">The history has nothing of it.</p>`;
  const peers = [...new Set(states.map(({ peer }) => peer))];
  const begin = Math.min(...states.map(({ valid_from: from }) => Date.parse(from))), end = Date.now();
  const place = (time) => labelWidth + (width - labelWidth) * Math.max(0, time - begin) / Math.max(1, end - begin);
  const hues = new Map([...new Set(states.map(({ as_path: path }) => path))].map((path, i) => [path, (i * 67) % 360]));
  const bars = states.map((state) => ({ state, row: peers.indexOf(state.peer), hue: hues.get(state.as_path) }));
  const height = peers.length * rowHeight + footHeight;
  const label = `${states.length} states of ${peers.length} peers since ${new Date(begin).toISOString()}`;
  const moment = at === null ? undefined : place(Date.parse(at));
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="timeline">
      <svg class="timeline" viewBox=${`0 0 ${width} ${height}`} role="group" aria-label=${label}>
        ${peers.map((peer, row) => html`<text x="0" y=${row * rowHeight + 17}>${short(peer)}</text>`)}
        ${bars.map((bar) => html`<${Bar} ...${bar} place=${place} end=${end} />`)}
        ${gaps.map((gap) => html`<${Gap} ...${gap} place=${place} height=${height - footHeight} />`)}
        ${moment !== undefined && html`<line class="at" x1=${moment} x2=${moment} y1="0" y2=${height - 20} />`}
        <text class="dim" x=${labelWidth} y=${height - 4}>${new Date(begin).toISOString().slice(0, 16)}</text>
        <text class="dim end" x=${width} y=${height - 4}>now</text>
      </svg>
    </div>
  `;
}

function Bar({ state, row, hue, place, end }) {
  const { valid_from: from, valid_to: to, as_path: path, ended_by: why } = state;
  const x = place(Date.parse(from)), right = place(to === null ? end : Date.parse(to));
  const { view, target } = readPlace();
  const moment = to === null ? null : new Date(Date.parse(from) + 1).toISOString();
  const title = `${path}, from ${from} until ${to ?? "now"}${why ? `: ${why}` : ""}`;
  return html`
    <a href=${linkTo(view, target, {}, moment)} aria-label=${title}>
      <rect x=${x} y=${row * rowHeight + 4} width=${Math.max(2, right - x)} height=${rowHeight - 8} rx="3"
        style=${`fill:hsl(${hue} 45% 55%)`}>
        <title>${title}</title>
      </rect>
    </a>
  `;
}

function Gap({ from, to, place, height }) {
  const x = place(Date.parse(from));
  return html`
    <rect class="gap" x=${x} y="0" width=${Math.max(2, place(Date.parse(to)) - x)} height=${height}>
      <title>the history has a gap</title>
    </rect>
  `;
}

function short(text) {
  return text.length > 22 ? `${text.slice(0, 21)}…` : text;
}
