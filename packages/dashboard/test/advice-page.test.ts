import type { WireRecommendation } from '@raptorflow/contract';
import type { Visit } from '@raptorflow/rig';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  forecastNow,
  leakingSeries,
  patternsNow,
  profilesNow,
  recommendationsNow,
} from './advised-things.ts';
import { answering } from './open-things.ts';
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
const base = '/api/v1/metrics/analytics';

const rowOf = (page: Page, text: string): Locator =>
  page.getByRole('table', { name: 'How things are used' }).getByRole('row').filter({ hasText: text });

// One story in one window: each test goes on where the one before it stopped.
describe('the advice of the page of resources', () => {
  let dashboard: Dashboard;
  let visit: Visit;
  let page: Page;
  beforeAll(async () => {
    dashboard = await openDashboard();
    visit = await dashboard.signedIn();
    ({ page } = visit);
  });
  afterAll(() => dashboard.close());

  it('advises nothing where nothing has been measured', async () => {
    await goTo(page, 'Resources');
    // A workspace in which nothing has run has used nothing; the server itself may have been looked at.
    await page.getByRole('link', { name: 'This workspace', exact: true }).click();
    await page
      .getByRole('navigation', { name: 'Resources', exact: true })
      .getByRole('link', { name: 'Advice' })
      .click();
    await page.getByText('Not enough data yet').waitFor();
    await page.getByText('Nothing has been measured yet').waitFor();
    expect(await page.getByRole('heading', { name: 'What comes' }).count()).toBe(0);
  });

  it('says of what was measured for too short a time how many samples are missing', async () => {
    const history = () =>
      dashboard.api().metrics.history({ query: { metric: 'system_memory_percent', scope: 'installation' } });
    await expect.poll(async () => (await history()).data.length, sampled).toBeGreaterThan(0);
    // Usage is looked at when the server starts, and then every five minutes.
    await dashboard.restart();
    const profiles = () => dashboard.api().analytics.profiles({ query: { scope: 'installation' } });
    await expect.poll(async () => (await profiles()).total, sampled).toBeGreaterThan(0);
    await page.goto(`${page.url().split('?')[0]}?series=system_memory_percent`);
    await rowOf(page, 'Memory')
      .getByText(/^Not enough data: \d of 10 samples are there, \d+ are missing\.$/u)
      .waitFor();
    await page.getByRole('meter', { name: /^\d+ of \d+ samples for a forecast$/u }).waitFor();
    await page.getByText(/^0 patterns, \d+ questions open for lack of samples$/u).waitFor();
    expect(visit.problems.filter((problem) => !/ERR_|502/u.test(problem))).toEqual([]);
  });

  // Two weeks of usage cannot be waited for: the answers below are put in place of the server’s.
  describe('with two weeks of usage', () => {
    let other: Visit;
    const posted: string[] = [];
    let files: WireRecommendation;
    let memory: WireRecommendation;
    let refuse = true;
    beforeAll(async () => {
      other = await dashboard.signedIn();
      const address = page.url().split('?')[0] ?? '';
      ({ page } = other);
      [files, memory] = recommendationsNow();
      await putUsage(page, () => [files, memory]);
      await page.route(/\/recommendations\/[^/]+\/apply/u, async (route) => {
        const { pathname, searchParams } = new URL(route.request().url());
        posted.push(`${pathname} ${searchParams}`);
        if (refuse) {
          const error = { code: 'unavailable', message: 'The registry is away.', details: {} };
          return route.fulfill({ status: 409, json: { error, correlation_id: 'cor_1' } });
        }
        files = { ...files, state: 'applied', applicable: false, application };
        return route.fulfill({ json: { status: 'success', data: files, message: application.result } });
      });
      await page.goto(address);
    });
    afterAll(async () => {
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      await other.close();
    });

    it('shows what to do, how urgent, what it saves, and on what evidence', async () => {
      await page.getByText('2 things to do').waitFor();
      const leak = page.getByRole('article', { name: 'Release leaked temporary file' });
      expect(await leak.textContent()).toMatch(
        /^High.*670 resources came together.*what is no longer used is released.*Effortlittle work.*Savesabout 670 resources.*a pattern: only ever rises, 99\.9 % sure/u,
      );
      await leak.getByText('What it was seen by').click();
      await leak.getByText('336 samples of 14 days').waitFor();
      expect(await leak.textContent()).toMatch(/Changes that are rises97 %.*Restarts0/u);
      const growth = page.getByRole('article', { name: 'Raise the limit of memory' });
      await growth.getByText('Only people can do this: follow its steps.').waitFor();
      await growth.getByText('Set the limit to 190.').waitFor();
      expect(await growth.getByRole('button').count()).toBe(0);
    });

    it('filters by priority and kind in the address', async () => {
      await page.getByLabel('Priority').selectOption('medium');
      await page
        .getByRole('article', { name: 'Release leaked temporary file' })
        .waitFor({ state: 'detached' });
      await page.getByLabel('Kind of advice').selectOption('cleanup');
      await page.getByText('Nothing of that kind is advised').waitFor();
      expect(new URL(page.url()).search).toBe('?priority=medium&kind=cleanup');
      await page.getByLabel('Priority').selectOption('');
      await page.getByLabel('Kind of advice').selectOption('');
      await page.getByText('2 things to do').waitFor();
    });

    it('says what will be changed before it is carried out, then why it was not, then what was done', async () => {
      const carryOut = page.getByRole('button', { name: 'Carry out: Release leaked temporary file' });
      await carryOut.click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText(/of “Temporary file”, in every workspace.*cannot be undone/u).waitFor();
      await dialog.getByRole('button', { name: 'Keep as it is' }).click();
      expect(posted).toEqual([]);
      await carryOut.click();
      await dialog.getByRole('button', { name: 'Carry it out' }).click();
      await dialog.getByText('It was not carried out: The registry is away.').waitFor();
      refuse = false;
      await dialog.getByRole('button', { name: 'Carry it out' }).click();
      await dialog.getByText('12 resources of the kind temporary_file were closed.').waitFor();
      await dialog.getByRole('button', { name: 'Done' }).click();
      const leak = page.getByRole('article', { name: 'Release leaked temporary file' });
      await leak.getByText('Carried out', { exact: true }).waitFor();
      await leak.getByText(/^Carried out by Ada \(/u).waitFor();
      expect(await carryOut.count()).toBe(0);
      await page.getByText('1 thing to do').waitFor();
      expect(posted).toEqual(
        Array.from({ length: 2 }, () => `${base}/recommendations/adv_files/apply scope=installation`),
      );
    });

    it('draws what comes with its bounds, and says when the limit is reached', async () => {
      // What the canvas shows is in its label, too.
      const chart = page.getByRole('img', {
        name: /^Memory, forecast\..*Expected: at the end 113 %.*Highest: at the end 115 %.*Lowest: /u,
      });
      await chart.waitFor();
      await page.getByText(/^The limit of 100 % is reached at about .*, at the earliest /u).waitFor();
      await page
        .getByText(/^By Holt-Winters from 336 samples, a season of 1 day; the band holds 95 %/u)
        .waitFor();
      const asked = page.waitForRequest((request) => request.url().includes('horizon_hours=168'));
      await page.getByRole('button', { name: '7 days', exact: true }).click();
      await asked;
      await rowOf(page, 'Temporary file')
        .getByRole('link', { name: /^Forecast Temporary file/u })
        .click();
      await page.getByRole('img', { name: /^Temporary file: status idle, forecast/u }).waitFor();
      expect(new URL(page.url()).searchParams.get('series')).toBe(leakingSeries);
      await page.getByLabel('Of what').selectOption('system_memory_percent');
      await chart.waitFor();
    });

    it('shows how things are used over the window that says something, or over another', async () => {
      const row = rowOf(page, 'Temporary file');
      for (const figure of ['356 resources', '691 resources', '+2 resources', '44 %', '48 %', '330']) {
        await row
          .getByRole('cell')
          .filter({ hasText: new RegExp(`^${figure.replace('+', '\\+')}`, 'u') })
          .waitFor();
      }
      // A slope that is smaller than its own error is none.
      await rowOf(page, 'Memory').getByText(/^none/u).waitFor();
      await page.getByRole('button', { name: '1 day', exact: true }).last().click();
      await row.getByText('Not enough data: 3 of 10 samples are there, 7 are missing.').waitFor();
      const seen = page.getByRole('article', { name: /^Only ever rises Temporary file/u });
      await seen.getByText('691 resources').waitFor();
      expect(other.problems.filter((problem) => !/ 409 /u.test(problem))).toEqual([]);
    });

    it('fits a phone and names every control', async () => {
      const phone = await dashboard.signedIn({ width: 390, height: 844 });
      await putUsage(phone.page, recommendationsNow);
      await phone.page.goto(page.url());
      await heading(phone.page, 'Resources').waitFor();
      await phone.page.getByRole('img', { name: /^Memory, forecast/u }).waitFor();
      await expectNoSidewaysScroll(phone.page);
      await expectNamedControls(phone.page);
      await phone.page.getByRole('button', { name: /^Carry out: / }).click();
      await expectNoSidewaysScroll(phone.page);
      await expectNamedControls(phone.page);
      expect(phone.problems).toEqual([]);
      await phone.page.unrouteAll({ behavior: 'ignoreErrors' });
      await phone.close();
    });
  });
});

const application = {
  by: 'Ada',
  at: new Date().toISOString(),
  outcome: 'applied',
  result: '12 resources of the kind temporary_file were closed',
} as const;

/** Lets the page read two weeks of usage and what follows from it. */
async function putUsage(page: Page, advice: () => readonly WireRecommendation[]): Promise<void> {
  const isAsked = (name: string, value: string): boolean => {
    const asked = new URL(page.url()).searchParams.get(name);
    return asked === null || asked === value;
  };
  await answering(page, `${base}/recommendations`, () => {
    const data = advice().filter(
      (one) => isAsked('priority', one.priority) && isAsked('kind', one.optimization_type),
    );
    return { data, total: data.length };
  });
  await answering(page, `${base}/patterns`, () => ({ data: patternsNow(), undecided: 0 }));
  await answering(page, `${base}/profiles`, () => ({ data: profilesNow() }));
  await page.route(
    (url) => url.pathname === `${base}/forecast`,
    (route) => route.fulfill({ json: { status: 'success', data: forecastNow(), message: '' } }),
  );
}
