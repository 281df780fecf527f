/** A browser without a window, for tests of the page. The only file that imports Playwright and axe. */
import assert from "node:assert/strict";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { findProgram } from "./process.ts";

export type { Page };

export interface Visit {
  readonly page: Page;
  /** What went wrong on the page: errors of scripts, of the console, and requests to other hosts. */
  readonly wrong: string[];
}

/** The browser; `undefined` where Debian's chromium is not installed: the caller skips, loudly. */
export async function openBrowser(): Promise<Browser | undefined> {
  const executablePath = findProgram("chromium");
  if (executablePath !== undefined) return await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  if (Deno.env.get("BGPD_REQUIRE_PEERS") === "1") throw new Error("chromium is required and not installed");
  console.log("SKIPPED: chromium is not installed, so the page is not tested");
  return undefined;
}

/** A tab that notes what goes wrong. */
export async function visit(
  browser: Browser,
  base: string,
  { width = 1280, colorScheme = "light" }: { readonly width?: number; readonly colorScheme?: "light" | "dark" } = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width, height: 850 }, colorScheme });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") wrong.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(base)) wrong.push(`a request to ${request.url()}`);
  });
  return { page, wrong };
}

/** Fails where axe finds a serious or critical violation (WCAG). */
export async function assertAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(axe.source);
  const found = await page.evaluate<{ id: string; impact: string; help: string; nodes: string[] }[]>(`(async () => {
    const { violations } = await axe.run();
    const texts = (nodes) => nodes.map(({ html }) => html);
    return violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, nodes: texts(nodes) }));
  })()`);
  const serious = found.filter(({ impact }) => impact === "serious" || impact === "critical");
  assert.deepEqual(serious, [], `${what}: ${JSON.stringify(serious, undefined, 1)}`);
}
