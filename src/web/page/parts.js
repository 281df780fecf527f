/** What several views show: links, states, times, numbers, tables. */

import { html } from "./vendor/preact.js";
import { linkTo } from "./place.js";

const counts = new Intl.NumberFormat("en");

export function Count({ value }) {
  return html`<span class="number">${value === null || value === undefined ? "" : counts.format(value)}</span>`;
}

export function Prefix({ value }) {
  return html`<a class="code" href=${linkTo("prefix", value)}>${value}</a>`;
}

export function As({ value }) {
  return value === null || value === undefined
    ? ""
    : html`<a class="code" href=${linkTo("as", String(value))}>AS${value}</a>`;
}

/** Each AS of a path is a link; prepended ones are shown once, with their number. */
export function AsPath({ value }) {
  if (!value) return html`<span class="dim">empty: our own</span>`;
  const words = [];
  for (const word of value.split(" ")) {
    const last = words.at(-1);
    if (last?.word === word) last.count++;
    else words.push({ word, count: 1 });
  }
  return html`<span class="path">${
    words.map(({ word, count }) =>
      html`
        ${/^\d+$/.test(word)
          ? html`<a class="code" href=${linkTo("as", word)}>${word}</a>`
          : html`<span class="code">${word}</span>`}${count > 1
          ? html`<span class="dim" title="prepended">×${count}</span>`
          : ""}
      `
    )
  }</span>`;
}

const wellKnown = {
  "65535:0": "GRACEFUL_SHUTDOWN",
  "65535:6": "LLGR_STALE",
  "65535:7": "NO_LLGR",
  "65535:666": "BLACKHOLE",
  "65535:65281": "NO_EXPORT",
  "65535:65282": "NO_ADVERTISE",
  "65535:65283": "NO_EXPORT_SUBCONFED",
  "65535:65284": "NOPEER",
};

export function Communities({ route }) {
  const all = [...route.communities ?? [], ...route.large_communities ?? [], ...route.ext_communities ?? []];
  return html`<span class="tags">${
    all.map((text) =>
      html`<a class="tag code" href=${linkTo("search", text)} title=${wellKnown[text] ?? ""}>${
        wellKnown[text] ?? text
      }</a>`
    )
  }</span>`;
}

export function Validity({ ovs, avs }) {
  if (!ovs && !avs) return "";
  return html`<span>${ovs && html`<span class=${`state ${stateOfValidity[ovs]}`}>${ovs}</span>`} ${
    avs && avs !== "unknown" ? html`<span class=${`state ${stateOfValidity[avs]}`}>path ${avs}</span>` : ""
  }</span>`;
}

const stateOfValidity = { valid: "good", invalid: "bad", "not-found": "idle", unknown: "idle" };

export function State({ good, children }) {
  return html`<span class=${`state ${good === true ? "good" : good === false ? "bad" : "idle"}`}>${children}</span>`;
}

/** A time in UTC, with its age. */
export function Time({ value, now = Date.now() }) {
  if (!value) return "";
  const age = (now - Date.parse(value)) / 1000;
  return html`<time dateTime=${value} title=${value}>${age < 0 ? value.slice(11, 19) : `${duration(age)} ago`}</time>`;
}

export function duration(seconds) {
  const units = [["d", 86_400], ["h", 3_600], ["min", 60], ["s", 1]];
  const at = units.findIndex(([, size]) => seconds >= size);
  if (at === -1) return "0 s";
  const [name, size] = units[at], next = units[at + 1];
  const rest = next === undefined ? 0 : Math.floor(seconds % size / next[1]);
  return `${Math.floor(seconds / size)} ${name}${rest > 0 && at < 2 ? ` ${rest} ${next[0]}` : ""}`;
}

export function bytes(value) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let at = 0;
  for (; value >= 1000 && at < units.length - 1; at++) value /= 1000;
  return `${value.toFixed(at === 0 || value >= 100 ? 0 : 1)} ${units[at]}`;
}

export function Notice({ children }) {
  return children ? html`<p class="notice" role="note">${children}</p>` : "";
}

/** The answer, or why there is none yet. */
export function Answer({ state, children }) {
  const { answer, error } = state;
  return html`
    ${error && html`<p class="error" role="alert">${error.message}</p>`}
    ${answer === undefined && !error ? html`<p class="dim loading">Loading…</p>` : ""}
    ${answer !== undefined && answer.notice ? html`<${Notice}>${answer.notice}<//>` : ""}
    ${answer === undefined ? "" : children(answer)}
  `;
}

/** `columns`: title, what a cell shows, and whether it is a number. On a narrow screen a row becomes a card. */
export function Table({ columns, rows, empty = "nothing", caption }) {
  if (rows.length === 0) return html`<p class="dim">${empty}</p>`;
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label=${caption}>
      <table>
        <caption class="hidden">${caption}</caption>
        <thead>
          <tr>${columns.map(({ title, number }) =>
            html`<th scope="col" class=${number ? "right" : ""}>${title}</th>`
          )}</tr>
        </thead>
        <tbody>${rows.map((row) =>
          html`<tr>${
            columns.map(({ title, cell, number }) =>
              html`<td data-title=${title} class=${number ? "right" : ""}>${cell(row)}</td>`
            )
          }</tr>`
        )}</tbody>
      </table>
    </div>
  `;
}
