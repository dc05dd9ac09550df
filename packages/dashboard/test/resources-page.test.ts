import { overrunQuota, type Visit } from '@raptorflow/rig';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answering, leaksAmong, openThings, summaryOf, waitingRequest } from './open-things.ts';
import {
  expectNamedControls,
  expectNoSidewaysScroll,
  goTo,
  heading,
  openDashboard,
  type Dashboard,
} from './signed-in.ts';

const base = '/api/v1/metrics';
const views = ['', '/leaks', '/quotas'] as const;

const tab = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('navigation', { name: 'Resources', exact: true }).getByRole('link', { name });
const rowOf = (page: Page, table: string, text: string): Locator =>
  page.getByRole('table', { name: table }).getByRole('row').filter({ hasText: text });

// One story in one window: each test goes on where the one before it stopped.
describe('the page of resources', () => {
  let dashboard: Dashboard;
  let visit: Visit;
  let page: Page;
  let workspaceId = '';
  beforeAll(async () => {
    dashboard = await openDashboard();
    workspaceId = (await dashboard.api().workspaces.list()).items[0]?.id ?? '';
    visit = await dashboard.signedIn();
    ({ page } = visit);
  });
  afterAll(() => dashboard.close());

  it('says what to do while the workspace has nothing open, and looks for leaks when asked', async () => {
    await goTo(page, 'Resources');
    await page.getByRole('link', { name: 'This workspace', exact: true }).click();
    await page.getByText('start a campaign to see some').waitFor();
    await tab(page, 'Leaks').click();
    await page.getByText('Nothing was forgotten').waitFor();
    expect(await page.getByText('not known yet').count()).toBe(2);
    await page.getByRole('button', { name: 'Look now' }).click();
    await page.getByText(/^\d+ resources were looked at, \d+ leaks found\.$/u).waitFor();
  });

  it('adds a quota of the workspace, and says beside each field what is wrong with it', async () => {
    await tab(page, 'Quotas').click();
    await page.getByRole('button', { name: 'New quota' }).click();
    const dialog = page.getByRole('dialog', { name: 'New quota' });
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('Give it a name.').waitFor();
    await dialog.getByText('Write a whole number above 0.').waitFor();
    await dialog.getByLabel('Name').fill('Tokens a day');
    await dialog.getByRole('combobox', { name: 'Of what' }).fill('llm_tokens');
    await dialog.getByLabel('Counts for').selectOption('workspace');
    await dialog.getByLabel('Limit', { exact: true }).fill('1,000');
    await dialog.getByLabel('Within').selectOption('day');
    await dialog.getByLabel('Time zone').fill('Mars/Olympus');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('must be a time zone of the IANA database').waitFor();
    await dialog.getByLabel('Time zone').fill('Europe/Berlin');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await rowOf(page, 'Quotas', 'Tokens a day').getByText('0 of 1,000').waitFor();
    const { data } = await dashboard.api().quotas.list({ query: { scope: 'workspace' } });
    expect(data.quotas.find(({ name }) => name === 'Tokens a day')).toMatchObject({
      workspace_id: workspaceId,
      resource_type: 'llm_tokens',
      limit: 1_000,
      period: 'day',
      time_zone: 'Europe/Berlin',
      action: 'block',
    });
  });

  it('shows what is used, what did not fit, and that somebody has dealt with it', async () => {
    const subject = { resource: 'llm_tokens', workspaceId, userId: dashboard.server.userId };
    const overrun = { subject, granted: 400, refused: 700 };
    await dashboard.restart(async () =>
      expect(await overrunQuota(dashboard.home, overrun)).toBe('exhausted'),
    );
    await page.reload();
    const row = rowOf(page, 'Quotas', 'Tokens a day');
    await row.getByRole('meter', { name: 'Tokens a day: 400 of 1,000 used, 40 %' }).waitFor();
    const violation = rowOf(page, 'Violations', 'Tokens a day');
    await violation.getByText('700 asked, 100 above 1,000').waitFor();
    await violation.getByText('Refused', { exact: true }).waitFor();
    await violation.getByRole('button', { name: 'Resolve the violation of Tokens a day' }).click();
    await page.getByText('Nothing is left to deal with').waitFor();
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await violation.getByText(/^dealt with by /u).waitFor();
  });

  it('changes, resets and deletes a quota, each after asking', async () => {
    const row = rowOf(page, 'Quotas', 'Tokens a day');
    const dialog = page.getByRole('dialog');
    await row.getByRole('button', { name: 'Change Tokens a day' }).click();
    await dialog.getByLabel('Limit', { exact: true }).fill('500');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await row.getByText('400 of 500').waitFor();
    await row.getByRole('button', { name: 'Reset Tokens a day' }).click();
    await dialog.getByRole('button', { name: 'Reset it' }).click();
    await row.getByText('0 of 500').waitFor();
    await row.getByRole('button', { name: 'Delete Tokens a day' }).click();
    await dialog.getByRole('button', { name: 'Delete it' }).click();
    await row.waitFor({ state: 'detached' });
    expect((await dashboard.api().audit.list({ query: { action: 'quota.' } })).items.length).toBeGreaterThan(
      0,
    );
  });

  it('lets the operator change the installation’s quotas, and in the workspace only shows them', async () => {
    const row = rowOf(page, 'Quotas', 'File handles per user');
    await row.getByText('set for the installation').waitFor();
    expect(await row.getByRole('button').count()).toBe(0);
    await page.getByRole('link', { name: 'Installation', exact: true }).click();
    await row.getByRole('button', { name: 'Change File handles per user' }).waitFor();
    const reset = row.getByRole('button', { name: 'Reset File handles per user' });
    expect([await reset.isDisabled(), await reset.getAttribute('title')]).toEqual([
      true,
      'What is held comes back by release and cannot be reset.',
    ]);
    expect(visit.problems.filter((problem) => !/422|502|ERR_/u.test(problem))).toEqual([]);
  });

  // What this server has open itself differs from one version to the next: the answers below are put in its place.
  describe('with things open', () => {
    let other: Visit;
    const posted: string[] = [];
    beforeAll(async () => {
      other = await dashboard.signedIn();
      ({ page } = other);
      const things = openThings(workspaceId);
      const leaks = leaksAmong(things);
      const inAddress = (name: string): ((value: string) => boolean) => {
        const asked = new URL(page.url()).searchParams.get(name);
        return (value) => asked === null || asked === value;
      };
      await answering(page, `${base}/resources/summary`, () => ({ data: summaryOf(things, leaks.length) }));
      await answering(page, `${base}/resources`, () => {
        const [ofType, inStatus] = [inAddress('type'), inAddress('status')];
        return { data: things.filter((one) => ofType(one.resource_type) && inStatus(one.status)) };
      });
      await answering(page, `${base}/resources/leaks`, () => ({ data: leaks, total: leaks.length }));
      await answering(page, `${base}/quotas`, ({ data }) => ({
        data: { ...(data as object), approvals: [waitingRequest(workspaceId, 'memory_per_user')] },
      }));
      await page.route(
        /\/resources\/leaks\/|\/quotas\/approvals\/|\/resources\/cleanup\//u,
        async (route) => {
          const { pathname, searchParams } = new URL(route.request().url());
          posted.push(`${pathname} ${route.request().postData() ?? ''} ${searchParams}`);
          await route.fulfill({ json: answerTo(pathname, route.request().postData()) });
        },
      );
      await page.goto(`${dashboard.server.url}/w/${workspaceId}/resources?scope=workspace`);
    });
    afterAll(async () => {
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      await other.close();
    });

    it('lists each with whose it is, and filters by kind and status in the address', async () => {
      const forgotten = rowOf(page, 'Resources', 'fh_1');
      await forgotten.getByText('Leaked', { exact: true }).waitFor();
      await forgotten.getByText('3 h 10 min').waitFor();
      await forgotten.getByText('openIndex (file:///srv/agents/search.ts:41:19)').waitFor();
      const run = forgotten.getByRole('link', { name: 'run_…9a8058' });
      expect(await run.getAttribute('href')).toContain('/runs/run_01890a5d-ac96-774b-bcce-b302099a8058');
      const elsewhere = rowOf(page, 'Resources', 'tmp_1');
      await elsewhere.getByText('workspace wsp_elsewhere').waitFor();
      expect(await elsewhere.getByRole('link').count()).toBe(0);
      await page.getByLabel('Kind', { exact: true }).selectOption('file_handle');
      await rowOf(page, 'Resources', 'prc_1').waitFor({ state: 'detached' });
      await page.getByLabel('Status', { exact: true }).selectOption('active');
      await forgotten.waitFor({ state: 'detached' });
      await rowOf(page, 'Resources', 'fh_2').waitFor();
      const address = new URL(page.url()).searchParams;
      expect([address.get('type'), address.get('status')]).toEqual(['file_handle', 'active']);
    });

    it('asks before it closes a kind, forces it only when told to, and says what was closed', async () => {
      await page.getByRole('button', { name: 'Close Process' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Keep as it is' }).click();
      await page.getByRole('button', { name: 'Close Process' }).click();
      await dialog.getByRole('button', { name: 'Close what is not in use' }).waitFor();
      await dialog.getByLabel('Also what is in use').check();
      await dialog.getByRole('button', { name: 'Close all of them' }).click();
      await dialog.getByText(/^3 resources were closed, 1 could not be closed\. 2\.0 MB freed/u).waitFor();
      await dialog.getByText('It does not answer.').waitFor();
      await dialog.getByRole('button', { name: 'Done' }).click();
      expect(posted).toEqual([`${base}/resources/cleanup/process  scope=workspace&force=true`]);
    });

    it('shows leaks with evidence, place and what to do, and takes an admin’s verdict', async () => {
      await tab(page, 'Leaks (2)').click();
      await page.getByText('precision: 41 of 43 decided ones').waitFor();
      const [worst, growth] = [page.getByRole('article').first(), page.getByRole('article').last()];
      await worst.getByText('Critical').waitFor();
      expect(await worst.textContent()).toMatch(
        /^Critical.*Usual lifetime4\.2 s.*openIndex.*What to do:.*URGENT/u,
      );
      expect(await growth.textContent()).toMatch(/^Medium.*From84\.0 MBTo171 MB/u);
      expect(await growth.getByRole('button').count()).toBe(0);
      await worst.getByRole('button', { name: 'Right' }).click();
      await worst.getByText('You said: right').waitFor();
      expect(posted.at(-1)).toBe(`${base}/resources/leaks/leak_1/verdict {"right":true} scope=workspace`);
    });

    it('shows who waits for more than a quota allows, and answers', async () => {
      await tab(page, 'Quotas (1 waiting)').click();
      const waiting = page.getByRole('list', { name: 'Requests that wait' }).getByRole('listitem');
      await waiting.getByText(/98,000 of 100,000/u).waitFor();
      await waiting.getByRole('button', { name: 'Approve 5,000 for Memory per user' }).click();
      await expect
        .poll(() => posted.at(-1))
        .toBe(`${base}/quotas/approvals/qap_1 {"approve":true} scope=workspace`);
      expect(other.problems).toEqual([]);
    });
  });

  it('fits a phone and names every control, the dialogs too', async () => {
    const phone = await dashboard.signedIn({ width: 390, height: 844 });
    for (const view of views) {
      await phone.page.goto(`${dashboard.server.url}/w/${workspaceId}/resources${view}`);
      await heading(phone.page, 'Resources').waitFor();
      await phone.page.getByRole('status', { name: /^(Loading|Reading)/u }).waitFor({ state: 'detached' });
      await expectNoSidewaysScroll(phone.page);
      await expectNamedControls(phone.page);
    }
    await phone.page.getByRole('button', { name: 'New quota' }).click();
    await phone.page.getByLabel('Kind').selectOption('burst');
    await expectNamedControls(phone.page);
    expect(phone.problems).toEqual([]);
    await phone.close();
  });
});

function answerTo(pathname: string, body: string | null): object {
  if (pathname.includes('/cleanup/')) {
    const data = {
      resource_type: 'process',
      resources_cleaned: 3,
      bytes_freed: 2_000_000,
      resources_failed: 1,
      resources_active: 0,
      failures: [{ resource_id: 'prc_1', error: 'It does not answer.' }],
      execution_time_seconds: 0.02,
    };
    return { status: 'success', data, message: '3 resources were closed, 1 could not be closed.' };
  }
  const said = JSON.parse(body ?? '{}') as { right?: boolean; approve?: boolean };
  const data =
    said.right === undefined
      ? { approval_id: 'qap_1', approved: said.approve }
      : { leak_id: 'leak_1', right: said.right };
  return { status: 'success', data, message: 'Noted.' };
}
