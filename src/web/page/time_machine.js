/** The time machine: a moment for every view. */

import { html } from "./vendor/preact.js";
import { moveTo } from "./place.js";

const steps = [["−1 d", -86_400], ["−1 h", -3_600], ["−5 min", -300], ["+5 min", 300], ["+1 h", 3_600]];

export function TimeMachine({ at }) {
  const now = new Date().toISOString();
  const go = (time) => moveTo(time >= Date.now() ? null : new Date(time).toISOString());
  const choose = (event) => {
    const time = Date.parse(`${event.target.value}Z`);
    if (!Number.isNaN(time)) go(time);
  };
  const step = ([name, seconds]) =>
    html`
      <button type="button" disabled=${at === null && seconds > 0}
        onClick=${() => go(Date.parse(at ?? now) + 1000 * seconds)}>${name}</button>
    `;
  return html`
    <section class=${`moment row ${at === null ? "" : "past"}`} aria-label="Time machine">
      <strong>${at === null ? "Live" : "Then"}</strong>
      <input id="moment" type="datetime-local" step="1" aria-label="Moment (UTC)" max=${now.slice(0, 19)}
        value=${at === null ? "" : at.slice(0, 19)} onChange=${choose} />
      <span class="dim">UTC</span>
      ${steps.map(step)}
      <button type="button" id="live" disabled=${at === null} onClick=${() => moveTo(null)}>Back to live</button>
    </section>
  `;
}
