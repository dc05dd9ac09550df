import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refusalOf, startRefusingServer, type RefusingServer, type Refusal } from './refusing-server.ts';

const megabyte = 1_000_000;
const brief = { name: 'Launch', product: 'Kettle', positioning: 'A kettle that does not whistle.' };

let world: RefusingServer;
beforeAll(async () => {
  world = await startRefusingServer();
});
afterAll(() => world.stop());
beforeEach(() => world.remember());
afterEach(() => world.assertUnchanged());

/** Sends a body of this size piece by piece, as long as the server reads, and answers what it said. */
function pour(path: string, headers: Record<string, string | number>, bytes: number): Promise<Refusal> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      world.server.url + path,
      { method: 'POST', headers: { authorization: `Bearer ${world.server.localToken}`, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          void refusalOf(new Response(text, { status: response.statusCode ?? 0 })).then(resolve, reject);
          sent.destroy();
        });
      },
    );
    sent.on('error', reject);
    const piece = Buffer.alloc(megabyte / 2, 'x');
    let left = bytes;
    const send = (): void => {
      while (left > 0 && !sent.destroyed) {
        left -= piece.length;
        if (!sent.write(piece)) return void sent.once('drain', send);
      }
      sent.end();
    };
    send();
  });
}

describe('a request that cannot be served', () => {
  it.for([
    ['is cut short', '{"brief": ', 400, 'malformed_input', /JSON/],
    ['is not JSON', 'brief: yes', 400, 'malformed_input', /JSON/],
    ['is empty', '', 400, 'malformed_input', /JSON/],
    [
      'would poison prototypes',
      '{"__proto__": {"operator": true}}',
      400,
      'malformed_input',
      /JSON|prototype/,
    ],
  ] as const)('is refused when its body %s', async ([, body, status, code, says]) => {
    const answer = await world.ask('POST', '/api/v1/campaigns', body);
    expect(answer).toMatchObject({ status, code, message: expect.stringMatching(says) });
    expect(answer.correlationId).toMatch(/^req_/);
  });

  it('is refused when its content type is another', async () => {
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded']) {
      const answer = await world.ask('POST', '/api/v1/campaigns', JSON.stringify({ brief }), {
        'content-type': type,
      });
      expect(answer).toMatchObject({ status: 415, message: expect.stringContaining('application/json') });
    }
  });

  it.for([
    ['without a product', { name: 'Launch', positioning: 'p' }, /product/],
    ['with a misspelt field', { ...brief, chanels: ['x'] }, /chanels/],
    ['with an unknown channel', { ...brief, channels: ['fax'] }, /channels/],
    ['with money as a number', { ...brief, budget_usd: 12 }, /budget_usd/],
    ['with a deadline that is no day', { ...brief, deadline: '2027-02-30' }, /deadline/],
    ['with a name as long as a book', { ...brief, name: 'x'.repeat(10_000) }, /name/],
  ] as const)('is refused for a brief %s, and the field is named', async ([, spoilt, says]) => {
    const answer = await world.ask('POST', '/api/v1/campaigns', {
      brief: spoilt,
      document_ids: ['doc_none'],
    });
    expect(answer).toMatchObject({
      status: 422,
      code: 'invalid_input',
      message: expect.stringMatching(says),
    });
  });

  it('is refused for a campaign without documents, or with one that is not here', async () => {
    expect(await world.ask('POST', '/api/v1/campaigns', { brief, document_ids: [] })).toMatchObject({
      status: 422,
    });
    expect(await world.ask('POST', '/api/v1/campaigns', { brief, document_ids: ['doc_none'] })).toMatchObject(
      {
        status: 404,
        message: expect.stringContaining('doc_none'),
      },
    );
  });
});

