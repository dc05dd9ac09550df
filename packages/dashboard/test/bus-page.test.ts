import type { Page } from 'playwright-core';
import type { Visit } from '@raptorflow/rig';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectNamedControls, goTo, heading, openDashboard, type Dashboard } from './signed-in.ts';

const lifecycle = 'sys.workspace.lifecycle';
const research = 'sys.guild.research.broadcast';

// One story in one window: each test goes on where the one before it stopped.
describe('the page of the bus', () => {
  let dashboard: Dashboard;
  let visit: Visit;
  let page: Page;
  beforeAll(async () => {
    dashboard = await openDashboard();
    visit = await dashboard.signedIn();
    ({ page } = visit);
  });
  afterAll(() => dashboard.close());

  it('lists the channels, and opens one with its groups and newest events', async () => {
    await goTo(page, 'Bus');
    const channels = page.getByRole('table', { name: 'Channels' });
    await channels.getByRole('link', { name: research }).waitFor();
    await channels.getByRole('link', { name: lifecycle }).click();
    await page.getByRole('table', { name: 'Groups' }).getByText('lord.architect').waitFor();
    await page.getByRole('list', { name: 'Events' }).getByText('workspace.created').waitFor();
    expect(new URL(page.url()).pathname).toMatch(/\/bus\/channels\/sys\.workspace\.lifecycle$/);
  });

  it('shows events as they are published, by this page and by others, and filters them', async () => {
    await page.getByRole('link', { name: 'Live tail' }).click();
    await page.getByText('Listening', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Publish' }).click();
    const dialog = page.getByRole('dialog', { name: 'Publish an event' });
    await dialog.getByLabel('Payload').fill('{"note": "from the page"');
    expect(await dialog.getByRole('button', { name: 'Publish' }).isDisabled()).toBe(true);
    await dialog.getByLabel('Payload').fill('{"note": "from the page"}');
    await dialog.getByRole('button', { name: 'Publish' }).click();
    const published = dialog.getByRole('link', { name: /^evt_/ });
    const eventId = (await published.textContent()) ?? '';
    await dialog.getByRole('button', { name: 'Close' }).last().click();

    const tail = page.getByRole('list', { name: 'Events' });
    await tail.getByText('test.event').first().waitFor();
    await dashboard.api().bus.publish({
      body: { channel: lifecycle, type: 'test.event', payload: { note: 'from elsewhere' } },
    });
    await expect.poll(() => tail.getByText('test.event', { exact: true }).count()).toBe(2);
    await page.getByRole('searchbox', { name: 'Filter the events' }).fill('elsewhere');
    await expect.poll(() => tail.getByText('test.event', { exact: true }).count()).toBe(1);

    await page.getByRole('searchbox', { name: 'Find an event by its id' }).fill(eventId);
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByText('from the page').first().waitFor();
    expect(page.url()).toContain(eventId);
  });

  it('shows a dead letter as it dies, gives it back, and discards it', async () => {
    await page.getByRole('link', { name: /^Dead letters/ }).click();
    await page.getByText('No dead letters').waitFor();
    await dashboard.api().bus.publish({
      body: {
        channel: research,
        type: 'lord_command',
        payload: {
          command: 'research',
          campaign_id: 'cmp_none',
          positioning: 'A bag.',
          personas: [],
          budget: null,
          timeline: { starts_on: '2026-01-01', ends_on: null },
          deadline: 60,
          agent_codes: ['RES-999'],
        },
      },
    });
    const letters = page.getByRole('list', { name: 'Dead letters' });
    await letters.getByText('RES-999').first().waitFor({ timeout: 20_000 });
    await page.getByRole('link', { name: 'Dead letters (1)' }).waitFor();
    const { items } = await dashboard.api().bus.deadLetters();
    await letters.getByText('lord_command').click();
    await letters.getByText('given up by the group guild.research').waitFor();
    await letters.getByRole('button', { name: 'Redrive' }).click();
    await page.getByText('1 dead letter given back to the group that failed.').waitFor();
    // It fails in the same way and is back, as another letter.
    const ids = async (): Promise<string[]> =>
      (await dashboard.api().bus.deadLetters()).items.map((letter) => letter.id);
    await expect.poll(ids, { timeout: 20_000 }).toHaveLength(1);
    expect(await ids()).not.toEqual(items.map((letter) => letter.id));

    const discard = letters.getByRole('button', { name: 'Discard' });
    if (!(await discard.isVisible())) await letters.getByText('lord_command').click();
    await discard.click();
    const dialog = page.getByRole('dialog', { name: /^Discard this dead letter/ });
    await dialog.getByRole('button', { name: 'Keep as it is' }).click();
    expect(await ids()).toHaveLength(1);
    await discard.click();
    await dialog.getByRole('button', { name: 'Discard' }).click();
    await page.getByText('No dead letters').waitFor();
    expect(await ids()).toEqual([]);
    expect(visit.problems).toEqual([]);
  });

  it('stands in the audit log with who did it, which is searched, verified and taken away', async () => {
    await goTo(page, 'Audit');
    const log = page.getByRole('list', { name: 'Audit log' });
    await log.getByText('Agent roster seeded').waitFor();
    // The operator gives back and discards what belongs to whatever workspace.
    await page.getByRole('link', { name: 'Installation', exact: true }).click();
    await log.getByText('Dead letter discard').first().waitFor();
    await log.getByText('Session sign in').first().waitFor();
    await page
      .getByRole('search', { name: 'Search the audit log' })
      .getByLabel('Action')
      .fill('dead_letter.redrive');
    await page.getByLabel('Phase').selectOption('outcome');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect.poll(() => log.getByRole('listitem').count()).toBe(1);
    await log.getByText('Dead letter redrive').click();
    await log.getByText('"changed": 1').waitFor();
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('The chain is whole.').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^audit-installation\.jsonl$/u);
    await expectNamedControls(page);
    expect(visit.problems).toEqual([]);
  });

  it('says when the server is gone, and is right again by itself when it is back', async () => {
    await goTo(page, 'Documents');
    await page.getByText('No document yet').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await dashboard.restart(async () => {
      await page.getByText('Reconnecting', { exact: true }).waitFor();
    });
    await page.getByText('Live', { exact: true }).waitFor({ timeout: 30_000 });
    await dashboard
      .api()
      .documents.create({ body: { title: 'Stored meanwhile', text: '# Stored meanwhile' } });
    await goTo(page, 'Campaigns');
    await goTo(page, 'Documents');
    await page.getByRole('link', { name: 'Stored meanwhile' }).waitFor();
    // What the console says of the time without a server is the browser's own report of failed connections.
    expect(visit.problems.filter((problem) => !/ERR_|WebSocket connection/.test(problem))).toEqual([]);
    await heading(page, 'Documents').waitFor();
  });
});
