import { describeOnSqlite } from '@raptorflow/runtime/testing';
import { describe, expect, test } from 'vitest';
import { signalsSuite } from './contract-suite/signals.ts';
import { baseScore } from './cvss.ts';
import { signalOfKev } from './kev.ts';
import { announceSignal, routeSignal } from './routing.ts';
import { canonicalJson, signalId, type Signal } from './signal.ts';
import { signalOfStix } from './stix.ts';
import { severityOfWords } from './words.ts';

describeOnSqlite('signals', signalsSuite);

describe('the id of a signal', () => {
  test('is the same for equal items and another for any other', () => {
    const one = { source: 'a', title: 'b', body: [1, { x: null }] };
    expect(signalId('stix', one)).toBe(signalId('stix', { body: [1, { x: null }], title: 'b', source: 'a' }));
    expect(signalId('stix', one)).not.toBe(signalId('kev', one));
    // Source and title alone are the same here.
    expect(signalId('stix', one)).not.toBe(signalId('stix', { ...one, body: [1] }));
    expect(canonicalJson({ b: 'a:b', a: undefined })).toBe('{"b":"a:b"}');
  });
});

describe('CVSS', () => {
  test.each([
    // From the examples of the specification's document and the vectors that vulnerability databases publish.
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 9.8],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H', 10],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N', 6.1],
    ['CVSS:3.0/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H', 7.8],
    ['CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L', 3.7],
    ['CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N', 0],
  ])('%s is %d', (vector, score) => {
    expect(baseScore(vector)).toBe(score);
  });

  test('says nothing of a vector that is incomplete or of another version', () => {
    expect(baseScore('CVSS:3.1/AV:N/AC:L')).toBeUndefined();
    expect(baseScore('CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N')).toBeUndefined();
  });
});

describe('words', () => {
  test.each([
    ['A zero-day is exploited in the wild', 'critical'],
    ['There is no exploit', 'low'],
    ['No known exploit, and no evidence of compromise', 'low'],
    ['It was not breached. A vulnerability remains.', 'high'],
    ['There is no patch, but the exploit is public', 'critical'],
    ["It hasn't been exploited", 'low'],
    ['Updates to the exploitability index page', 'low'],
    ['Quarterly update', 'low'],
    ['A security update is available', 'medium'],
    ['The dispatcher was improved', 'low'],
    ['Attackers read CVE-2026-10001', 'high'],
  ])('"%s" is %s', (text, severity) => {
    expect(severityOfWords(text)).toBe(severity);
  });
});

describe('severity', () => {
  const stix = (more: object): string =>
    signalOfStix({ type: 'vulnerability', id: 'vulnerability--1', name: 'Ransomware exploit', ...more })
      .severity;

  test('of a STIX object is that of its score, then of its fields, then of its words', () => {
    expect(stix({ x_cvss_base_score: 5.5, labels: ['severity:high'] })).toBe('medium');
    expect(stix({ extensions: { 'extension-definition--1': { cvss_v3: { base_score: '3.1' } } } })).toBe(
      'low',
    );
    expect(stix({ labels: ['Severity:High'] })).toBe('high');
    expect(stix({ x_opencti_cvss_base_severity: 'LOW' })).toBe('low');
    expect(stix({})).toBe('critical');
  });

  test('of a catalogue entry is critical for ransomware and short due dates, otherwise high', () => {
    const entry = {
      cveID: 'CVE-2026-10001',
      vendorProject: 'a',
      product: 'b',
      vulnerabilityName: 'c',
      dateAdded: '2026-03-01',
      shortDescription: 'd',
      dueDate: '2026-03-22',
    };
    expect(signalOfKev(entry).severity).toBe('high');
    expect(signalOfKev({ ...entry, dueDate: '2026-03-04' }).severity).toBe('critical');
    expect(signalOfKev({ ...entry, knownRansomwareCampaignUse: 'Known' }).severity).toBe('critical');
    expect(() => signalOfKev({ ...entry, cveID: 'x' })).toThrow(/cveID/);
  });
});

describe('the route of a signal', () => {
  test.each([
    [-0.81, 0, 'critical_alert'],
    [-0.8, 1e6, 'archive'],
    [0.81, 10_001, 'seer'],
    [0.81, 10_000, 'archive'],
    [0.8, 1e6, 'archive'],
    [null, 1e6, 'archive'],
  ] as const)('with sentiment %s and reach %d is %s', (sentiment, reach, route) => {
    expect(routeSignal({ sentiment, reach })).toBe(route);
  });

  test('of moods that cannot be is refused', () => {
    expect(() => routeSignal({ sentiment: 2, reach: 1 })).toThrow(/sentiment/);
    expect(() => routeSignal({ sentiment: 0, reach: Number.NaN })).toThrow(/reach/);
  });

  test('is published on the declared channels', async () => {
    const { createBus, sqliteEngine } = await import('raptorflow/bus');
    const { societyChannels, societyContracts, societyRoutes } = await import('../topology/index.ts');
    const bus = createBus({
      engine: sqliteEngine({ path: ':memory:' }),
      channels: societyChannels,
      routes: societyRoutes,
      contracts: societyContracts,
      strict: true,
    }) as unknown as Parameters<typeof announceSignal>[0];
    await bus.start();
    const draft = signalOfStix({
      type: 'report',
      id: 'report--1',
      name: 'News',
      published: '2026-03-01T00:00:00Z',
    });
    const at = '2026-03-02T00:00:00.000Z';
    const signal: Signal = { ...draft, workspaceId: 'w1', ingestedAt: at, expiresAt: at };
    const told: string[] = [];
    expect(await announceSignal(bus, signal, { sentiment: 0.9, reach: 20_000 })).toBe('seer');
    expect(await announceSignal(bus, { ...signal, id: `${signal.id}b` }, { sentiment: -1, reach: 0 })).toBe(
      'critical_alert',
    );
    expect(await announceSignal(bus, signal, { sentiment: 0, reach: 0 })).toBe('archive');
    await bus.replayChannel('sys.>', (event) =>
      told.push(`${event.channel} ${event.type} ${event.workspaceId}`),
    );
    expect(told.toSorted()).toEqual([
      'sys.alert.critical crisis w1',
      'sys.guild.matrix.broadcast intelligence_update w1',
    ]);
    await bus.stop();
  });
});