describe('a document that is too large', () => {
  const json = { 'content-type': 'application/json' };
  const form = { 'content-type': 'multipart/form-data; boundary=cut' };

  it('is refused at 100 MB by its announced length, before it is read', async () => {
    for (const [path, headers] of [
      ['/api/v1/documents', json],
      ['/api/v1/documents/upload', form],
    ] as const) {
      const answer = await pour(path, { ...headers, 'content-length': 100 * megabyte }, 100 * megabyte);
      expect([path, answer.status]).toEqual([path, 413]);
      expect(answer.message).toMatch(/\d+ bytes/);
    }
  });

  it('is refused while it is read when it announced nothing, and the answer arrives every time', async () => {
    for (let n = 0; n < 20; n += 1) {
      const answer = await pour(
        '/api/v1/documents',
        { ...json, 'transfer-encoding': 'chunked' },
        100 * megabyte,
      );
      expect(answer.status).toBe(413);
    }
  });

  it('ends the connection of a client that goes on sending after that', async () => {
    const sent = httpRequest(`${world.server.url}/api/v1/documents`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${world.server.localToken}`,
        ...json,
        'transfer-encoding': 'chunked',
      },
    });
    const answered = once(sent, 'response');
    const ended = new Promise((resolve) => sent.once('close', resolve));
    sent.on('error', () => undefined);
    const piece = Buffer.alloc(megabyte / 2, 'x');
    const begunAt = performance.now();
    const pouring = setInterval(() => sent.destroyed || sent.write(piece), 5);
    try {
      expect((await answered)[0]).toMatchObject({ statusCode: 413 });
      await ended;
    } finally {
      clearInterval(pouring);
    }
    expect(performance.now() - begunAt).toBeLessThan(15_000);
  });

  it('is refused at 6 MB with the limit in the message, as text and as a file, and its neighbour is not stored', async () => {
    const text = 'x'.repeat(6 * megabyte);
    const answer = await world.ask('POST', '/api/v1/documents', { title: 'Long', text });
    expect([answer.status, answer.message]).toEqual([
      expect.any(Number),
      expect.stringMatching(/5,?000,?000/),
    ]);
    expect([413, 422]).toContain(answer.status);
    const files = new FormData();
    files.append('file', new File(['# Fine'], 'fine.md', { type: 'text/markdown' }));
    files.append('file', new File([text], 'long.md', { type: 'text/markdown' }));
    const response = await fetch(`${world.server.url}/api/v1/documents/upload`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.server.localToken}` },
      body: files,
    });
    expect(await refusalOf(response)).toMatchObject({
      status: 413,
      message: expect.stringContaining('5000000'),
    });
  });

  it('is refused when it is no text at all', async () => {
    const files = new FormData();
    files.append(
      'file',
      new File([Buffer.from([0x89, 0x50, 0xff, 0x00])], 'logo.md', { type: 'text/markdown' }),
    );
    const response = await fetch(`${world.server.url}/api/v1/documents/upload`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.server.localToken}` },
      body: files,
    });
    const answer = await refusalOf(response);
    expect([400, 415, 422]).toContain(answer.status);
    expect(answer.message.length).toBeGreaterThan(20);
  });
});

describe('an event that nobody could handle', () => {
  const draft = { type: 'lord_command', payload: {} };

  it('is refused on a channel that is not declared, with its name', async () => {
    const channel = 'sys.guild.wizards.broadcast';
    const answer = await world.ask('POST', '/api/v1/bus/publish', { ...draft, channel });
    expect(answer).toMatchObject({
      status: 422,
      message: expect.stringContaining(`no channel "${channel}"`),
    });
    expect(answer.message).toContain('/api/v1/bus/channels');
    // Its caller has no createBus to declare it in.
    expect(answer.message).not.toContain('createBus');
    await world.client.bus.discard({ body: { reason: 'routing_error' } });
  });

  it('is refused with a payload that breaks its contract, with the field that does', async () => {
    const channel = 'sys.guild.research.broadcast';
    const answer = await world.ask('POST', '/api/v1/bus/publish', { ...draft, channel });
    expect(answer).toMatchObject({ status: 422, message: expect.stringMatching(/campaign_id/) });
    await world.client.bus.discard({ body: { reason: 'schema_violation' } });
  });

  it('is refused on what is no channel at all', async () => {
    expect(await world.ask('POST', '/api/v1/bus/publish', { ...draft, channel: '../../etc' })).toMatchObject({
      status: 422,
      message: expect.stringContaining('channel'),
    });
    expect(await world.ask('GET', '/api/v1/agents?guild=wizards')).toMatchObject({
      status: 422,
      message: expect.stringMatching(/guild.*research|research/),
    });
  });
});

describe('a name that climbs out of its place', () => {
  const climbs = [
    '..%2f..%2fsecret.md',
    '..%5c..%5csecret.md',
    '%2e%2e%2fsecret.md',
    '..',
    '%00',
    '....//secret.md',
  ];

  it.for([
    '/api/v1/campaigns/{}/package?format=markdown',
    '/api/v1/campaigns/{}',
    '/api/v1/documents/{}',
    '/api/v1/agents/{}',
    '/api/v1/runs/{}/journal',
    '/api/v1/bus/channels/{}',
    '/api/v1/bus/messages/{}',
  ])('reads nothing at %s', async (path) => {
    for (const climb of climbs) {
      const response = await fetch(world.server.url + path.replace('{}', climb), {
        headers: { authorization: `Bearer ${world.server.localToken}` },
      });
      expect([climb, response.status]).toEqual([climb, expect.toBeOneOf([400, 404, 422])]);
      expect(await response.text()).not.toContain('Secret');
    }
  });

  it('starts no sample', async () => {
    for (const climb of [...climbs, 'kilnwatch%2f..%2fkilnwatch', 'Kilnwatch']) {
      const answer = await world.ask('POST', `/api/v1/campaigns/samples/${climb}/run`);
      expect([climb, answer.status]).toEqual([climb, expect.toBeOneOf([400, 404, 422])]);
    }
    expect(await world.ask('POST', '/api/v1/campaigns/samples/nobody/run')).toMatchObject({
      status: 404,
      message: expect.stringContaining('nobody'),
    });
  });

  it('gets no file of the server', async () => {
    for (const path of [
      '/..%2fpackage.json',
      '/assets/..%2f..%2fpackage.json',
      '/%2e%2e/%2e%2e/etc/passwd',
      '//etc/passwd',
    ]) {
      const response = await fetch(world.server.url + path);
      const text = await response.text();
      expect(text).not.toMatch(/"@raptorflow\/dashboard"|root:/);
    }
  });
});
