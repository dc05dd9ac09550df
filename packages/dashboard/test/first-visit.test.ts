import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import type { Visit } from '@raptorflow/rig';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectNamedControls,
  expectNoSidewaysScroll,
  goTo,
  heading,
  openDashboard,
  tab,
  type Dashboard,
} from './signed-in.ts';

// One story in one window: each test goes on where the one before it stopped.
describe('the first visit', () => {
  let dashboard: Dashboard;
  let visit: Visit;
  let page: Page;
  let campaignUrl = '';
  beforeAll(async () => {
    dashboard = await openDashboard();
    visit = await dashboard.visit();
    ({ page } = visit);
  });
  afterAll(() => dashboard.close());

  it('asks a stranger to sign in, whatever the address', async () => {
    await page.goto(`${dashboard.server.url}/w/wsp_somebody/campaigns`);
    await heading(page, 'Sign in').waitFor();
    // That a stranger is refused is what the console may say here, and all that it may say.
    expect(visit.problems.filter((problem) => !problem.includes('401'))).toEqual([]);
    visit.problems.length = 0;
  });

  it('signs in by the link that the server printed, once, and takes the code out of the address', async () => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(dashboard.server.signInLink);
    await heading(page, 'See a campaign run').waitFor();
    expect(page.url()).toMatch(/\/w\/wsp_[\w-]+\/welcome$/);
    const [code = ''] = dashboard.server.signInLink.split('code=').slice(1);
    expect(asked.filter((url) => url.includes(code))).toEqual([]);
    const [cookie] = await visit.context.cookies();
    expect(cookie).toMatchObject({ name: 'raptorflow_session', httpOnly: true, sameSite: 'Strict' });

    const second = await dashboard.visit();
    await second.page.goto(dashboard.server.signInLink);
    await second.page.getByText('A link works once and only').waitFor();
    await second.close();
  });

  it('runs the sample campaign with one click and shows every stage as it happens', async () => {
    const reads: string[] = [];
    page.on('framenavigated', (frame) => reads.push(frame.url()));
    await page
      .locator('section')
      .filter({ has: page.getByRole('heading', { name: /Kilnwatch/ }) })
      .getByRole('button', { name: 'Run the sample campaign' })
      .click();
    await heading(page, 'Kilnwatch 2.4 launch').waitFor();
    campaignUrl = page.url();
    const board = page.getByRole('list', { name: 'Stages' });
    await board.getByRole('listitem').filter({ hasText: 'Research' }).first().waitFor();
    const researchers = board.getByRole('link').filter({ hasText: 'RES-' });
    await researchers.first().waitFor();
    await page.getByText('Completed', { exact: true }).first().waitFor({ timeout: 60_000 });
    await page.getByRole('link', { name: 'Markdown', exact: true }).waitFor();
    expect(await board.getByText('completed', { exact: true }).count()).toBeGreaterThanOrEqual(7);
    // It came by the live connection: nothing but the address of the page itself was loaded.
    expect(new Set(reads.map((url) => new URL(url).pathname)).size).toBe(1);
    await page.getByText('Offline model').first().waitFor();
  });

  it('shows the war brief with facts above the prose, and each citation opens its source at the quote', async () => {
    await tab(page, 'War brief').click();
    const facts = page.getByRole('table', { name: 'Facts' });
    await facts.waitFor();
    const box = async (text: string): Promise<number> =>
      (await page.getByRole('heading', { level: 2, name: text, exact: true }).boundingBox())?.y ?? 0;
    expect(await box('Facts')).toBeLessThan(await box('War brief'));
    await page.getByRole('heading', { name: 'What these documents could not answer', exact: true }).waitFor();

    const mark = page
      .locator('section section')
      .getByRole('link', { name: /^Source \d/ })
      .first();
    const title = (await mark.getAttribute('title')) ?? '';
    const quote = /“([^]*)”$/.exec(title)?.[1] ?? '';
    expect(quote.length).toBeGreaterThan(5);
    await mark.click();
    const sheet = page.getByRole('dialog');
    const marked = sheet.locator('mark');
    await marked.waitFor();
    expect(await marked.textContent()).toBe(quote);
    expect(
      await marked.evaluate((element) => {
        const { top, bottom } = element.getBoundingClientRect();
        return top >= 0 && bottom <= globalThis.innerHeight;
      }),
    ).toBe(true);
    // The address carries the place, so it can be sent to somebody; and the document has a page of its own.
    await page.reload();
    await marked.waitFor();
    await sheet.getByRole('link', { name: 'Open the whole document' }).click();
    await page.locator('main mark').waitFor();
    expect(await page.locator('main mark').textContent()).toBe(quote);
    await page.goto(campaignUrl);
  });

  it('shows the assets with the verdict of each Guardian, and the plan', async () => {
    await tab(page, /^Assets/).click();
    const index = page.getByRole('navigation', { name: 'Assets' });
    await index.waitFor();
    expect(await index.getByRole('link').count()).toBeGreaterThanOrEqual(6);
    await index.getByRole('link').last().click();
    const verdicts = page
      .getByRole('main')
      .locator('section')
      .filter({ has: page.getByRole('heading', { name: 'Guardian verdicts', exact: true }) });
    await verdicts.getByRole('link').first().waitFor();
    expect(await verdicts.getByText(/Passed|Warning|Rejected/).count()).toBeGreaterThan(0);
    await tab(page, 'Plan').click();
    await page.getByRole('heading', { name: 'Assumptions', exact: true }).waitFor();
  });

  it.for([
    ['Markdown', /\.md$/, /^# Kilnwatch 2\.4 launch/m],
    ['HTML', /\.html$/, /^<!doctype html>/i],
  ] as const)('downloads the package as %s', async ([name, file, content]) => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name, exact: true }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(file);
    expect(readFileSync(await download.path(), 'utf8')).toMatch(content);
  });

  it('shows the society: seven Lords and four guilds, with heartbeats', async () => {
    await goTo(page, 'Agents');
    await page.getByText('alive, a beat within 90 s').waitFor();
    for (const [guild, count] of [
      ['Council of Lords', 7],
      ['Research', 20],
      ['Muse', 30],
      ['Matrix', 20],
      ['Guardians', 10],
    ] as const) {
      const panel = page
        .locator('section')
        .filter({ has: page.getByRole('heading', { name: guild, exact: true }) });
      expect([guild, await panel.getByRole('listitem').count()]).toEqual([guild, count]);
    }
    await page.getByRole('searchbox', { name: 'Find an agent' }).fill('LORD-002');
    await page
      .getByRole('main')
      .getByRole('link', { name: /LORD-002/ })
      .click();
    await heading(page, 'Cognition').waitFor();
  });

  it("shows a run's steps and its journal", async () => {
    await goTo(page, 'Runs');
    await page
      .getByRole('table', { name: 'Runs' })
      .getByRole('link', { name: /War brief/ })
      .first()
      .click();
    await heading(page, 'War brief').waitFor();
    await page.getByRole('list', { name: 'Steps', exact: true }).getByRole('listitem').first().waitFor();
    await page.getByRole('link', { name: 'Journal', exact: true }).click();
    const journal = page.getByRole('list', { name: 'Journal entries' });
    await journal.getByText('run_started').click();
    await journal.getByText('Hash over this entry').first().waitFor();
    expect(await journal.getByRole('listitem').count()).toBeGreaterThan(3);
  });

  it('shows the runs and model calls of the campaign in its trace, each below the event it was made for', async () => {
    await page.goto(campaignUrl);
    await page.getByRole('link', { name: /^\d+ events$/ }).click();
    const tree = page.getByRole('list', { name: 'Events of the trace' });
    const rows = tree.getByRole('listitem');
    const run = rows
      .filter({ has: page.getByRole('heading', { level: 4, name: /^Research: RES-/ }) })
      .first();
    await run.waitFor();
    const below = rows.filter({ hasText: 'Model call' }).filter({ hasText: 'research → offline' });
    await below.first().waitFor();
    const top = async (row: typeof run): Promise<number> => (await row.boundingBox())?.y ?? 0;
    const command = rows.filter({ has: page.getByRole('heading', { level: 3, name: 'lord_command' }) });
    expect(await top(command.first())).toBeLessThan(await top(run));
    expect(await top(run)).toBeLessThan(await top(below.first()));
    await page
      .getByRole('region', { name: 'Totals' })
      .getByText(/^\d+ model calls in \d+ runs$/)
      .waitFor();
    await run.getByRole('link', { name: /^Research: RES-/ }).click();
    await heading(page, /^Research/).waitFor();
  });

  it('fits a phone and names every control, on every page', async () => {
    const phone = await dashboard.signedIn({ width: 390, height: 844 });
    const base = new URL(campaignUrl).pathname;
    const workspace = base.split('/').slice(0, 3).join('/');
    const paths = [
      workspace,
      `${workspace}/welcome`,
      `${workspace}/campaigns`,
      `${workspace}/campaigns/new`,
      base,
      `${base}/brief`,
      `${base}/plan`,
      `${base}/assets`,
      `${base}/runs`,
      `${workspace}/documents`,
      `${workspace}/agents`,
      `${workspace}/agents/LORD-001`,
      `${workspace}/runs`,
      `${workspace}/bus`,
      `${workspace}/bus/tail`,
      `${workspace}/bus/dead-letters`,
      `${workspace}/bus/channels/sys.state.update`,
      `${workspace}/bus/trace/${base.split('/').at(-1)}`,
      `${workspace}/host`,
      `${workspace}/host/log`,
      `${workspace}/host/operations`,
      `${workspace}/costs`,
      `${workspace}/settings`,
    ];
    for (const path of paths) {
      await phone.page.goto(`${dashboard.server.url}${path}`);
      await phone.page.getByRole('heading', { level: 1 }).waitFor();
      await phone.page
        .getByRole('status', { name: /^(Loading|Reading)/ })
        .first()
        .waitFor({ state: 'detached' });
      await expectNoSidewaysScroll(phone.page);
      await expectNamedControls(phone.page);
    }
    expect(phone.problems).toEqual([]);
    await phone.close();
  });

  it('draws the machine as it goes on, and stops and starts its monitor', async () => {
    await goTo(page, 'Host');
    const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
    await page.getByText('Running: Yes').waitFor();
    for (const chart of [/^Processor, .*All cores: now \d/, /^Memory, .*Memory used: now \d/]) {
      await page.getByRole('img', { name: chart }).waitFor();
    }
    const newest = page.getByText(/^Newest sample/);
    const stopped = page.getByText('the figures below are the last ones of before');
    await button('Stop').click();
    await page.getByText('Running: No').waitFor();
    await stopped.waitFor();
    const last = (await newest.textContent()) ?? '';
    expect(await button('Stop').isDisabled()).toBe(true);
    await button('Start').click();
    await page.getByText('Running: Yes').waitFor();
    await stopped.waitFor({ state: 'detached' });
    await expect.poll(() => newest.textContent(), { timeout: 10_000 }).not.toBe(last);
    expect(await button('Start').isDisabled()).toBe(true);
  });

  it('shows an error in the live log as it is raised, and at the end of the log that is fetched', async () => {
    const beside = await visit.context.newPage();
    await beside.goto(`${page.url()}/log`);
    const lines = beside.getByRole('log', { name: 'Log lines' });
    await lines.getByText('RAPTOR MINI ONLINE').last().waitFor();
    const boom = /RAPTOR EXCEPTION: .*boom/;
    expect(await lines.getByText(boom).count()).toBe(0);
    await page.getByRole('button', { name: 'Trigger Boom' }).click();
    await page.getByText('A real error was raised and traced').waitFor();
    await lines.getByText(boom).waitFor();
    await beside.close();
    const tail = page.getByRole('region', { name: 'Log Tail' });
    await tail.getByText(boom).waitFor();
    await page.getByRole('button', { name: 'Fetch Logs' }).click();
    await tail.getByText(/RAPTOR MINI OFFLINE[^]*RAPTOR MINI ONLINE[^]*RAPTOR EXCEPTION/).waitFor();
  });

  it('shows the calls to models among the operations, and no button that works to who is not the operator', async () => {
    const host = page.url();
    await page.getByRole('link', { name: 'Periscope', exact: true }).click();
    await page
      .getByRole('article', { name: 'model_call' })
      .getByText(/^\d[\d.]* m?s/)
      .first()
      .waitFor();

    const { token } = await dashboard.api().session.issueToken({ body: { operator: false } });
    const other = await dashboard.visit();
    await other.page.goto(host);
    await other.page.getByLabel('Token').fill(token);
    await other.page.getByRole('button', { name: 'Sign in' }).click();
    await other.page.getByRole('navigation', { name: 'Workspace', exact: true }).waitFor();
    await other.page.goto(host);
    await other.page.getByText('Running: Yes').waitFor();
    const inPage = other.page.getByRole('main');
    expect(await inPage.getByRole('button').count()).toBe(4);
    expect(await inPage.getByRole('button', { disabled: false }).count()).toBe(0);
    await inPage.getByText('Only the operator of this installation can start and stop the monitor').waitFor();
    await other.page.goto(`${host}/log`);
    await inPage.getByText('The log is the operator’s').waitFor();
    await other.close();
  });

  it('leads back to the list from the address of something that is not there', async () => {
    const stray = await dashboard.signedIn();
    const workspace = new URL(campaignUrl).pathname.split('/').slice(0, 3).join('/');
    for (const [what, list] of [
      ['campaign', 'Campaigns'],
      ['run', 'Runs'],
      ['document', 'Documents'],
      ['agent', 'Agents'],
    ] as const) {
      await stray.page.goto(`${dashboard.server.url}${workspace}/${list.toLowerCase()}/nothing`);
      await heading(stray.page, `No such ${what}`).waitFor();
      await stray.page.locator('main header').getByRole('link', { name: list, exact: true }).click();
      await heading(stray.page, list).waitFor();
      expect(new URL(stray.page.url()).pathname).toBe(`${workspace}/${list.toLowerCase()}`);
    }
    await stray.close();
  });

  it('tells the years of a plan, and counts one response as one', async () => {
    await page.goto(campaignUrl);
    await tab(page, 'Plan').click();
    await page.getByRole('heading', { level: 2, name: /: the plan .* \d{4} to .* \d{4}$/ }).waitFor();
    expect(await page.getByText(/\b1 responses\b/).count()).toBe(0);
  });

  it('signs out, and the session is over for the server too', async () => {
    const [cookie] = await visit.context.cookies();
    await page.getByRole('button', { name: /^Signed in as/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await heading(page, 'Sign in').waitFor();
    expect(visit.problems).toEqual([]);
    expect(await visit.context.cookies()).toEqual([]);
    const answer = await fetch(`${dashboard.server.url}/api/v1/auth/me`, {
      headers: { cookie: `${cookie?.name}=${cookie?.value}` },
    });
    expect(answer.status).toBe(401);
  });
});
