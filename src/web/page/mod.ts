/**
 * The page: its files, as they are in the binary. They are plain modules, which a browser runs as they stand here;
 * start reading at `page.js`.
 */

import type { Asset } from "../answers/assets.ts";
import api from "./api.js" with { type: "text" };
import chart from "./chart.js" with { type: "text" };
import graph from "./graph.js" with { type: "text" };
import icon from "./icon.svg" with { type: "text" };
import index from "./index.html" with { type: "text" };
import keys from "./keys.js" with { type: "text" };
import page from "./page.js" with { type: "text" };
import style from "./page.css" with { type: "text" };
import parts from "./parts.js" with { type: "text" };
import place from "./place.js" with { type: "text" };
import searchBox from "./search_box.js" with { type: "text" };
import theme from "./theme.js" with { type: "text" };
import timeMachine from "./time_machine.js" with { type: "text" };
import timeline from "./timeline.js" with { type: "text" };
import preact from "./vendor/preact.js" with { type: "text" };
import uplotStyle from "./vendor/uplot.css" with { type: "text" };
import uplot from "./vendor/uplot.js" with { type: "text" };
import alertsView from "./views/alerts.js" with { type: "text" };
import asView from "./views/as.js" with { type: "text" };
import changesView from "./views/changes.js" with { type: "text" };
import mapView from "./views/map.js" with { type: "text" };
import nowView from "./views/now.js" with { type: "text" };
import peerView from "./views/peer.js" with { type: "text" };
import prefixView from "./views/prefix.js" with { type: "text" };
import searchView from "./views/search.js" with { type: "text" };

/** Below `/page/`. */
const files: Readonly<Record<string, string>> = {
  "api.js": api,
  "chart.js": chart,
  "graph.js": graph,
  "icon.svg": icon,
  "keys.js": keys,
  "page.css": style,
  "page.js": page,
  "parts.js": parts,
  "place.js": place,
  "search_box.js": searchBox,
  "theme.js": theme,
  "time_machine.js": timeMachine,
  "timeline.js": timeline,
  "vendor/preact.js": preact,
  "vendor/uplot.css": uplotStyle,
  "vendor/uplot.js": uplot,
  "views/alerts.js": alertsView,
  "views/as.js": asView,
  "views/changes.js": changesView,
  "views/map.js": mapView,
  "views/now.js": nowView,
  "views/peer.js": peerView,
  "views/prefix.js": prefixView,
  "views/search.js": searchView,
};

const types: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** By path. */
export function pageAssets(): ReadonlyMap<string, Asset> {
  const asset = (name: string, text: string): Asset => ({ type: types[name.split(".").pop()!]!, text });
  const below = Object.entries(files).map(([name, text]) => [`/page/${name}`, asset(name, text)] as const);
  return new Map([["/", asset("index.html", index)], ["/favicon.ico", asset("icon.svg", icon)], ...below]);
}
