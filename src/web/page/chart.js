/** Charts over time, and bars. Dragging along a chart chooses a moment for the time machine. */

import { html, useEffect, useRef } from "./vendor/preact.js";
import { moveTo } from "./place.js";

/** `series`: label, values and colour (the name of a CSS variable); `times` in seconds. */
export function Chart({ times, series, height = 120, label }) {
  const place = useRef(null);
  useEffect(() => {
    const { width } = place.current.getBoundingClientRect();
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const axis = {
      stroke: colour("--dim"),
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
      font: "12px system-ui",
    };
    const chart = new globalThis.uPlot(
      {
        width,
        height,
        tzDate: (seconds) => globalThis.uPlot.tzDate(new Date(seconds * 1000), "UTC"),
        legend: { show: series.length > 1 },
        cursor: { drag: { x: true, y: false, setScale: false } },
        scales: { y: { range: (_chart, _low, high) => [0, Math.max(1, high * 1.1)] } },
        axes: [axis, { ...axis, size: 64 }],
        series: [
          {},
          ...series.map(({ label: name, colour: variable }) => ({
            label: name,
            stroke: colour(variable),
            fill: `color-mix(in srgb, ${colour(variable)} 18%, transparent)`,
            width: 1.5,
            points: { show: false },
          })),
        ],
        hooks: {
          setSelect: [(plot) => {
            if (plot.select.width === 0) return;
            const end = plot.posToVal(plot.select.left + plot.select.width, "x");
            plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
            moveTo(new Date(Math.round(end) * 1000).toISOString());
          }],
        },
      },
      [times, ...series.map(({ values }) => values)],
      place.current,
    );
    const resize = () => chart.setSize({ width: place.current.getBoundingClientRect().width, height });
    addEventListener("resize", resize);
    return () => {
      removeEventListener("resize", resize);
      chart.destroy();
    };
  }, [times, series]);
  return html`<div class="chart" ref=${place} role="img" aria-label=${label}></div>`;
}

/** Bars with their names and values: for lengths, origins, hops. */
export function Bars({ rows, label }) {
  const most = Math.max(1, ...rows.map(({ value }) => value));
  return html`<dl class="bars" aria-label=${label}>${
    rows.map(({ name, value }) =>
      html`
        <div>
          <dt>${name}</dt>
          <dd><span class="bar" style=${`width:calc((100% - 5.5rem) * ${(value / most).toFixed(4)} + 1px)`}></span>
              <span class="number">${value.toLocaleString("en")}</span></dd>
        </div>
      `
    )
  }</dl>`;
}
