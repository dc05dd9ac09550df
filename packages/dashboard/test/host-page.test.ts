import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  startChromium,
  startMonitoredServer,
  type ChromiumBrowser,
  type MonitoredServer,
  type Visit,
  type VisitOptions,
} from '@raptorflow/rig';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectNamedControls, expectNoSidewaysScroll, heading } from './signed-in.ts';

const dashboard = fileURLToPath(new URL('../dist', import.meta.url));
const places = ['', '/log', '/operations'] as const;

describe('the page of the host', () => {
  let server: MonitoredServer;
  let browser: ChromiumBrowser;
  beforeAll(async () => {
    if (!existsSync(`${dashboard}/index.html`)) {
      throw new RaptorFlowError(
        'unavailable',
        'The dashboard is not built. Run: npm exec vite build packages/dashboard',
      );
    }
    browser = await startChromium();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    server = await startMonitoredServer({ dashboard });
    return () => server.stop();
  });

  async function open(place: (typeof places)[number] = '', options: VisitOptions = {}): Promise<Visit> {
    const visit = await browser.visit(options);
    await visit.page.goto(`${server.url}/w/${server.workspaceId}/host${place}`);
    await heading(visit.page, 'Host').waitFor();
    return visit;
  }
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
  const chart = (page: Page, name: RegExp) => page.getByRole('img', { name });

  it('draws the machine as it goes on, and GPUs only where there are some', async () => {
    const { page, problems, close } = await open();
    await chart(page, /^Processor, last 60 s\. All cores: now \d+\.\d %/u).waitFor();
    await chart(page, /Core 3: now \d+\.\d %/u).waitFor();
    await chart(page, /^Memory, .*Memory used: now \d\.\d GB.*Swap used: now 130 MB/u).waitFor();
    await chart(page, /^Disk, .*Written: now .*B\/s/u).waitFor();
    await chart(page, /^Event loop, .*Delay: now .* ms/u).waitFor();
    await page.getByText('This machine has no GPU that is measured.').waitFor();
    expect(await chart(page, /^GPU/u).count()).toBe(0);
    const newest = page.getByText(/^Newest sample/u);
    const before = await newest.textContent();
    await expect.poll(() => newest.textContent(), { timeout: 10_000 }).not.toBe(before);
    server.state.gpuCount = 1;
    await chart(page, /^GPU, .*GPU 0 · NVIDIA H100.*now \d+(\.\d)? %/u).waitFor();
    await page.getByRole('link', { name: '5 minutes' }).click();
    await chart(page, /^Processor, last 300 s/u).waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  it('stops and starts Raptor Mini, and offers only what can be done', async () => {
    const { page, close } = await open();
    await page.getByText('Running: Yes').waitFor();
    await page.getByText('Config: /srv/raptorflow/config/raptor.ini').waitFor();
    expect(await button(page, 'Start').isDisabled()).toBe(true);
    await button(page, 'Stop').click();
    await page.getByText('Running: No').waitFor();
    expect(await button(page, 'Stop').isDisabled()).toBe(true);
    await page.getByText('the figures below are the last ones of before').waitFor();
    await button(page, 'Start').click();
    await page.getByText('Running: Yes').waitFor();
    await page.getByText('the figures below').waitFor({ state: 'detached' });
    expect(server.asked).toContain('raptor.stop');
    expect(server.asked).toContain('raptor.start');
    await close();
  });

  it('says how to measure where nothing was measured yet', async () => {
    server.state.running = false;
    const { page, close } = await open();
    await page.getByText('Nothing is measured').waitFor();
    await button(page, 'Start').click();
    await chart(page, /^Processor, /u).waitFor();
    expect(await page.getByText('Nothing is measured').count()).toBe(0);
    await close();
  });

  it('fetches the log, raises a traced error on request, and says whether it could be copied', async () => {
    server.log.write('INFO', '2026-01-15 14:30:12,547 INFO RAPTOR MINI ONLINE');
    const { page, context, close } = await open();
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await button(page, 'Fetch Logs').click();
    const tail = page.getByRole('region', { name: 'Log Tail' });
    await tail.getByText('RAPTOR MINI ONLINE').waitFor();
    await button(page, 'Trigger Boom').click();
    await page.getByText('A real error was raised and traced').waitFor();
    await tail.getByText('RAPTOR EXCEPTION: Error: boom').waitFor();
    await button(page, 'Copy logs').click();
    await button(page, 'Copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('RAPTOR MINI ONLINE');
    await button(page, 'Copy logs').waitFor();
    await page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new DOMException('refused'));
    });
    await button(page, 'Copy logs').click();
    await button(page, 'Copy failed').waitFor();
    await close();
  });

  it('says what failed and the reason that the server gives', async () => {
    const message = 'The sampler does not answer.';
    for (const name of ['raptor.status', 'raptor.stop', 'raptor.logs', 'raptor.demo'])
      server.state.failures.set(name, { status: 409, code: 'conflict', message });
    const { page, close } = await open();
    await page.getByText(`Failed to fetch status: ${message}`).waitFor();
    await button(page, 'Fetch Logs').click();
    await page.getByText(`Failed to fetch logs: ${message}`).waitFor();
    await button(page, 'Trigger Boom').click();
    await page.getByText(`Demo failed: ${message}`).waitFor();
    // What failed before says nothing about what is tried now.
    expect(await page.getByText('Failed to fetch logs').count()).toBe(0);
    server.state.failures.delete('raptor.status');
    await button(page, 'Stop').click();
    await page.getByText(`Failed to stop raptor: ${message}`).waitFor();
    await close();
  });

  it('keeps saying what failed while it is read again and again', async () => {
    const failure = { status: 503, code: 'unavailable', message: 'Not now.' };
    for (const name of ['raptor.status', 'raptor.samples']) server.state.failures.set(name, failure);
    const { page, close } = await open();
    const notice = page.getByText('Failed to read the machine: Not now.');
    await notice.waitFor();
    await page.getByText('Failed to fetch status: Not now.').waitFor();
    await notice.evaluate((element) => element.setAttribute('data-first', ''));
    const asked = server.asked.length;
    await expect.poll(() => server.asked.length, { timeout: 10_000 }).toBeGreaterThan(asked + 4);
    expect(await notice.getAttribute('data-first'), 'the notice is the same one').toBe('');
    server.state.failures.clear();
    await chart(page, /^Processor, /u).waitFor();
    expect(await notice.count()).toBe(0);
    await close();
  });

  it('follows the log by level and text, can be paused, and tells of dropped lines', async () => {
    const { page, problems, close } = await open('/log');
    const log = page.getByRole('log', { name: 'Log lines' });
    await page.getByText('The log is empty so far').waitFor();
    for (let index = 0; index < 300; index += 1) server.log.write('INFO', `PERF ${index}`);
    await log.getByText('PERF 299', { exact: true }).waitFor();
    expect(await log.getByText('PERF 0', { exact: true }).count(), 'only lines in sight are laid out').toBe(
      0,
    );
    await button(page, 'Pause').click();
    server.log.write('ERROR', 'EXCEPTION one');
    await button(page, 'Follow (1 new)').click();
    await log.getByText('EXCEPTION one').waitFor();
    server.log.tellDropped(12);
    await log.getByText('12 lines were left out').waitFor();
    await page.getByLabel('Level', { exact: true }).selectOption('ERROR');
    await log.getByText('EXCEPTION one').waitFor();
    await expect.poll(() => log.getByText(/^PERF/u).count()).toBe(0);
    await page.getByRole('searchbox', { name: 'Only lines that contain' }).fill('two');
    await page.getByText('No line matches').waitFor();
    await expect.poll(() => server.log.followers()).toBe(1);
    server.log.write('ERROR', 'EXCEPTION two');
    await log.getByText('EXCEPTION two').waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  it('has every line once after the connection was lost', async () => {
    server.log.write('INFO', 'before');
    const { page, close } = await open('/log');
    const log = page.getByRole('log', { name: 'Log lines' });
    await log.getByText('before').waitFor();
    server.log.cutFollowers();
    await expect.poll(() => server.log.followers()).toBe(0);
    server.log.write('INFO', 'meanwhile');
    await log.getByText('meanwhile').waitFor();
    server.log.write('INFO', 'after');
    await log.getByText('after').waitFor();
    expect(await log.locator('p').allTextContents()).toEqual(['before', 'meanwhile', 'after']);
    await close();
  });

  it('shows the operations, isolates a breaker after asking, and releases it', async () => {
    const { page, problems, close } = await open('/operations');
    const model = page.getByRole('article', { name: 'model.complete' });
    await model.getByText('911 ms ±0.8 %').waitFor();
    await page
      .getByRole('article', { name: 'signals.fetch' })
      .getByText(/^since \d+ (s|min) ago$/u)
      .waitFor();
    await page.getByText('Clears when: A probe succeeds').waitFor();
    const letters = page.getByRole('link', { name: '7 dead letters, show them' });
    expect(await letters.getAttribute('href')).toBe(`/w/${server.workspaceId}/bus/dead-letters`);
    await page.getByRole('meter', { name: 'threat-signals: 63 % done' }).waitFor();
    await page.getByRole('article', { name: 'kev-catalogue' }).getByText('in server-two').waitFor();
    await page.getByRole('table', { name: 'Recent errors' }).getByText('38 ×').waitFor();
    await button(page, 'Isolate model:standard').click();
    const asking = page.getByRole('dialog', { name: 'Isolate model:standard?' });
    await button(page, 'Keep as it is').click();
    expect(server.asked).not.toContain('periscope.isolate');
    await button(page, 'Isolate model:standard').click();
    await asking.getByRole('button', { name: 'Isolate', exact: true }).click();
    await model.getByText('Isolated').waitFor();
    await button(page, 'Release model:standard').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Release', exact: true }).click();
    await model.getByText('Closed').waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  it('shows somebody who is not the operator what they may read, with no button that works, and asks for nothing else', async () => {
    server.state.operator = false;
    const { page, problems, close } = await open();
    await page.getByText('Running: Yes').waitFor();
    await chart(page, /^Processor, /u).waitFor();
    const buttons = page.getByRole('main').getByRole('button');
    const working = page.getByRole('main').getByRole('button', { disabled: false });
    expect(await buttons.allTextContents()).toEqual(['Start', 'Stop', 'Fetch Logs', 'Trigger Boom']);
    expect(await working.count()).toBe(0);
    await page.getByText('Only the operator of this installation can start and stop the monitor').waitFor();
    expect(await page.getByRole('link', { name: 'Live log' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Periscope' }).click();
    await page.getByRole('article', { name: 'signals.fetch' }).waitFor();
    expect(await buttons.count()).toBeGreaterThan(0);
    expect(await working.count()).toBe(0);
    expect(await buttons.first().getAttribute('title')).toContain('Only the operator');
    const asked = server.asked.filter((name) => /^(?:raptor|periscope)\./u.test(name));
    expect([...new Set(asked)].toSorted()).toEqual([
      'periscope.operations',
      'periscope.pipelines',
      'raptor.samples',
      'raptor.status',
    ]);
    expect(problems).toEqual([]);
    await close();
  });

  it('fits a phone, and every control has a name', async () => {
    server.log.write('ERROR', `EXCEPTION ${'x'.repeat(300)}`);
    for (const place of places) {
      const { page, problems, close } = await open(place, { width: 390, height: 844 });
      await page
        .getByRole('status', { name: /^(Loading|Reading)/u })
        .first()
        .waitFor({ state: 'detached' });
      await expectNoSidewaysScroll(page);
      await expectNamedControls(page);
      expect(problems).toEqual([]);
      await close();
    }
  });
});
