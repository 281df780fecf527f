/** A peer with its families and events, and a router with its tables. */

import { html } from "../vendor/preact.js";
import { useAnswer } from "../api.js";
import { Answer, As, Count, State, Table, Time } from "../parts.js";
import { linkTo } from "../place.js";

export function Peer({ place }) {
  const state = useAnswer(`/peers/${encodeURIComponent(place.target)}`, {}, 5_000);
  const log = useAnswer("/events", { peer: place.target, limit: 50 }, 10_000);
  return html`
    <h1>${place.target}</h1>
    <${Answer} state=${state}>${({ peer }) =>
      html`
        <p>
          <${State} good=${peer.state === "Established"}>${peer.state}<//> <${Time} value=${peer.since}/>
          ${peer.reason && html`
            <span class="dim">${peer.reason}</span>
          `}</p>
        <${Facts} facts=${[
          ["AS", html`<${As} value=${peer.peer_as}/>`],
          ["Description", peer.description],
          ["Group", peer.group],
          ["Address", html`<span class="code">${peer.remote_ip}</span>`],
          ["Our address", html`<span class="code">${peer.local_ip}</span>`],
          ["BGP Identifier", html`<span class="code">${peer.router_id}</span>`],
          ["Hold time", peer.hold_time_seconds === null ? null : `${peer.hold_time_seconds} s`],
          ["Role", peer.role],
          ["UPDATEs received", html`<${Count} value=${peer.updates_received}/>`],
          [
            "Announced, withdrawn",
            html`<${Count} value=${peer.routes_announced}/>, <${Count} value=${peer.routes_withdrawn}/>`,
          ],
          ["Capabilities", peer.capabilities],
        ]}/>
        <h2>Families</h2>
        <${Table} caption="Families" rows=${peer.families} columns=${[
          { title: "Family", cell: ({ family }) => family },
          { title: "Negotiated", cell: ({ negotiated }) => negotiated ? "yes" : "no" },
          { title: "Routes", number: true, cell: ({ routes }) => html`<${Count} value=${routes}/>` },
          { title: "Accepted", number: true, cell: ({ accepted }) => html`<${Count} value=${accepted}/>` },
          { title: "Sent", number: true, cell: ({ sent }) => html`<${Count} value=${sent}/>` },
          { title: "Complete", cell: ({ eor_at: at }) => at ? html`<${Time} value=${at}/>` : "not yet" },
        ]}/>
      `}<//>
        <h2>Events</h2>
        <${Answer} state=${log}>${({ events }) => html`<${Events} rows=${events}/>`}<//>
  `;
}

export function Router({ place }) {
  const state = useAnswer(`/routers/${encodeURIComponent(place.target)}`, {}, 10_000);
  return html`
    <h1>Router ${place.target}</h1>
    <${Answer} state=${state}>${({ router, tables, events }) =>
      html`
        <p>
          <${State} good=${router.state === "up"}>${router.state}<//> <${Time} value=${router
            .since}/> ${router.reason ?? ""}</p>
        <${Facts} facts=${[["Address", router.address], ["Name", router.sys_name], [
          "Description",
          router.description,
        ]]}/>
        <h2>Tables</h2>
        <${Table} caption="Tables" rows=${tables} empty="it reports no table" columns=${[
          { title: "Peer", cell: ({ peer }) => html`<span class="code">${peer}</span>` },
          { title: "Table", cell: ({ rib_kind: kind }) => kind },
          { title: "AS", cell: ({ peer_as: asn }) => html`<${As} value=${asn}/>` },
          { title: "State", cell: ({ state: up }) => html`<${State} good=${up === "up"}>${up}<//>` },
          { title: "Routes", number: true, cell: ({ routes }) => html`<${Count} value=${routes}/>` },
        ]}/>
        <h2>Events</h2><${Events} rows=${events}/>
      `}<//>
  `;
}

function Facts({ facts }) {
  return html`<dl class="facts">${
    facts.filter(([, value]) => value !== null && value !== undefined && value !== "")
      .map(([name, value]) =>
        html`
          <div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>
        `
      )
  }</dl>`;
}

export function Events({ rows }) {
  return html`<${Table} caption="Events" rows=${rows} empty="there are no events" columns=${[
    {
      title: "When",
      cell: ({ at }) => html`<a href=${linkTo("now", "", {}, at)} title="show this moment"><${Time} value=${at}/></a>`,
    },
    { title: "Kind", cell: ({ kind }) => kind },
    { title: "What", cell: ({ text }) => text },
  ]}/>`;
}
