import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient, type Client } from '@raptorflow/client';
import {
  startChromium,
  startProgramServer,
  type ChromiumBrowser,
  type RunningServer,
  type Visit,
  type VisitOptions,
} from '@raptorflow/rig';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** The real server with the built dashboard, a real browser, and the API beside them. */
export interface Dashboard {
  /** Changes when the server is started again. */
  server: RunningServer;
  readonly home: string;
  readonly browser: ChromiumBrowser;
  api(): Client;
  /** A new window with no session. */
  visit(options?: VisitOptions): Promise<Visit>;
  /** A new window, signed in by a fresh one-time link, on the page that follows. */
  signedIn(options?: VisitOptions): Promise<Visit>;
  /** Ends the server cleanly and starts it again on its directory and port. */
  restart(whileGone?: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

const built = fileURLToPath(new URL('../dist/index.html', import.meta.url));

/** Starts server and browser on an empty data directory, `env` added to the server's, on a port where its address has to be known before. Throws `unavailable` when the dashboard is not built. */
export async function openDashboard(
  env: Readonly<Record<string, string>> = {},
  port = 0,
): Promise<Dashboard> {
  if (!existsSync(built)) {
    throw new RaptorFlowError(
      'unavailable',
      'The dashboard is not built. Run: npm exec vite build packages/dashboard',
    );
  }
  const root = mkdtempSync(join(tmpdir(), 'raptorflow-dashboard-'));
  const home = join(root, 'home');
  const [server, browser] = await Promise.all([startProgramServer({ home, port, env }), startChromium()]);
  const dashboard: Dashboard = {
    server,
    home,
    browser,
    api: () => createClient({ baseUrl: dashboard.server.url, token: dashboard.server.token }),
    visit: (options) => browser.visit(options),
    async signedIn(options) {
      const visit = await browser.visit(options);
      const link = await dashboard.api().session.issueLink();
      await visit.page.goto(link.url);
      await visit.page
        .getByRole('navigation', { name: 'Workspace' })
        .or(menuButton(visit.page))
        .first()
        .waitFor();
      return visit;
    },
    async restart(whileGone) {
      const { port: same } = dashboard.server;
      await dashboard.server.stop();
      await whileGone?.();
      dashboard.server = await startProgramServer({ home, port: same, env });
    },
    async close() {
      await browser.close();
      await dashboard.server.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
  return dashboard;
}

/** The button that stands for the side bar on a phone. */
function menuButton(page: Page): Locator {
  return page.getByRole('button', { name: 'Open navigation' });
}

/** A tab of the campaign that is shown: links of its views carry the same words. */
export function tab(page: Page, name: string | RegExp): Locator {
  return page.getByRole('navigation', { name: 'Campaign', exact: true }).getByRole('link', {
    name,
    exact: true,
  });
}

/** Goes to a place of the side bar. */
export async function goTo(page: Page, place: string): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Workspace', exact: true })
    .getByRole('link', { name: place, exact: true })
    .click();
  await heading(page, place).waitFor();
}

/** The page's title. */
export function heading(page: Page, name: string | RegExp): Locator {
  return page.getByRole('heading', { level: 1, name, exact: true });
}

/** Fails when anything is wider than the window, and says what. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const overflow = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > width + 1)
      .slice(0, 5)
      .map((element) => element.outerHTML.slice(0, 200));
  });
  expect(overflow, page.url()).toEqual([]);
}

/** Fails for controls that a screen reader could not name, images without a text, and ids given twice. */
export async function expectNamedControls(page: Page): Promise<void> {
  const unnamed = await page.evaluate(() => {
    const nameOf = (element: Element): string => {
      const labels =
        element instanceof HTMLInputElement ||
        element instanceof HTMLSelectElement ||
        element instanceof HTMLTextAreaElement
          ? [...(element.labels ?? [])].map((label) => label.textContent)
          : [];
      return [
        element.getAttribute('aria-label'),
        element.getAttribute('title'),
        element.textContent,
        ...labels,
      ]
        .join('')
        .trim();
    };
    const controls = [
      ...document.querySelectorAll('button, a[href], input, select, textarea, [role=button]'),
    ];
    const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
    return [
      ...controls
        .filter((element) => nameOf(element) === '')
        .map((element) => element.outerHTML.slice(0, 200)),
      ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `id ${id} twice`),
    ];
  });
  expect(unnamed, page.url()).toEqual([]);
}
