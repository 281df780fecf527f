/** Alerts: those that fire, and those that ended. */

import { html } from "../vendor/preact.js";
import { useAnswer } from "../api.js";
import { Answer, State, Table, Time } from "../parts.js";
import { linkTo } from "../place.js";

export function Alerts() {
  const state = useAnswer("/alerts", {}, 5_000);
  return html`
    <h1>Alerts</h1>
    <${Answer} state=${state}>${({ active, ended, problems = [] }) =>
      html`
        ${problems.map(({ name, text }) => html`<p class="error">${name}: ${text}</p>`)}
        <h2>Firing</h2><${List} rows=${active} empty="nothing is wrong" />
        <h2>Ended</h2><${List} rows=${ended} empty="no alert has ended yet" />
      `}<//>
  `;
}

function List({ rows, empty }) {
  return html`<${Table} caption="Alerts" rows=${rows} empty=${empty} columns=${[
    {
      title: "Severity",
      cell: ({ severity, until }) => html`<${State} good=${until ? undefined : false}>${severity}<//>`,
    },
    { title: "Alert", cell: ({ name }) => name },
    { title: "What", cell: (alert) => html`<a href=${momentOf(alert)}>${alert.text}</a>` },
    { title: "Since", cell: ({ since }) => html`<${Time} value=${since}/>` },
    { title: "Until", cell: ({ until }) => html`<${Time} value=${until}/>` },
  ]}/>`;
}

/** The page at the moment when it began. */
function momentOf({ prefix, peer, since }) {
  if (prefix !== null) return linkTo("prefix", prefix, {}, since);
  return peer === null ? linkTo("now", "", {}, since) : linkTo("peer", peer, {}, since);
}
