/** The results of a search as a page of their own, with all that match. */

import { html } from "../vendor/preact.js";
import { useAnswer } from "../api.js";
import { linkOf } from "../search_box.js";
import { Answer, Table } from "../parts.js";

const meanings = {
  address: "an address",
  prefix: "a prefix",
  as: "an AS",
  community: "a community",
  as_path: "an AS path",
  text: "a part of a name",
};

export function Search({ place }) {
  const state = useAnswer(place.target === "" ? null : "/search", { q: place.target, limit: 200 });
  if (place.target === "") {
    return html`
      <h1>Search</h1>
      <p class="dim">Type / and what you look for.</p>
    `;
  }
  return html`
    <h1>${place.target}</h1>
    <${Answer} state=${state}>${({ kind, results }) =>
      html`
        <p class="dim">Read as ${meanings[kind] ?? kind}.</p>
        <${Table} caption="Results" rows=${results} empty="nothing matches" columns=${[
          { title: "Kind", cell: ({ kind: what }) => html`<span class="kind">${what}</span>` },
          { title: "What", cell: (result) => html`<a class="code" href=${linkOf(result)}>${result.title}</a>` },
          { title: "Detail", cell: ({ detail }) => detail },
        ]}/>
      `}<//>
  `;
}
