import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { Browser, BrowserContext, Page } from 'playwright-core';

/** A visit of one person: cookies and storage of its own, one page. */
export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Errors of the console and of scripts, breaches of the content policy, and answers of 500 and above, as they came. */
  readonly problems: string[];
  close(): Promise<void>;
}

/** How the visitor's window is. */
export interface VisitOptions {
  /** Default 1280. */
  readonly width?: number;
  /** Default 800. */
  readonly height?: number;
  /** Default `light`. */
  readonly colorScheme?: 'light' | 'dark';
  /** Pictures of a high-resolution screen have this many pixels for one. Default 1. */
  readonly deviceScaleFactor?: number;
}

/** A real Chromium without a window. */
export interface ChromiumBrowser {
  visit(options?: VisitOptions): Promise<Visit>;
  close(): Promise<void>;
}

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const folders = [
  '/usr/bin',
  '/usr/local/bin',
  '/snap/bin',
  '/Applications/Google Chrome.app/Contents/MacOS',
  '/Applications/Chromium.app/Contents/MacOS',
];
/** Chromium's own errands are switched off: they fail where there is no network, and noisily. */
const switches = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the machine's Chromium. Throws `missing_dependency` when there is none. */
export async function startChromium(): Promise<ChromiumBrowser> {
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: findChromium(), args: switches });
  return {
    visit: (options = {}) => visit(browser, options),
    close: () => browser.close(),
  };
}

function findChromium(): string {
  const places = [...(process.env['PATH'] ?? '').split(delimiter), ...folders].filter(
    (place) => place !== '',
  );
  const found = places
    .flatMap((place) => names.map((name) => join(place, name)))
    .find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new RaptorFlowError(
    'missing_dependency',
    'Chromium is not installed; on Debian and Ubuntu: apt-get install chromium',
  );
}

async function visit(browser: Browser, options: VisitOptions): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
    colorScheme: options.colorScheme ?? 'light',
    deviceScaleFactor: options.deviceScaleFactor ?? 1,
    acceptDownloads: true,
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => problems.push(`script: ${error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 500) problems.push(`answer: ${response.status()} ${response.url()}`);
  });
  return { context, page, problems, close: () => context.close() };
}
