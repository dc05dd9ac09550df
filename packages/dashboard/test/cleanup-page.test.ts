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

const name = 'Nightly letters';
const rowOf = (page: Page, table: string, text: string): Locator =>
  page.getByRole('table', { name: table, exact: true }).getByRole('row').filter({ hasText: text });

// One story in one window: each test goes on where the one before it stopped.
describe('the cleanup tasks of the page of resources', () => {
  let dashboard: Dashboard;
  let visit: Visit;
  let page: Page;
  let task: Locator;
  let dialog: Locator;
  beforeAll(async () => {
    dashboard = await openDashboard();
    visit = await dashboard.signedIn();
    ({ page } = visit);
    task = rowOf(page, 'Cleanup tasks', name);
    dialog = page.getByRole('dialog');
  });
  afterAll(() => dashboard.close());

  const stored = async () => {
    const { data } = await dashboard.api().cleanup.list();
    return data.tasks.find((one) => one.task_id === 'nightly_letters');
  };

  it('lists the server’s own tasks with when they run, and that nothing has run', async () => {
    await goTo(page, 'Resources');
    await page
      .getByRole('navigation', { name: 'Resources', exact: true })
      .getByRole('link', { name: 'Cleanup' })
      .click();
    const hourly = rowOf(page, 'Cleanup tasks', 'Hourly resource cleanup');
    await hourly.getByText('Every hour (UTC)').waitFor();
    await hourly.getByText(/^next in /u).waitFor();
    await rowOf(page, 'Cleanup tasks', 'Cleanup when memory is short')
      .getByText('When system_memory_percent is above 85, until it is back at 80')
      .waitFor();
    await page.getByText('no run yet').waitFor();
    await page.getByText('Nothing has run yet').waitFor();
    const { total } = await dashboard.api().cleanup.list();
    // Rows and the line of headers.
    expect(
      await page.getByRole('table', { name: 'Cleanup tasks', exact: true }).getAttribute('aria-rowcount'),
    ).toBe(String(total + 1));
  });

  it('adds a task, and says beside each field what is wrong with it, the server’s refusals too', async () => {
    await page.getByRole('button', { name: 'New task' }).click();
    const add = dialog.getByRole('button', { name: 'Add the task' });
    await dialog.getByLabel('What it does').selectOption('dead_letters.retention');
    await dialog.getByText('Gives up dead letters that are older than so many days.').waitFor();
    await dialog.getByLabel(/^Keep days/u).fill('0');
    await dialog.getByLabel('It runs').selectOption('threshold');
    await add.click();
    for (const problem of ['Give it a name.', 'Above 0, at most 3650.', 'Choose a metric.']) {
      await dialog.getByText(problem).waitFor();
    }
    await dialog.getByLabel('Name').fill(name);
    await dialog.getByLabel(/^Keep days/u).fill('7');
    await dialog.getByLabel('It runs').selectOption('cron');
    const pattern = dialog.getByRole('combobox', { name: 'Pattern' });
    await pattern.fill('30 2 * * 1-5');
    await dialog.getByText('Every Monday to Friday at 02:30.').waitFor();
    await pattern.fill('99 2 * * *');
    await dialog.getByRole('combobox', { name: 'Time zone' }).fill('Europe/Berlin');
    // The keyboard is enough, and closes the list over the buttons.
    await page.keyboard.press('Tab');
    await add.click();
    await dialog.getByText(/^"99 2 \* \* \*" is not a cron pattern \(/u).waitFor();
    expect(await pattern.getAttribute('aria-invalid')).toBe('true');
    expect(await dialog.getByRole('alert').count()).toBe(0);
    await pattern.fill('30 2 * * 1-5');
    expect(await pattern.getAttribute('aria-invalid')).toBe('false');
    await dialog.getByText('When it fails, is late or takes long').click();
    await dialog.getByLabel('Tried again').fill('0');
    await add.click();
    await dialog.waitFor({ state: 'detached' });
    await task.getByText('Every Monday to Friday at 02:30 (Europe/Berlin)').waitFor();
    await task.getByText('dead_letters.retention keep_days=7').waitFor();
    expect(await stored()).toMatchObject({
      name,
      parameters: { keep_days: 7 },
      trigger: { kind: 'cron', pattern: '30 2 * * 1-5', time_zone: 'Europe/Berlin' },
      retry_count: 0,
      timeout_seconds: 300,
      enabled: true,
    });
  });

  it('tells of a name that is taken at its field', async () => {
    await page.getByRole('button', { name: 'New task' }).click();
    await dialog.getByLabel('Name').fill(name);
    await dialog.getByRole('button', { name: 'Add the task' }).click();
    await dialog.getByText(/^There is a cleanup task "nightly_letters" already/u).waitFor();
    expect(await dialog.getByLabel('Id (optional)').getAttribute('aria-invalid')).toBe('true');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
  });

  it('runs a task now, shows that it runs and what came of it, and keeps it', async () => {
    const waiting = holdBack(page);
    await waiting.begin();
    await task.getByRole('button', { name: `Run ${name} now` }).click();
    await task.getByText('Running', { exact: true }).waitFor();
    expect(await task.getByRole('button', { name: `Run ${name} now` }).isDisabled()).toBe(true);
    await waiting.end();
    await page.getByText(/^“Nightly letters” ran\. 0 dead letters were given up\. It took /u).waitFor();
    await task.getByText('100 % of 1').waitFor();
    await task.getByText('nothing to remove').waitFor();
    const run = rowOf(page, 'Runs of cleanup tasks', name);
    await run.getByText('Done', { exact: true }).waitFor();
    await run.getByText('by hand').waitFor();
    await page.getByRole('button', { name: 'Take the result off the page' }).click();
    await page.getByText(/^“Nightly letters” ran\./u).waitFor({ state: 'detached' });
  });

  it('changes only what somebody changed, and switches a task off', async () => {
    await dashboard.api().cleanup.update({
      params: { task_id: 'nightly_letters' },
      body: { priority: 'critical', timeout_seconds: 0.25 },
    });
    await page.reload();
    await task.getByRole('button', { name: `Change ${name}` }).click();
    await dialog.getByLabel('Note').fill('Of no use.');
    await dialog.getByLabel('It runs').selectOption('interval');
    await dialog.getByLabel('Every', { exact: true }).fill('1 d');
    const sent = page.waitForRequest((request) => request.method() === 'PATCH');
    await dialog.getByRole('button', { name: 'Save' }).click();
    expect((await sent).postDataJSON()).toEqual({
      description: 'Of no use.',
      trigger: { kind: 'interval', every_seconds: 86_400 },
    });
    await dialog.waitFor({ state: 'detached' });
    await task.getByText('Of no use.').waitFor();
    await task.getByRole('switch', { name: `${name} is switched on` }).click();
    await task.getByText('not while it is switched off').waitFor();
    expect(await stored()).toMatchObject({ enabled: false, priority: 'critical', timeout_seconds: 0.25 });
  });

  it('shows why a run failed', async () => {
    const run = () => dashboard.api().cleanup.run({ params: { task_id: 'nightly_letters' } });
    const change = (timeoutSeconds: number) =>
      dashboard.api().cleanup.update({
        params: { task_id: 'nightly_letters' },
        body: { timeout_seconds: timeoutSeconds },
      });
    // How long the work takes is the machine's; a millisecond is too short for it sooner or later.
    await change(0.001);
    await expect.poll(async () => (await run()).data.success, { timeout: 30_000, interval: 1 }).toBe(false);
    await change(60);
    await page.reload();
    const failed = rowOf(page, 'Runs of cleanup tasks', 'Failed').first();
    await failed.getByText(/did not answer within 1 ms\. timeout$/u).waitFor();
    await task.getByText(/ failed$/u).waitFor();
  });

  it('reads older runs page by page, of one task when the address says so', async () => {
    const params = { task_id: 'nightly_letters' };
    const pageMax = 50;
    while ((await stored())?.run_count !== pageMax + 5) await dashboard.api().cleanup.run({ params });
    await dashboard.api().cleanup.run({ params: { task_id: 'resource_cleanup_hourly' } });
    await page.reload();
    const runs = page.getByRole('table', { name: 'Runs of cleanup tasks' });
    await rowOf(page, 'Runs of cleanup tasks', 'Hourly resource cleanup').waitFor();
    const older = page.waitForResponse((answer) => new URL(answer.url()).searchParams.has('cursor'));
    await page.getByLabel('Task', { exact: true }).selectOption('nightly_letters');
    expect(new URL(page.url()).searchParams.get('task')).toBe('nightly_letters');
    await rowOf(page, 'Runs of cleanup tasks', 'Hourly resource cleanup').waitFor({ state: 'detached' });
    await runs.waitFor();
    await page.mouse.wheel(0, 50_000);
    expect((await older).ok()).toBe(true);
    // Rows and the line of headers: all are there, and no page is left.
    await expect.poll(() => runs.getAttribute('aria-rowcount')).toBe(String(pageMax + 5 + 1));
    await page.mouse.wheel(0, -50_000);
  });

  it('deletes a task after asking, and keeps its history', async () => {
    await task.getByRole('button', { name: `Delete ${name}` }).click();
    await dialog.getByText(/its history stays/u).waitFor();
    await dialog.getByRole('button', { name: 'Delete it' }).click();
    await dialog.waitFor({ state: 'detached' });
    await task.waitFor({ state: 'detached' });
    expect(await stored()).toBeUndefined();
    await rowOf(page, 'Runs of cleanup tasks', 'nightly_letters').first().waitFor();
    expect(visit.problems.filter((problem) => !/ 4(?:09|22) /u.test(problem))).toEqual([]);
  });

  it('fits a phone and names every control, in the dialog with every kind of trigger', async () => {
    const phone = await dashboard.signedIn({ width: 390, height: 844 });
    const address = new URL(page.url());
    await phone.page.goto(`${address.origin}${address.pathname}`);
    await heading(phone.page, 'Resources').waitFor();
    await rowOf(phone.page, 'Cleanup tasks', 'Hourly resource cleanup').waitFor();
    await expectNoSidewaysScroll(phone.page);
    await expectNamedControls(phone.page);
    await phone.page.getByRole('button', { name: 'New task' }).click();
    const form = phone.page.getByRole('dialog');
    await form.getByText('When it fails, is late or takes long').click();
    for (const kind of ['cron', 'interval', 'once', 'threshold', 'health', 'event', 'manual']) {
      await form.getByLabel('It runs').selectOption(kind);
      await expectNoSidewaysScroll(phone.page);
      await expectNamedControls(phone.page);
    }
    expect(phone.problems).toEqual([]);
    await phone.close();
  });
});

/** Keeps what the server answers to a run from the page until it may have it. */
function holdBack(page: Page) {
  const path = /\/cleanup\/tasks\/[^/]+\/run$/u;
  const [gate, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  return {
    begin: () =>
      page.route(path, async (route) => {
        const response = await route.fetch();
        await gate.promise;
        await route.fulfill({ response });
        answered.resolve();
      }),
    end: async () => {
      gate.resolve();
      await answered.promise;
      await page.unroute(path);
    },
  };
}
