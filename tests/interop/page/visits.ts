/**
 * The page in a real browser, over a router whose peers announce, change and withdraw routes. A program of its own:
 * Playwright reads files of /proc that Deno opens with all permissions only.
 */
import assert from "node:assert/strict";
import { type Bgpd, startBgpd } from "../../support/bgpd.ts";
import { assertAccessible, openBrowser, type Page, visit } from "../../support/browser.ts";
import { configHead } from "../../support/config_text.ts";
import { freePort, loopback } from "../../support/net.ts";
import { ScriptedPeer } from "../../support/scripted_peer.ts";
import { waitFor } from "../../support/wait.ts";
import { startWebProcess } from "../../support/web_process.ts";

/** A router with two peers, one of which is described, and their sessions. */
async function rig() {
  const address = loopback(), port = freePort(address);
  const [one, two, away] = [loopback(), loopback(), loopback()];
  const table = (name: string, ip: string, asn: number, more = "") =>
    `[[peers]]\nname = "${name}"\nremote_ip = "${ip}"\nremote_as = ${asn}\npassive = true\n${more}\n`;
  const config = configHead({ address, port }) + '[web]\ntitle = "Lab glass"\n' +
    table("transit", one, 65001, 'description = "Example Transit"') + table("other", two, 65002) +
    table("away", away, 65003);
  const bgpd = await startBgpd({ config });
  const connect = (local: string, asn: number) =>
    ScriptedPeer.connect({ local, address, port, asn, routerId: asn, keepaliveMs: 5_000 });
  const peers = [await connect(one, 65001), await connect(two, 65002)] as const;
  for (const prefix of ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"]) peers[0].announce(prefix);
  peers[1].announce("192.0.2.0/24");
  await waitFor("the routes", () => bgpd.sql("SELECT * FROM rib").length === 4);
  return { bgpd, peers };
}

const heading = (page: Page, text: string) => page.waitForSelector(`h1:has-text("${text}")`);
const shows = (page: Page, text: string) => page.waitForSelector(`main >> text=${text}`);

/** Every view by its link, with something that only it shows. */
const views: readonly { readonly hash: string; readonly title: string; readonly text: string }[] = [
  { hash: "/now", title: "Now", text: "Example Transit" },
  { hash: "/peer/transit", title: "transit", text: "ipv4 unicast" },
  { hash: "/prefix/192.0.2.0%2F24", title: "192.0.2.0/24", text: "2 changes" },
  { hash: "/as/65001", title: "AS65001", text: "Originates 3 prefixes" },
  { hash: "/changes", title: "Changes", text: "announce" },
  { hash: "/map", title: "Route map", text: "Prefix lengths, ipv4 unicast" },
  { hash: "/alerts", title: "Alerts", text: "nothing is wrong" },
  { hash: "/search/_65001_", title: "_65001_", text: "an AS path" },
];

async function openViews(page: Page, base: string, check: (name: string) => Promise<void>): Promise<void> {
  for (const { hash, title, text } of views) {
    await page.goto(`${base}/#${hash}`);
    await heading(page, title);
    await shows(page, text);
    await check(hash);
  }
}

async function searchByKeyboard(page: Page, base: string): Promise<void> {
  await page.goto(`${base}/#/now`);
  await heading(page, "Now");
  await page.keyboard.press("/");
  await page.keyboard.type("192.0.2.77");
  await page.waitForSelector("#results li:has-text('192.0.2.0/24')");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await heading(page, "192.0.2.0/24");
  await page.keyboard.press("?");
  await page.waitForSelector("dialog[open]");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  await page.keyboard.press("g");
  await page.keyboard.press("m");
  await heading(page, "Route map");
}

/** The link of a moment shows the routes of then, to everybody. */
async function travel(page: Page, base: string, then: string, bgpd: Bgpd, peer: ScriptedPeer): Promise<void> {
  peer.withdraw("203.0.113.0/24");
  await waitFor("the withdraw", () => bgpd.sql("SELECT * FROM rib WHERE prefix = '203.0.113.0/24'").length === 0);
  await page.goto(`${base}/#/prefix/203.0.113.0%2F24`);
  await shows(page, "No peer announces it now.");
  await page.goto(`${base}/#/prefix/203.0.113.0%2F24?at=${then}`);
  await shows(page, "As received at");
  await page.waitForSelector("main td:has-text('transit')");
  // The same view, back in the present.
  await page.click("#live");
  await shows(page, "No peer announces it now.");
  assert.ok(!page.url().includes("at="), page.url());
  peer.announce("203.0.113.0/24");
  await waitFor("the route again", () => bgpd.sql("SELECT * FROM rib WHERE prefix = '203.0.113.0/24'").length === 1);
}

/** Fails where a view does. Ends without a browser where none is installed. */
async function main(): Promise<void> {
  const browser = await openBrowser();
  if (browser === undefined) return;
  const { bgpd, peers } = await rig();
  try {
    await using web = await startWebProcess(bgpd);
    const { base } = web;
    const wide = await visit(browser, base);
    await openViews(wide.page, base, (name) => assertAccessible(wide.page, name));
    const then = new Date(Date.now() - 1).toISOString();
    await searchByKeyboard(wide.page, base);
    await travel(wide.page, base, then, bgpd, peers[0]);

    const narrow = await visit(browser, base, { width: 390, colorScheme: "dark" });
    await openViews(narrow.page, base, async (name) => {
      await assertAccessible(narrow.page, `${name}, dark`);
      const width = await narrow.page.evaluate("document.documentElement.scrollWidth");
      assert.ok(Number(width) <= 390, `${name} is ${width} wide`);
    });
    // A live view shows a change as it comes.
    await narrow.page.goto(`${base}/#/changes`);
    peers[1].announce("198.18.0.0/15");
    await narrow.page.waitForSelector("main td:has-text('198.18.0.0/15')");
    for (const { wrong } of [wide, narrow]) assert.deepEqual(wrong, []);

    await bgpd.stop();
    await wide.page.goto(`${base}/#/now`);
    await wide.page.waitForSelector("[role=alert]:has-text('The router is not running')");
  } finally {
    await browser.close();
    for (const peer of peers) peer.close();
    await bgpd[Symbol.asyncDispose]();
  }
}

await main();
