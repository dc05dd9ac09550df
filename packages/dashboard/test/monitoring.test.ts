import type { Visit } from '@raptorflow/rig';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectNamedControls,
  expectNoSidewaysScroll,
  goTo,
  heading,
  openDashboard,
  type Dashboard,
} from './signed-in.ts';

/** A sample is taken every ten seconds. */
const sampled = { timeout: 30_000 } as const;
const metric = 'process_resident_memory_bytes';
const rule = 'memory_in_use';

const tab = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('navigation', { name: 'Alerts', exact: true }).getByRole('link', { name });

/** Over how many hours an address asks for history; NaN for any other. */
function hoursAsked(url: string): number {
  const { from = '', to = '' } = Object.fromEntries(new URL(url).searchParams);
  return (Date.parse(to) - Date.parse(from)) / 3_600_000;
}

// One story in one window: each test goes on where the one before it stopped.
describe('the pages of metrics and alerts', () => {
  let dashboard: Dashboard;
  let visit: Visit;
  let page: Page;
  beforeAll(async () => {
    dashboard = await openDashboard();
    visit = await dashboard.signedIn();
    ({ page } = visit);
    // How busy this machine is with tests must not raise alerts of its own.
    for (const name of ['host_cpu_high', 'host_memory_high']) {
      await dashboard.api().alerts.deleteRule({ params: { name }, query: { scope: 'installation' } });
    }
  });
  afterAll(() => dashboard.close());

  it('draws what traffic did, with figures, over the stretch and summed up as chosen', async () => {
    await goTo(page, 'Metrics');
    await page.getByRole('searchbox', { name: 'Find a metric' }).fill('http request');
    const found = page.getByRole('navigation', { name: 'Metrics', exact: true });
    await found.getByRole('link', { name: 'http_request_ms' }).click();
    await heading(page, 'Metrics').waitFor();
    // What the canvas shows is in its label, too.
    const chart = (aggregation: string): Locator =>
      page.getByRole('img', { name: new RegExp(`^http_request_ms, ${aggregation}.*\\d`, 'u') });
    await chart('p95').waitFor(sampled);
    await page
      .getByRole('figure')
      .getByText(/^\d[\d.]* (ms|s)$/u)
      .first()
      .waitFor();

    const choice = page.getByRole('main').getByRole('link', { name: 'count', exact: true });
    await choice.click();
    await chart('count').waitFor();
    expect(await choice.getAttribute('aria-current')).toBeTruthy();
    // The stretch before is read again and again, too.
    const answered = page.waitForResponse((answer) => hoursAsked(answer.url()) === 6 && answer.ok());
    await page.getByRole('link', { name: '6 hours', exact: true }).click();
    await answered;
    await chart('count').waitFor();
    const address = new URL(page.url());
    expect(Object.fromEntries(address.searchParams)).toMatchObject({ by: 'count', range: '6h' });
  });

  it('tries a new rule on the past before it is saved, and shows what it finds', async () => {
    await goTo(page, 'Alerts');
    await page.getByRole('link', { name: 'New rule' }).click();
    await heading(page, 'New alert rule').waitFor();
    const both = page.getByRole('button', { name: 'Save and switch on' });
    expect(await both.isDisabled()).toBe(true);
    await page.getByRole('combobox', { name: 'Metric' }).fill(metric);
    await page.getByLabel(/^Threshold/u).fill('0');
    await page.getByLabel('It has to hold for').fill('0 s');
    await page.getByLabel('Evaluated every').fill('1 s');
    // Whether an evaluation of the past falls behind the first sample, a few seconds old, depends on when the test began.
    await page.getByText(/^It would (?:have fired once and told somebody|not have fired)/u).waitFor(sampled);
    await page.getByText(/^Evaluated every \d+ (?:s|min) from /u).waitFor();
    await page.getByText(/^[01] a day$/u).waitFor();
    await page.getByLabel('Name', { exact: true }).fill(rule);
    await both.click();
    await heading(page, 'Alerts').waitFor();
    await page.getByRole('table', { name: 'Rules' }).getByRole('link', { name: rule, exact: true }).waitFor();
    const active = async (): Promise<string[]> =>
      (await dashboard.api().alerts.active({ query: { scope: 'installation' } })).data.map(
        ({ rule: name, state }) => `${name} ${state}`,
      );
    await expect.poll(active, sampled).toEqual([`${rule} firing`]);
  });

  it('shows the alert as active, takes that somebody has seen it, and silences it', async () => {
    await tab(page, /^Active/u).click();
    const alert = page.getByRole('article', { name: rule });
    await tab(page, 'Active (1 firing)').waitFor(sampled);
    await alert.getByText(/^\d[\d.]* MB$/u).waitFor();
    await alert.getByRole('button', { name: `Acknowledge ${rule}` }).click();
    const seen = page.getByRole('dialog', { name: `Acknowledge ${rule}` });
    await seen.getByLabel('Note (optional)').fill('It is meant to be used.');
    await seen.getByRole('button', { name: 'Acknowledge' }).click();
    await alert.getByText(/^Acknowledged by .*: It is meant to be used\.$/u).waitFor();
    expect(await alert.getByRole('button', { name: `Acknowledge ${rule}` }).count()).toBe(0);

    await alert.getByRole('button', { name: `Silence ${rule}` }).click();
    const silence = page.getByRole('dialog', { name: `Silence ${rule}` });
    await silence.getByText('Matches 1 of 1 active alert.').waitFor();
    await silence.getByLabel('Why').fill('Known.');
    await silence.getByRole('button', { name: 'Silence', exact: true }).click();
    await alert.getByText(/^Quiet until .*: Known\.$/u).waitFor(sampled);
    await tab(page, 'Silences').click();
    await page.getByRole('table', { name: 'Silences' }).getByText('Holds').waitFor();
  });

  it('adds a window of maintenance that names itself at what it keeps quiet, changes it and deletes it', async () => {
    await tab(page, 'Maintenance').click();
    await page.getByText('No maintenance is planned').waitFor();
    await page.getByRole('button', { name: 'New window' }).click();
    const adding = page.getByRole('dialog', { name: 'New window of maintenance' });
    await adding.getByLabel('When').selectOption('weekly');
    for (const day of ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']) {
      await adding.getByRole('checkbox', { name: day }).check();
    }
    await adding.getByLabel('Begins at').fill('0:00');
    await adding.getByLabel('Lasts').fill('1 d');
    await adding.getByText('Every day at 00:00 for 1 d, UTC.').waitFor();
    await adding.getByText('Matches 1 of 1 active alert.').waitFor();
    expect(await adding.getByRole('button', { name: 'Add', exact: true }).isDisabled()).toBe(true);
    await adding.getByLabel('Name', { exact: true }).fill('Backup');
    await adding.getByRole('button', { name: 'Add', exact: true }).click();
    const windows = page.getByRole('table', { name: 'Windows of maintenance' });
    await windows.getByText('Holds', { exact: true }).waitFor();
    await windows.getByText('Every alert').waitFor();
    await tab(page, /^Active/u).click();
    await page.getByText('Quiet during the maintenance window “Backup”.').waitFor(sampled);

    await tab(page, 'Maintenance').click();
    await windows.getByRole('button', { name: 'Change Backup' }).click();
    const changing = page.getByRole('dialog', { name: 'Change Backup' });
    await changing.getByLabel('When').selectOption('monthly');
    await changing.getByLabel('Day', { exact: true }).selectOption('last');
    await changing.getByRole('button', { name: 'Save' }).click();
    await windows.getByText('Last day of every month at 00:00 for 1 d, UTC').waitFor();

    await windows.getByRole('button', { name: 'Delete Backup' }).click();
    const deleting = page.getByRole('dialog', { name: 'Delete Backup?' });
    await deleting.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No maintenance is planned').waitFor();
  });

  it('keeps how the alert changed', async () => {
    await tab(page, 'History').click();
    const changes = page.getByRole('table', { name: 'Changes of alerts' }).getByRole('row');
    const began = changes.filter({ has: page.getByRole('link', { name: rule, exact: true }) });
    await began.filter({ hasText: /Inactive.*to.*Firing/su }).waitFor();
    expect(await began.count()).toBe(1);
    await page.getByLabel('State').selectOption('resolved');
    await began.waitFor({ state: 'detached' });
  });

  it('fits a phone and names every control', async () => {
    const phone = await dashboard.signedIn({ width: 390, height: 844 });
    const workspace = new URL(page.url()).pathname.split('/').slice(0, 3).join('/');
    const places = ['metrics', 'alerts', 'alerts/rules', 'alerts/new-rule', `alerts/rules/${rule}`];
    for (const place of [...places, 'alerts/history', 'alerts/silences', 'alerts/maintenance']) {
      await phone.page.goto(`${dashboard.server.url}${workspace}/${place}`);
      await phone.page.getByRole('heading', { level: 1 }).waitFor();
      await phone.page
        .getByRole('status', { name: /^(Loading|Reading)/u })
        .first()
        .waitFor({ state: 'detached' });
      await expectNoSidewaysScroll(phone.page);
      await expectNamedControls(phone.page);
    }
    await phone.page.getByRole('button', { name: 'New window' }).click();
    await phone.page.getByRole('dialog').getByLabel('When').selectOption('weekly');
    await expectNoSidewaysScroll(phone.page);
    await expectNamedControls(phone.page);
    expect(phone.problems).toEqual([]);
    await phone.close();
    expect(visit.problems).toEqual([]);
  });
});

describe('a server whose monitoring is switched off', () => {
  let dashboard: Dashboard;
  beforeAll(async () => {
    dashboard = await openDashboard({ METRICS: 'false' });
  });
  afterAll(() => dashboard.close());

  it('says so on the pages of metrics and alerts, and how to switch it on', async () => {
    const { page } = await dashboard.signedIn();
    for (const place of ['Metrics', 'Alerts']) {
      await goTo(page, place);
      await page.getByText('Monitoring is switched off').waitFor();
      await page.getByText('METRICS=true').waitFor();
      expect(await page.getByRole('alert').count()).toBe(0);
    }
    // Without it there is nothing to advise from, either, and nobody is asked for it.
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await goTo(page, 'Resources');
    await page.getByRole('link', { name: 'Advice', exact: true }).click();
    await page.getByText('Monitoring is switched off').waitFor();
    expect(asked.filter((path) => path.includes('/analytics/'))).toEqual([]);
  });
});
