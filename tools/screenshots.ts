/**
 * Takes the pictures of the dashboard that the README shows: the real server on an empty directory, the sample
 * campaigns, a real browser.
 *
 *     node tools/screenshots.ts [--out docs/images] [--all] [--pages host,host-log]
 *
 * Only the pictures of the README, unless told otherwise: with `--all` every page below, with `--pages` those named, at two widths, light and dark.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createClient, type Client } from '@raptorflow/client';
import { startChromium, startProgramServer, type ChromiumBrowser, type RunningServer } from '@raptorflow/rig';
import { RaptorFlowError, systemClock } from 'raptorflow/kernel';

/** Run one after the other; the pages of the last one are shown. */
const samples = ['frostpannier', 'kilnwatch'];
const campaignMsMax = 120_000;
const settleMs = 600;

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
}

interface World {
  readonly server: RunningServer;
  readonly browser: ChromiumBrowser;
  readonly client: Client;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'docs/images' },
      all: { type: 'boolean', default: false },
      pages: { type: 'string' },
    },
  });
  const out = resolve(values.out);
  mkdirSync(out, { recursive: true });
  const root = mkdtempSync(join(tmpdir(), 'raptorflow-screenshots-'));
  const [server, browser] = await Promise.all([
    startProgramServer({ home: join(root, 'home') }),
    startChromium(),
  ]);
  try {
    const world = { server, browser, client: createClient({ baseUrl: server.url, token: server.token }) };
    const pages = await addresses(world);
    for (const picture of picturesOf(pages, values.all ? Object.keys(pages) : values.pages?.split(','))) {
      const file = join(out, `${picture.name}.png`);
      await take(world, picture, file);
      console.log(relative(process.cwd(), file));
    }
  } finally {
    await browser.close();
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  }
}

/** Runs the sample campaigns; answers where each page is. */
async function addresses({ client }: World): Promise<Readonly<Record<string, string>>> {
  const { workspaces } = await client.session.current();
  const workspace = `/w/${workspaces[0]?.workspace_id}`;
  let id = '';
  for (const name of samples) {
    ({ campaign_id: id } = await client.campaigns.runSample({ params: { name } }));
    await finished(client, id);
  }
  // So that the log shows an error, too.
  await client.raptor.demo({ params: { value: 'boom' } });
  return {
    overview: workspace,
    board: `${workspace}/campaigns/${id}`,
    'war-brief': `${workspace}/campaigns/${id}/brief`,
    assets: `${workspace}/campaigns/${id}/assets`,
    plan: `${workspace}/campaigns/${id}/plan`,
    agents: `${workspace}/agents`,
    runs: `${workspace}/runs`,
    audit: `${workspace}/audit`,
    bus: `${workspace}/bus`,
    resources: `${workspace}/resources`,
    'resources-leaks': `${workspace}/resources/leaks`,
    'resources-quotas': `${workspace}/resources/quotas`,
    host: `${workspace}/host`,
    'host-log': `${workspace}/host/log`,
    'host-periscope': `${workspace}/host/operations`,
    welcome: `${workspace}/welcome`,
    'new-campaign': `${workspace}/campaigns/new`,
  };
}

async function finished(client: Client, id: string): Promise<void> {
  const deadline = systemClock.monotonic() + campaignMsMax;
  for (;;) {
    const { status, error } = await client.campaigns.get({ params: { campaign_id: id } });
    if (status === 'completed' || status === 'awaiting_approval') return;
    if (status === 'failed' || systemClock.monotonic() > deadline) {
      throw new RaptorFlowError(
        'unavailable',
        `A sample campaign is ${status}: ${error?.message ?? 'too slow'}`,
      );
    }
    await systemClock.sleep(100);
  }
}

/** The pictures of these pages in all their looks; without any, those of the README. */
function picturesOf(
  addressOf: Readonly<Record<string, string>>,
  asked: readonly string[] | undefined,
): Picture[] {
  if (asked === undefined) {
    return ['overview', 'war-brief'].map((name) => ({
      name,
      path: pathOf(addressOf, name),
      width: 1280,
      colorScheme: 'light',
    }));
  }
  return [1280, 390].flatMap((width) =>
    (['light', 'dark'] as const).flatMap((colorScheme) =>
      asked.map((page) => ({
        name: `${page}-${width}-${colorScheme}`,
        path: pathOf(addressOf, page),
        width,
        colorScheme,
      })),
    ),
  );
}

function pathOf(addressOf: Readonly<Record<string, string>>, page: string): string {
  const path = addressOf[page];
  if (path !== undefined) return path;
  throw new RaptorFlowError(
    'invalid_input',
    `There is no page "${page}". Choose among: ${Object.keys(addressOf).join(', ')}.`,
  );
}

async function take({ server, browser, client }: World, picture: Picture, file: string): Promise<void> {
  const { width, colorScheme, path } = picture;
  const visit = await browser.visit({
    width,
    height: width < 600 ? 844 : 820,
    colorScheme,
    deviceScaleFactor: 2,
  });
  try {
    const { url } = await client.session.issueLink();
    await visit.page.goto(url);
    await visit.page.waitForURL(/\/w\//);
    await visit.page.goto(server.url + path);
    await visit.page.getByRole('heading', { level: 1 }).waitFor();
    await visit.page.getByText('Live', { exact: true }).waitFor();
    await visit.page
      .getByRole('status', { name: /^(Loading|Reading)/ })
      .first()
      .waitFor({ state: 'detached' });
    // Figures that are read every few seconds appear after the page itself.
    await systemClock.sleep(settleMs);
    await visit.page.screenshot({ path: file });
  } finally {
    await visit.close();
  }
}

await main();
