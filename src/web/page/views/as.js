/** An AS: what it originates, through whom, and who is behind it. */

import { html } from "../vendor/preact.js";
import { useAnswer } from "../api.js";
import { Bars } from "../chart.js";
import { linkTo } from "../place.js";
import { Answer, As, Notice, Prefix, Table } from "../parts.js";

export function AsView({ place }) {
  const state = useAnswer(`/as/${encodeURIComponent(place.target)}`);
  return html`<h1>AS${place.target}</h1>
    ${place.at !== null && html`<${Notice}>This view shows the present: the past of a whole AS is not computed.<//>`}
    <${Answer} state=${state}>${(
    { originates, upstreams, transit_upstreams: transit, downstreams, own_peers: own, vrps },
  ) =>
    html`
      ${own.length > 0 && html`<p>It is our peer: ${
        own.map(({ name }) =>
          html`
            <a href=${linkTo("peer", name)}>${name}</a>
          `
        )
      }</p>`}
      <div class="columns">
        <section>
          <h2>Originates ${originates.count} prefixes</h2>
          <p class="dim">${originates.by_family.map(({ family, prefixes }) => `${prefixes} ${family}`).join(", ")}</p>
          <ul class="list">${originates.prefixes.map(({ prefix }) =>
            html`
              <li>
                <${Prefix} value=${prefix}/>
                  </li>
            `
          )}</ul>
        </section>
        <section><h2>Through whom</h2><${Neighbours} rows=${upstreams} empty="it originates nothing here"/>
          ${transit.length > 0 && html`
            <h2>Before it, in transit</h2>
            <${Neighbours} rows=${transit}/>
          `}</section>
        <section>
          <h2>Behind it</h2>
          <${Neighbours} rows=${downstreams} empty="no AS is behind it here" />
        </section>
      </div>
      ${vrps.length > 0 && html`
        <h2>VRPs</h2>
        <${Table} caption="VRPs" rows=${vrps} columns=${[
          { title: "Prefix", cell: ({ prefix }) => html`<${Prefix} value=${prefix}/>` },
          { title: "Up to", number: true, cell: ({ max_length: most }) => `/${most}` },
        ]}/>
      `}
    `}<//>`;
}

function Neighbours({ rows, empty }) {
  if (rows.length === 0) return html`<p class="dim">${empty}</p>`;
  return html`<${Bars} label="neighbours by routes" rows=${
    rows.slice(0, 20).map(({ asn, routes }) => ({ name: html`<${As} value=${asn}/>`, value: routes }))
  }/>`;
}
