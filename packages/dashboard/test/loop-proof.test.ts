import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import type { Visit } from '@raptorflow/rig';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectNamedControls,
  expectNoSidewaysScroll,
  goTo,
  heading,
  openDashboard,
  type Dashboard,
} from './signed-in.ts';

// One story in one window: each test goes on where the one before it stopped.
describe('the proofs that loops end and that budgets hold', () => {
  let dashboard: Dashboard;
  let visit: Visit;
  let page: Page;
  let traceUrl = '';
  beforeAll(async () => {
    dashboard = await openDashboard();
    visit = await dashboard.signedIn();
    ({ page } = visit);
  });
  afterAll(() => dashboard.close());

  it('lets two agents loop with one click, hop by hop, and shows where they were stopped', async () => {
    await heading(page, 'See a campaign run').waitFor();
    await page.getByRole('button', { name: 'Loop it' }).click();
    const hops = page.getByRole('list', { name: 'Hops of the loop' }).getByRole('listitem');
    // It is seen while it happens: some hops stand there before the last one does.
    await hops.filter({ hasText: 'PROOF-PONG' }).first().waitFor();
    expect(await page.getByText(/^Stopped at hop/).count()).toBe(0);
    const stop = page.getByText(/^Stopped at hop \d+$/);
    await stop.waitFor({ timeout: 20_000 });
    const hop = Number(/\d+/.exec((await stop.textContent()) ?? '')?.[0]);
    expect(hop).toBeGreaterThan(0);
    expect(hop).toBeLessThanOrEqual(8);
    await hops
      .filter({ hasText: `hop ${hop}` })
      .getByText('refused')
      .waitFor();
    await page.getByText(/two had taken turns/).waitFor();
    await page.getByText(/Critical alert/).waitFor();
    await page.getByRole('link', { name: 'The critical alert' }).waitFor();
  });

  it('ends at the trace: the chain, what each group did, the alert and the dead letter', async () => {
    await page.getByRole('link', { name: 'Open the trace' }).click();
    const events = page.getByRole('list', { name: 'Events of the trace' });
    await page.getByText('Settled', { exact: true }).waitFor();
    expect(await events.getByRole('heading', { level: 3, name: 'proof_turn' }).count()).toBe(8);
    await events.getByText('Refused', { exact: true }).waitFor();
    await events.getByText(/hop 7/).first().waitFor();
    await events.getByRole('heading', { name: 'loop_detected', exact: true }).waitFor();
    expect(await events.getByText('Handled', { exact: true }).count()).toBeGreaterThan(8);
    await events.getByText('Dead', { exact: true }).waitFor();
    await events.getByText(/was refused as a loop/).waitFor();
    traceUrl = page.url();
  });

  it('leads from the trace to the dead letter, opened, and back', async () => {
    await page.getByRole('link', { name: 'Open the dead letter' }).first().click();
    const letters = page.getByRole('list', { name: 'Dead letters' });
    await letters.getByText('Loop detected').first().waitFor();
    const { items } = await dashboard.api().bus.deadLetters({ query: { reason: 'loop_detected' } });
    expect(items.length).toBeGreaterThan(0);
    expect(page.url()).toMatch(/letter=evt_/);
    const open = letters.getByRole('listitem').filter({ has: page.locator('details[open]') });
    const chain = open.getByRole('list', { name: 'Chain' }).getByRole('listitem');
    expect(await chain.count()).toBe(8);
    await chain.first().getByText('from PROOF-PING').waitFor();
    await chain.last().getByText('Refused', { exact: true }).waitFor();
    await chain.first().getByRole('link', { name: 'proof_turn' }).waitFor();
    await open.getByRole('link', { name: 'The trace' }).click();
    await page.getByRole('list', { name: 'Events of the trace' }).waitFor();
    await page.getByText('The one you asked for').waitFor();
  });

  it('finds a story by the id of an event, by keyboard alone, and says what to do about an unknown one', async () => {
    await goTo(page, 'Bus');
    await page.getByRole('link', { name: 'Trace', exact: true }).click();
    await page.getByText('Follow a story').waitFor();
    const id = decodeURIComponent(traceUrl.split('/').at(-1) ?? '');
    const field = page.getByRole('searchbox', { name: 'Event or request id to trace' });
    await field.fill('two words');
    await page.getByText('An id has letters').waitFor();
    await field.fill(` ${id} `);
    await field.press('Enter');
    const events = page.getByRole('list', { name: 'Events of the trace' });
    await events.waitFor();
    expect(page.url()).toBe(traceUrl);
    await events.getByRole('link').first().focus();
    await page.keyboard.press('Enter');
    await page.getByText('Payload', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Trace', exact: true }).last().click();
    await events.waitFor();

    await page.goto(`${traceUrl.slice(0, traceUrl.lastIndexOf('/'))}/req_nobody`);
    await page.getByText('Nothing is known of this id').waitFor();
    await page.getByRole('link', { name: 'Open the live tail' }).click();
    await page.getByText('Listening', { exact: true }).waitFor();
  });

  it('overspends a cent with one click: what was refused, in words, and nothing over', async () => {
    const workspace = new URL(traceUrl).pathname.split('/').slice(0, 3).join('/');
    await page.goto(`${dashboard.server.url}${workspace}/welcome`);
    await page.getByRole('button', { name: 'Overspend it' }).click();
    await page.getByText(/^\$0\.009\d+ of \$0\.01 spent, \$0 over$/).waitFor({ timeout: 20_000 });
    const told = page.getByText(/^\d+ calls made, 200 calls refused before anything was sent/);
    expect(Number.parseInt((await told.textContent()) ?? '', 10)).toBeGreaterThan(20);
    await page
      .getByText(/^The call may cost up to \$0\.\d+, but of the \$0\.010000 .* It was not made\.$/)
      .waitFor();
    await page.getByText(/no real money is spent\. The calls are booked/).waitFor();
    await page.getByRole('link', { name: 'Open the trace' }).click();
    const events = page.getByRole('list', { name: 'Events of the trace' });
    await events.getByRole('heading', { level: 3, name: 'proof_swarm_started' }).waitFor();
    await events.getByRole('heading', { level: 3, name: 'proof_call_made' }).first().waitFor();
    await page.getByText('Settled', { exact: true }).waitFor();
    await page.goto(`${dashboard.server.url}${workspace}/costs`);
    await page.getByText('No model was called this month').waitFor();
    await page.getByText('None: of every call it is known what it cost', { exact: false }).waitFor();
  });

  it('leads to the trace of a campaign from its page', async () => {
    const { campaign_id: id } = await dashboard.api().campaigns.runSample({ params: { name: 'kilnwatch' } });
    const workspace = new URL(traceUrl).pathname.split('/').slice(0, 3).join('/');
    await page.goto(`${dashboard.server.url}${workspace}/campaigns/${id}`);
    await page.getByRole('link', { name: /^\d+ events?$/ }).click();
    await page.getByRole('list', { name: 'Events of the trace' }).waitFor();
    await page.getByText('Settled', { exact: true }).waitFor({ timeout: 60_000 });
    await page.getByRole('heading', { level: 3, name: 'lord_command' }).first().waitFor();
    // What the browser says of addresses that are not there is its own report.
    expect(visit.problems.filter((problem) => !problem.includes('404'))).toEqual([]);
  });

  it('caps the workspace and a guild, gives the costs as a file, and prices the month again', async () => {
    const campaignTrace = page.url();
    await goTo(page, 'Costs');
    await page.getByRole('button', { name: 'Change the cap of the workspace' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Cap in US dollars' }).fill('3.25');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('$3.25').first().waitFor();
    await page.getByRole('textbox', { name: 'Which' }).fill('research');
    await page.getByRole('textbox', { name: 'Cap in US dollars' }).fill('1.5');
    await page.getByRole('button', { name: 'Set the cap' }).click();
    await page.getByRole('table', { name: 'Budgets' }).getByText('$1.50 cap').waitFor();
    const { workspace, items } = await dashboard.api().budgets.list();
    expect([workspace.cap_usd, items[0]?.cap_usd]).toEqual(['3.250000', '1.500000']);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Every call as CSV' }).click(),
    ]);
    const lines = readFileSync(await download.path(), 'utf8').split('\r\n');
    expect(lines[0]).toContain('call_id,attempt,revision,status,provider');
    expect(lines.length).toBeGreaterThan(10);
    await page.getByRole('button', { name: 'Price it again' }).click();
    await page.getByText(/would have cost \$0 instead of \$0: the same\.$/).waitFor();
    await page.goto(campaignTrace);
  });

  it.for(['light', 'dark'] as const)('fits a phone and names every control, %s', async (colorScheme) => {
    const phone = await dashboard.signedIn({ width: 390, height: 844, colorScheme });
    const campaignTrace = page.url();
    for (const url of [traceUrl, campaignTrace, traceUrl.slice(0, traceUrl.lastIndexOf('/'))]) {
      await phone.page.goto(url);
      await phone.page.getByRole('searchbox', { name: 'Event or request id to trace' }).waitFor();
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
});
