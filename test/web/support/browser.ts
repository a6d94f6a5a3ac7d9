import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished } from "vitest";

/** The first seven let it run anywhere, also as root and without a display; none of its own calls home. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // No name but this machine's own leads anywhere.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE *.localhost",
];

/** What the browser itself says of a network or server that a test takes away, and of how a test listens. */
const EXPECTED =
  /net::ERR_(CONNECTION|INTERNET|NETWORK|EMPTY|SOCKET)|503 \(Service|WebSocket connection to|ScriptProcessorNode is/;

/** Schemes of what is in the page already. */
const LOCAL: ReadonlySet<string> = new Set(["blob:", "data:"]);

const executablePath = inject("browserPath");

/** `describe`, where there is a browser to run in. */
export const describeInBrowser = describe.skipIf(executablePath === null);

/**
 * One browser for the file; each call of what it returns is a visitor of its own. Nothing may go wrong on its pages, but
 * for answers with statuses that are allowed.
 */
export function useBrowser({
  allowedStatuses = [],
}: {
  allowedStatuses?: readonly number[];
} = {}): (options?: BrowserContextOptions) => Promise<Page> {
  let browser: Browser;
  beforeAll(async () => {
    if (executablePath !== null) browser = await chromium.launch({ executablePath, args: FLAGS });
  });
  afterAll(() => browser?.close());

  return async (options = {}) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    context.setDefaultTimeout(15_000);
    const faults: string[] = [];
    // Seen, not routed: routing sends every byte of every upload through this process.
    const judge = (asked: { url(): string }) => {
      const { protocol, hostname, href } = new URL(asked.url());
      if (hostname === "127.0.0.1" || /^(.+\.)?localhost$/.test(hostname) || LOCAL.has(protocol)) return;
      faults.push(`request off this machine: ${href}`);
    };
    context.on("request", judge);
    const watch = (page: Page) => {
      page.on("websocket", judge);
      page.on("pageerror", (error) => faults.push(error.stack ?? error.message));
      page.on("console", (message) => {
        if (EXPECTED.test(message.text())) return;
        if (allowedStatuses.some((status) => message.text().includes(`a status of ${status} `))) return;
        if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
      });
    };
    context.on("page", watch);
    onTestFinished(async () => {
      await context.close();
      expect(faults).toEqual([]);
    });
    return context.newPage();
  };
}

/** Every rule of WCAG 2.2 A and AA that can be checked by a program. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"])
    .analyze();
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ target, html }) => `${target} ${html}`).join("; ")}`,
  );
  expect(found).toEqual([]);
}
