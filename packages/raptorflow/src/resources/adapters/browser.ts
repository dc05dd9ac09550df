import type { ResourceHandle, ResourceScope } from '../registry/resource.ts';
import type { Emitter, Tracking } from './tracking.ts';

/** What is used of a page of Playwright. */
export interface BrowserPage extends Emitter {
  close(): Promise<void>;
  isClosed(): boolean;
  url(): string;
}

/** What is used of a context of Playwright. */
export interface BrowserContext extends Emitter {
  on(event: 'page', listener: (page: BrowserPage) => void): unknown;
  pages(): readonly BrowserPage[];
  close(): Promise<void>;
}

/** What is used of a browser of Playwright. */
export interface Browser extends Emitter {
  isConnected(): boolean;
  contexts(): readonly BrowserContext[];
  close(): Promise<void>;
}

/**
 * Tracks a browser of Playwright until it is disconnected, with the contexts that it has now; later ones are tracked by `trackBrowserContext`. Its processes are
 * Playwright's children: `trees.adoptChildren()` before it is launched sees to it that they do not outlive this process. Throws as `register` does.
 */
export function trackBrowser(
  scope: ResourceScope,
  browser: Browser,
  tracking: Tracking = {},
): ResourceHandle {
  const handle = scope.register({ ...tracking, type: 'browser', dispose: () => browser.close() });
  if (browser.isConnected()) browser.once('disconnected', () => handle.release());
  else handle.release();
  for (const context of browser.contexts()) trackBrowserContext(scope, context, withoutId(tracking));
  return handle;
}

/** Tracks a context of Playwright until it is closed, with all pages that it has and gets. Throws as `register` does. */
export function trackBrowserContext(
  scope: ResourceScope,
  context: BrowserContext,
  tracking: Tracking = {},
): ResourceHandle {
  const handle = scope.register({ ...tracking, type: 'browser_context', dispose: () => context.close() });
  context.once('close', () => handle.release());
  const onPage = (page: BrowserPage): void => void trackBrowserPage(scope, page, withoutId(tracking));
  for (const page of context.pages()) onPage(page);
  context.on('page', onPage);
  return handle;
}

/** Tracks a page of Playwright until it is closed. A change of its address counts as use. Throws as `register` does. */
export function trackBrowserPage(
  scope: ResourceScope,
  page: BrowserPage,
  tracking: Tracking = {},
): ResourceHandle {
  let visits = 0;
  let last = page.url();
  const handle = scope.register({
    ...tracking,
    type: 'browser_page',
    dispose: () => page.close(),
    activity: () => {
      if (page.url() !== last) visits += 1;
      last = page.url();
      return visits;
    },
  });
  if (page.isClosed()) handle.release();
  else page.once('close', () => handle.release());
  return handle;
}

/** An id names one thing, not what belongs to it. */
function withoutId({ id: _id, ...rest }: Tracking): Tracking {
  return rest;
}
