/** The time machine: a moment for every view, and the rate of changes along which people choose one. */

import { html, useMemo, useState } from "./vendor/preact.js";
import { useAnswer } from "./api.js";
import { Chart } from "./chart.js";
import { moveTo } from "./place.js";

const steps = [["−1 d", -86_400], ["−1 h", -3_600], ["−5 min", -300], ["+5 min", 300], ["+1 h", 3_600]];

export function TimeMachine({ at }) {
  const [open, setOpen] = useState(at !== null);
  const shown = at ?? new Date().toISOString();
  const step = (seconds) => {
    const time = Date.parse(shown) + 1000 * seconds;
    moveTo(time >= Date.now() ? null : new Date(time).toISOString());
  };
  const choose = (event) => {
    const time = Date.parse(`${event.target.value}Z`);
    if (!Number.isNaN(time)) moveTo(time >= Date.now() ? null : new Date(time).toISOString());
  };
  return html`<section class=${`moment ${at === null ? "" : "past"}`} aria-label="Time machine">
    <div class="row">
      <button type="button" class="plain" aria-expanded=${open} onClick=${() => setOpen(!open)}>${
    at === null ? "Live" : "Then"
  }</button>
      <input id="moment" type="datetime-local" step="1" aria-label="Moment (UTC)" value=${
    at === null ? "" : shown.slice(0, 19)
  }
        max=${new Date().toISOString().slice(0, 19)} onChange=${choose}/>
      <span class="dim">UTC</span>
      ${
    steps.map(([name, seconds]) =>
      html`<button type="button" disabled=${at === null && seconds > 0} onClick=${() => step(seconds)}>${name}</button>`
    )
  }
      <button type="button" id="live" disabled=${at === null} onClick=${() => moveTo(null)}>Back to live</button>
    </div>
    ${
    open && html`
      <${Rate} />
    `
  }
  </section>`;
}

/** Announcements and withdraws of the last hours; empty where the router keeps no statistics. */
export function Rate({ height = 110 }) {
  const { answer } = useAnswer("/statistics", { from: "-6h", step: 60 }, 60_000);
  const data = useMemo(() => {
    const totals = answer?.totals ?? [];
    if (totals.length < 2) return undefined;
    return {
      times: totals.map(({ at }) => Date.parse(at) / 1000),
      series: [
        { label: "announced", colour: "--accent", values: totals.map(({ announced }) => announced) },
        { label: "withdrawn", colour: "--bad", values: totals.map(({ withdrawn }) => withdrawn) },
      ],
    };
  }, [answer]);
  if (data === undefined) return html`<p class="dim">There are no statistics of changes yet.</p>`;
  return html`
    <${Chart} ...${data} height=${height} label="changes of routes in each minute; drag to choose a moment" />
    <p class="dim hint-line">Drag along the chart to choose a moment.</p>
  `;
}
