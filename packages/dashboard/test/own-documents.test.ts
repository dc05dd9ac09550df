import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import type { Visit } from '@raptorflow/rig';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goTo, heading, openDashboard, type Dashboard } from './signed-in.ts';

const folder = fileURLToPath(new URL('../../../examples/campaigns/frostpannier/documents/', import.meta.url));
const mediaTypes: Readonly<Record<string, string>> = {
  '.md': 'text/markdown',
  '.txt': 'text/plain',
  '.html': 'text/html',
  '.csv': 'text/csv',
};

/** Drops files on an element, as from the desktop. */
async function drop(target: Locator, names: readonly string[]): Promise<void> {
  const files = names.map((name) => ({
    name,
    type: mediaTypes[extname(name)] ?? '',
    text: readFileSync(`${folder}${name}`, 'utf8'),
  }));
  const dataTransfer = await target.page().evaluateHandle((list) => {
    const transfer = new DataTransfer();
    for (const { name, type, text } of list) transfer.items.add(new File([text], name, { type }));
    return transfer;
  }, files);
  await target.dispatchEvent('drop', { dataTransfer });
}

// One story in one window: each test goes on where the one before it stopped.
describe('a campaign from my own documents', () => {
  let dashboard: Dashboard;
  let visit: Visit;
  let page: Page;
  beforeAll(async () => {
    dashboard = await openDashboard();
    visit = await dashboard.signedIn();
    ({ page } = visit);
  });
  afterAll(() => dashboard.close());

  it('takes files that are dropped, and the brief fills itself with what they say, quoted', async () => {
    await goTo(page, 'Campaigns');
    await page.getByRole('link', { name: 'New campaign' }).first().click();
    await heading(page, 'New campaign').waitFor();
    const run = page.getByRole('button', { name: 'Run the campaign' });
    expect(await run.isDisabled()).toBe(true);

    const names = readdirSync(folder);
    await drop(page.getByText('Drop files here, or choose them'), names);
    await page.getByText(`${names.length} chosen`).waitFor();
    await page.getByText(/\d+ quotes below the fields/).waitFor();
    const product = page.getByLabel('Product', { exact: true });
    expect(await product.inputValue()).toMatch(/Frostpannier/i);
    expect((await page.getByLabel('Positioning').inputValue()).length).toBeGreaterThan(20);

    // A quote leads to its place in the document, and back to the form as it was.
    await page.getByRole('link', { name: /^“/ }).first().click();
    const sheet = page.getByRole('dialog');
    await sheet.locator('mark').waitFor();
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    expect(await product.inputValue()).toMatch(/Frostpannier/i);
  });

  it('refuses a file that is no text with the reason, and keeps the others', async () => {
    const chooser = page.locator('input[type=file]');
    await chooser.setInputFiles({
      name: 'logo.png',
      mimeType: 'image/png',
      buffer: Buffer.from([0x89, 0x50]),
    });
    await page.getByRole('alert').filter({ hasText: 'logo.png' }).waitFor();
    expect(await page.getByText(/\d+ chosen/).textContent()).toBe(`${readdirSync(folder).length} chosen`);
    // The server's refusal is in the console too; nothing else may be.
    expect(visit.problems.filter((problem) => !/ 4(15|22) /.test(problem))).toEqual([]);
    visit.problems.length = 0;
  });

  it('runs when it is confirmed, waits for approval, and is packed after it', async () => {
    const name = page.getByLabel('Name of the campaign');
    if ((await name.inputValue()) === '') await name.fill('Frostpannier launch');
    const title = await name.inputValue();
    await page.getByText('The assets wait for your approval').waitFor();
    // The offline model costs nothing, and the page says so before it is asked.
    await page.getByText('Costs $0', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Run the campaign' }).click();
    await heading(page, title).waitFor();
    await page.getByText(/\d+ assets wait for approval/).waitFor({ timeout: 60_000 });
    expect(await page.getByRole('link', { name: 'Markdown', exact: true }).count()).toBe(0);
    await page.getByRole('link', { name: 'Read them with their verdicts' }).click();
    await page.getByRole('heading', { name: 'Guardian verdicts' }).waitFor();

    await page.getByRole('button', { name: 'Approve' }).click();
    const dialog = page.getByRole('dialog', { name: 'Approve the assets' });
    await dialog.getByLabel('Note (optional)').fill('Read and found good.');
    await dialog.getByRole('button', { name: 'Approve' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Markdown', exact: true }).waitFor({ timeout: 30_000 });
    const { items } = await dashboard.api().campaigns.list();
    expect(items).toMatchObject([{ name: title, status: 'completed', sample: null }]);
    const campaign = await dashboard.api().campaigns.get({ params: { campaign_id: items.at(0)?.id ?? '' } });
    expect(campaign.approval).toMatchObject({ decision: 'approved', note: 'Read and found good.' });
  });

  it('goes the same way by keyboard alone, and the focus follows', async () => {
    /** Presses Tab until this has the focus; fails when it cannot be reached. */
    const tabTo = async (target: Locator): Promise<void> => {
      const focused = (): Promise<boolean> =>
        target.evaluate((element) => element === document.activeElement);
      for (let presses = 0; presses < 80 && !(await focused()); presses += 1)
        await page.keyboard.press('Tab');
      expect(await focused()).toBe(true);
    };
    await page.goto(dashboard.server.url);
    await heading(page, 'Overview').waitFor();
    await page.keyboard.press('Tab');
    await page.getByRole('link', { name: 'Skip to the page' }).press('Enter');
    await tabTo(page.getByRole('link', { name: 'New campaign' }).first());
    await page.keyboard.press('Enter');
    await heading(page, 'New campaign').waitFor();
    await tabTo(page.getByRole('checkbox').first());
    await page.keyboard.press('Space');
    await page.getByText(/\d+ quotes? below the fields/).waitFor();
    await tabTo(page.getByLabel('Name of the campaign'));
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('By keyboard');
    await tabTo(page.getByLabel('Product', { exact: true }));
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('Frostpannier');
    await tabTo(page.getByLabel('Positioning'));
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('A bag that keeps cold on a bicycle.');
    await tabTo(page.getByRole('button', { name: 'Run the campaign' }));
    await page.keyboard.press('Enter');
    await heading(page, 'By keyboard').waitFor();
    const reject = page.getByRole('button', { name: 'Reject' });
    await reject.waitFor({ timeout: 60_000 });
    await tabTo(reject);
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Reject the assets' });
    await tabTo(dialog.getByLabel('Why'));
    await page.keyboard.type('Only a trial.');
    await tabTo(dialog.getByRole('button', { name: 'Reject' }));
    await page.keyboard.press('Enter');
    await page.getByText('Only a trial.').waitFor();
    expect(visit.problems).toEqual([]);
  });
});
