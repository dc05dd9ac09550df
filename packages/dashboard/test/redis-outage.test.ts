import {
  startPostgres,
  startRedis,
  type PostgresServer,
  type RedisServer,
  type Visit,
} from '@raptorflow/rig';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectNamedControls,
  expectNoSidewaysScroll,
  goTo,
  heading,
  openDashboard,
  type Dashboard,
} from './signed-in.ts';

const lifecycle = 'sys.workspace.lifecycle';
const waiting = { timeout: 60_000 } as const;

// One story in one window: each test goes on where the one before it stopped.
describe('the dashboard while Redis is stopped and started again', () => {
  let postgres: PostgresServer;
  let redis: RedisServer;
  let dashboard: Dashboard;
  let visit: Visit;
  let page: Page;
  let campaignUrl = '';
  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres(), startRedis({ appendfsync: 'everysec' })]);
    dashboard = await openDashboard({
      REDIS_URL: redis.url,
      DATABASE_URL: await postgres.createDatabase(),
      LOG_LEVEL: 'warn',
    });
    visit = await dashboard.signedIn();
    ({ page } = visit);
  });
  afterAll(async () => {
    await dashboard.close();
    await Promise.all([redis.stop(), postgres.stop()]);
  });

  const notice = () => page.getByRole('status').filter({ hasText: /^The event bus is away/ });
  const sign = (text: string) => page.getByRole('banner').getByText(text, { exact: true });

  it('says on the page of a running campaign that the bus is away, and that it goes on by itself', async () => {
    const api = dashboard.api();
    const { campaign_id: id } = await api.campaigns.runSample({ params: { name: 'kilnwatch' } });
    const workspace = new URL(page.url()).pathname.split('/').slice(0, 3).join('/');
    campaignUrl = `${dashboard.server.url}${workspace}/campaigns/${id}`;
    await page.goto(campaignUrl);
    await page
      .getByRole('list', { name: 'Stages' })
      .getByRole('link')
      .filter({ hasText: 'RES-' })
      .first()
      .waitFor();
    await sign('Live').waitFor();
    expect(await notice().count()).toBe(0);
    await redis.kill();
    await notice().waitFor(waiting);
    await notice().getByText('goes on by itself when it is back').waitFor();
    await notice().getByText(`Redis at 127.0.0.1:${redis.port} does not answer`).waitFor();
    await sign('Bus away').waitFor();
    await heading(page, 'Kilnwatch 2.4 launch').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('says so once on every page, without alarms', async () => {
    await page.reload();
    await heading(page, 'Kilnwatch 2.4 launch').waitFor(waiting);
    await goTo(page, 'Overview');
    await page.getByText('Unhealthy', { exact: true }).waitFor();
    await page.getByText(/^Bus: The engine does not answer/).waitFor();
    await goTo(page, 'Bus');
    const quiet = page.getByText('This cannot be read while the event bus is away');
    await quiet.waitFor(waiting);
    await page.getByRole('link', { name: 'Dead letters' }).click();
    await quiet.waitFor(waiting);
    for (const place of ['Campaigns', 'Runs', 'Costs', 'Settings', 'Bus']) {
      await goTo(page, place);
      await page
        .getByRole('status', { name: /^(Loading|Reading)/ })
        .first()
        .waitFor({ state: 'detached', ...waiting });
      expect([place, await notice().count(), await page.getByRole('alert').count()]).toEqual([place, 1, 0]);
    }
    await notice().getByRole('link', { name: 'All parts of the server' }).click();
    await page
      .getByRole('listitem')
      .filter({ hasText: /^Redis/ })
      .getByText('Unhealthy')
      .waitFor();
  });

  it.for(['light', 'dark'] as const)(
    'fits a phone and names every control meanwhile, %s',
    async (colorScheme) => {
      const phone = await dashboard.signedIn({ width: 390, height: 844, colorScheme });
      await phone.page.getByText('The event bus is away').waitFor(waiting);
      await expectNoSidewaysScroll(phone.page);
      await expectNamedControls(phone.page);
      expect(await phone.page.getByRole('alert').count()).toBe(0);
      await phone.close();
    },
  );

  it('reads and hears everything again by itself when Redis is back, and the campaign completes', async () => {
    const tailing = await dashboard.signedIn();
    await tailing.page.goto(`${campaignUrl.replace(/\/campaigns\/.*$/, '')}/bus/tail`);
    await tailing.page.getByText('Waiting for the bus', { exact: true }).waitFor(waiting);
    await page.goto(campaignUrl);
    await notice().waitFor();
    const { port, directory } = redis;
    redis = await startRedis({ appendfsync: 'everysec', port, directory });
    await notice().waitFor({ state: 'detached', ...waiting });
    await sign('Live').waitFor();
    await page.getByText('Completed', { exact: true }).first().waitFor(waiting);
    await page.getByRole('link', { name: 'Markdown', exact: true }).waitFor();

    // A tail that was opened meanwhile is heard from now on.
    await tailing.page.getByText('The event bus is away').waitFor({ state: 'detached', ...waiting });
    await dashboard.api().bus.publish({ body: { channel: lifecycle, type: 'test.event', payload: {} } });
    await tailing.page.getByRole('list', { name: 'Events' }).getByText('test.event').first().waitFor();
    await tailing.close();

    await goTo(page, 'Bus');
    await page.getByRole('table', { name: 'Channels' }).getByRole('link', { name: lifecycle }).waitFor();
    await page.getByText('Healthy', { exact: true }).waitFor();
    // The browser itself reports every 503; nothing else was wrong.
    expect(visit.problems.filter((problem) => !problem.includes('503'))).toEqual([]);
  });
});
