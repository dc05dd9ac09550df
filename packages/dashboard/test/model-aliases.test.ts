import { createModelServer, type ModelServer, type Visit } from '@raptorflow/rig';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectNamedControls,
  expectNoSidewaysScroll,
  goTo,
  openDashboard,
  type Dashboard,
} from './signed-in.ts';

const rates = { input: 1_000_000, cachedInput: 100_000, cacheWrite: 1_000_000, output: 5_000_000 };

describe('the model aliases of a workspace', () => {
  let provider: ModelServer;
  let dashboard: Dashboard;
  let visit: Visit;
  let page: Page;
  const row = (alias: string): Locator =>
    page
      .getByRole('table', { name: 'Model aliases' })
      .getByRole('row')
      .filter({ has: page.getByText(alias, { exact: true }) });
  const called = async (model: string): Promise<string> => {
    const body = { model, messages: [{ role: 'user' as const, content: 'Hello' }], max_output_tokens: 50 };
    return (await dashboard.api().dispatch.dispatch({ body: { ...body, cache: false } })).model;
  };
  beforeAll(async () => {
    provider = createModelServer({
      prices: { 'gpt-6-sol': rates, 'gpt-6-luna': rates },
      answer: () => ({ text: 'Good morning.' }),
    });
    await provider.start();
    dashboard = await openDashboard({
      OPENAI_BASE_URL: `${provider.url}/v1`,
      OPENAI_API_KEY: 'key',
      OPENAI_MODEL: 'gpt-6-sol',
    });
    visit = await dashboard.signedIn();
    ({ page } = visit);
    await goTo(page, 'Settings');
  });
  afterAll(async () => {
    await dashboard.close();
    await provider.stop();
  });

  it('are chosen among what can be called, and the next call goes there', async () => {
    await row('fast').getByRole('button', { name: 'Change fast' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('combobox', { name: 'Stands for' }).fill('luna');
    await dialog.getByRole('option', { name: 'openai:gpt-6-luna' }).click();
    await dialog.getByRole('button', { name: 'Add a fallback' }).click();
    await dialog.getByRole('combobox', { name: 'Fallback 1' }).fill('offline');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await row('fast').getByText('set here').waitFor();
    await row('fast').getByText('openai:gpt-6-luna').waitFor();
    await row('fast').getByText('else offline').waitFor();
    expect(await called('fast')).toBe('gpt-6-luna');
  });

  it('of its own are added, refused with their reason, and removed', async () => {
    await page.getByRole('button', { name: 'New alias' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Alias', { exact: true }).fill('writer');
    await dialog.getByRole('combobox', { name: 'Stands for' }).fill('gemini-3.8-flash');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('Set GOOGLE_CLOUD_PROJECT').waitFor();
    await dialog.getByRole('combobox', { name: 'Stands for' }).fill('fast');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await row('writer').getByText('openai:gpt-6-luna').waitFor();
    expect(await called('writer')).toBe('gpt-6-luna');
    await row('writer').getByRole('button', { name: 'Change writer' }).click();
    await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await row('fast').waitFor();
    await row('writer').waitFor({ state: 'detached' });
  });

  it('are the installation’s again when they are left to it', async () => {
    await row('fast').getByRole('button', { name: 'Change fast' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'As installed' }).click();
    await dialog.waitFor({ state: 'detached' });
    await row('fast').getByText('openai:gpt-6-sol').waitFor();
    await row('fast').getByText('set here').waitFor({ state: 'detached' });
    expect(await called('fast')).toBe('gpt-6-sol');
    expect(visit.problems.filter((problem) => !problem.includes('422'))).toEqual([]);
  });

  it('fit a phone and name every control, the dialog too', async () => {
    const phone = await dashboard.signedIn({ width: 390, height: 844 });
    await phone.page.goto(page.url());
    await phone.page.getByRole('button', { name: 'Change heavy' }).click();
    await phone.page.getByRole('button', { name: 'Add a fallback' }).click();
    await expectNamedControls(phone.page);
    await phone.page.getByRole('button', { name: 'Cancel' }).click();
    await expectNoSidewaysScroll(phone.page);
    expect(phone.problems).toEqual([]);
    await phone.close();
  });
});
