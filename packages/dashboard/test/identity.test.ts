import { findFreePort, startIdentityProvider, type IdentityProvider, type Visit } from '@raptorflow/rig';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recommendationsNow } from './advised-things.ts';
import { answering } from './open-things.ts';
import {
  expectNamedControls,
  expectNoSidewaysScroll,
  goTo,
  heading,
  openDashboard,
  type Dashboard,
} from './signed-in.ts';

// One story in two windows: the operator's, and Ada's, who signs in at the provider.
describe('people, keys and workspaces', () => {
  let provider: IdentityProvider;
  let dashboard: Dashboard;
  let visit: Visit;
  let page: Page;
  let ada: Visit;
  let invitation = '';
  beforeAll(async () => {
    const [started, port] = await Promise.all([startIdentityProvider(), findFreePort()]);
    provider = started;
    const publicUrl = `http://localhost:${port}`;
    const client = { clientId: 'web', clientSecret: 'shared' };
    provider.client = { ...client, redirectUrl: `${publicUrl}/api/v1/auth/oidc/return` };
    dashboard = await openDashboard(
      {
        OIDC_ISSUER: provider.issuer,
        OIDC_CLIENT_ID: client.clientId,
        OIDC_CLIENT_SECRET: client.clientSecret,
        PUBLIC_URL: publicUrl,
      },
      port,
    );
    visit = await dashboard.signedIn();
    ({ page } = visit);
    await goTo(page, 'Settings');
  });
  afterAll(async () => {
    await dashboard.close();
    await provider.stop();
  });

  it('changes the name and the time zone of the workspace', async () => {
    await page.getByLabel('Name', { exact: true }).fill('Launch team');
    await page.getByRole('combobox', { name: 'Time zone' }).fill('berlin');
    await page.getByRole('option', { name: 'Europe/Berlin' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('a month of Europe/Berlin').waitFor();
    await page.getByRole('button', { name: /^Workspace: Launch team/ }).waitFor();
    expect((await dashboard.api().workspaces.list()).items).toMatchObject([
      { name: 'Launch team', time_zone: 'Europe/Berlin' },
    ]);
  });

  it('makes an API key, shows it once, and revokes it', async () => {
    await page.getByRole('button', { name: 'New key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Nightly import');
    await dialog.getByLabel('Good for').selectOption('read');
    await dialog.getByRole('button', { name: 'Make the key' }).click();
    const shown = dialog.locator('code').filter({ hasText: /^rf_/ });
    await shown.waitFor();
    const key = (await shown.textContent()) ?? '';
    const status = async (): Promise<number> =>
      (await fetch(`${dashboard.server.url}/api/v1/members`, { headers: { authorization: `Bearer ${key}` } }))
        .status;
    expect(await status()).toBe(200);
    await dialog.getByRole('button', { name: 'I have copied it' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain(key);
    const row = page
      .getByRole('table', { name: 'API keys' })
      .getByRole('row')
      .filter({ hasText: 'Nightly import' });
    await row.getByText('member, only read').waitFor();
    await row.getByRole('button', { name: 'Revoke Nightly import' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
    await page.getByText('No API keys').waitFor();
    expect(await status()).toBe(401);
  });

  it('invites somebody by a link, who signs in at the provider and accepts it', async () => {
    await page.getByLabel('Address').fill('ada@example.com');
    await page.getByRole('button', { name: 'Invite', exact: true }).click();
    const link = page.locator('code').filter({ hasText: '/invitation#code=' });
    await link.waitFor();
    invitation = (await link.textContent()) ?? '';
    ada = await dashboard.visit();
    const asked: string[] = [];
    ada.page.on('request', (request) => asked.push(request.url()));
    await ada.page.goto(invitation);
    await heading(ada.page, 'Sign in').waitFor();
    await ada.page.getByRole('link', { name: /^Sign in at 127\.0\.0\.1/ }).click();
    await heading(ada.page, 'Provider').waitFor();
    await ada.page.getByRole('link', { name: 'Continue' }).click();
    await heading(ada.page, 'You are invited').waitFor();
    await ada.page.getByText('Ada Lovelace').waitFor();
    const [, code = ''] = invitation.split('#code=');
    expect(asked.filter((url) => url.includes(code))).toEqual([]);
    await ada.page.getByRole('button', { name: 'Accept the invitation' }).click();
    await ada.page.getByRole('button', { name: /^Workspace: Launch team/ }).waitFor();
    expect(provider.refusals).toEqual([]);
    // It works once.
    await ada.page.goto(invitation);
    await ada.page.reload();
    await ada.page.getByRole('button', { name: 'Accept the invitation' }).click();
    await ada.page.getByText('was accepted before').waitFor();
  });

  it('gives a member a role and removes them, which their window feels at once', async () => {
    await page.reload();
    const members = page.getByRole('table', { name: 'Members' });
    const role = members.getByLabel('Role of Ada Lovelace');
    await role.selectOption('viewer');
    await expect
      .poll(async () => (await dashboard.api().members.list()).items.map((member) => member.role))
      .toEqual(['owner', 'viewer']);
    // A viewer sees what models are called, and changes nothing of it.
    await ada.page.goto(page.url());
    const aliases = ada.page.getByRole('table', { name: 'Model aliases' });
    await aliases.getByText('fast', { exact: true }).waitFor();
    expect(await aliases.getByRole('button').count()).toBe(0);
    // What is open and limited, too; what a viewer may not do is there and off, with the reason.
    await goTo(ada.page, 'Resources');
    await ada.page.getByText('Only admins of this workspace close resources').waitFor();
    expect(await ada.page.getByRole('link', { name: 'Installation', exact: true }).count()).toBe(0);
    await ada.page.getByRole('link', { name: 'Quotas', exact: true }).click();
    await ada.page.getByText('File handles per user').waitFor();
    const add = ada.page.getByRole('button', { name: 'New quota' });
    expect([await add.isDisabled(), await add.getAttribute('title')]).toEqual([
      true,
      'Only admins of this workspace close resources, judge leaks, change quotas and carry out advice.',
    ]);
    await answering(ada.page, '/api/v1/metrics/analytics/recommendations', () => ({
      data: recommendationsNow(),
    }));
    await ada.page.getByRole('link', { name: 'Advice', exact: true }).click();
    const carryOut = ada.page.getByRole('button', { name: 'Carry out: Release leaked temporary file' });
    await carryOut.waitFor();
    expect([await carryOut.isDisabled(), await carryOut.getAttribute('title')]).toEqual([
      true,
      'Only admins of this workspace close resources, judge leaks, change quotas and carry out advice.',
    ]);
    await ada.page.unrouteAll({ behavior: 'ignoreErrors' });
    // What works on the whole installation is the operator's, and says so.
    await ada.page.getByRole('link', { name: 'Cleanup', exact: true }).click();
    await ada.page.getByText('so only its operator sees, runs and changes them.').waitFor();
    await members.getByRole('button', { name: 'Remove Ada Lovelace' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await members.getByText('Ada Lovelace').waitFor({ state: 'detached' });
    await ada.page.goto(page.url());
    await heading(ada.page, 'Settings').waitFor({ state: 'detached' });
    expect(ada.problems.filter((problem) => !/40[013]/.test(problem))).toEqual([]);
    await ada.close();
  });

  it('refuses the last owner’s leaving with its reason, and deletes a workspace whose name is typed', async () => {
    await page.getByRole('button', { name: 'Leave', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Leave', exact: true }).click();
    await page.getByRole('dialog').getByText('keeps at least one owner').waitFor();
    await page.getByRole('button', { name: 'Keep as it is' }).click();

    await page.getByLabel('Name of the new workspace').fill('Passing thought');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('button', { name: /^Workspace: Passing thought/ }).waitFor();
    await goTo(page, 'Settings');
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    const confirm = page.getByRole('button', { name: 'Delete for good' });
    expect(await confirm.isDisabled()).toBe(true);
    await page.getByLabel('Type “Passing thought” to delete it').fill('Passing thought');
    await confirm.click();
    await page.getByRole('button', { name: /^Workspace: Launch team/ }).waitFor();
    expect((await dashboard.api().workspaces.list()).items.map(({ name }) => name)).toEqual(['Launch team']);
  });

  it('fits a phone and names every control', async () => {
    const { items } = await dashboard.api().workspaces.list();
    const phone = await dashboard.signedIn({ width: 390, height: 844 });
    for (const path of [`/w/${items[0]?.id ?? ''}/settings`, '/invitation', '/sign-in']) {
      await phone.page.goto(`${dashboard.server.url}${path}`);
      await phone.page.getByRole('heading', { level: 1 }).waitFor();
      await expectNoSidewaysScroll(phone.page);
      await expectNamedControls(phone.page);
    }
    expect(phone.problems).toEqual([]);
    await phone.close();
  });
});
