import { inspect } from 'node:util';
import { createBus, permanentError, sqliteEngine } from 'raptorflow/bus';
import { RaptorFlowError, silentLogger } from 'raptorflow/kernel';
import { createPeriscope } from 'raptorflow/resilience';
import fc from 'fast-check';
import fastify from 'fastify';
import { expect, it, vi } from 'vitest';
import { readConfig } from './config.ts';
import { installErrorHandling, toldInStream } from './http/errors.ts';
import { createLog } from './logging.ts';

const body = fc
  .string({
    unit: fc.constantFrom(...Array.from('ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789')),
    minLength: 32,
    maxLength: 40,
  })
  .map((text) => `A1${text}`);

/** A text that holds a secret, and what of it nobody may read. */
const planted = fc.oneof(
  body.map((secret) => [`Authorization: Bearer ${secret}`, secret]),
  body.map((secret) => [`the key rf_${secret} was refused`, secret]),
  body.map((secret) => [`the key sk-ant-${secret} was refused`, secret]),
  body.map((secret) => [`connect ECONNREFUSED postgres://app:${secret}@db.example.com/app`, secret]),
  body.map((secret) => [`aws_secret_access_key=${secret}`, secret]),
  body.map((secret) => [
    `AKIA${secret
      .toUpperCase()
      .replaceAll(/[^A-Z0-9]/g, 'X')
      .slice(0, 16)} has no rights`,
    secret.toUpperCase().slice(0, 16),
  ]),
  body.map((secret) => [`AIza${secret} has no rights`, secret]),
  body.map((secret) => [
    `{"private_key":"-----BEGIN PRIVATE KEY-----\\n${secret}\\n-----END PRIVATE KEY-----"}`,
    secret,
  ]),
  body.map((secret) => [`token eyJ${secret}.eyJ${secret}.${secret} expired`, secret]),
  body.map((secret) => [`Cookie: raptorflow_session=${secret}`, secret]),
) as fc.Arbitrary<[text: string, secret: string]>;

/** Plants many secrets with `show`, which answers what somebody could read, and looks for them there. */
async function expectNone(show: (text: string) => Promise<string>, numRuns = 60): Promise<void> {
  await fc.assert(
    fc.asyncProperty(planted, async ([text, secret]) => {
      const seen = await show(text);
      expect(seen).toContain('[masked]');
      expect(seen).not.toContain(secret);
    }),
    { numRuns },
  );
}

it('the log of the application shows no secret: in a message, a field, a nested field, an error or its cause', async () => {
  const lines: string[] = [];
  const log = await createLog({
    level: 'info',
    format: 'json',
    destination: { write: (line) => void lines.push(line) },
  });
  await expectNone(async (text) => {
    lines.length = 0;
    log.info(text);
    log.info('field', { note: text, nested: { list: [text] } });
    log.error('error', { error: new RangeError(text, { cause: new TypeError(text) }) });
    for (const line of lines) JSON.parse(line);
    expect(lines).toHaveLength(3);
    return lines.join('');
  });
});

it('an error over HTTP shows no secret: neither in its message nor in its details', async () => {
  expect.hasAssertions();
  const app = fastify();
  installErrorHandling(app, silentLogger, () => undefined);
  let text = '';
  app.get('/', () => {
    throw new RaptorFlowError('unavailable', text, { details: { reason: text, tried: [{ url: text }] } });
  });
  await expectNone(async (given) => {
    text = given;
    return (await app.inject('/')).body;
  });
  await app.close();
});

it('an error inside of a stream shows no secret either, and nothing of what went wrong inside', async () => {
  await expectNone(async (text) =>
    JSON.stringify(
      toldInStream(new RaptorFlowError('unavailable', text, { details: { tried: [{ url: text }] } })),
    ),
  );
  expect(toldInStream(new TypeError('x is undefined'))).toEqual({
    kind: 'internal',
    code: 'internal',
    message: 'An unexpected error occurred; report it with the correlation id.',
    details: {},
  });
});

it('the errors that Periscope remembers show no secret', async () => {
  expect.hasAssertions();
  const periscope = createPeriscope({ retry: false, breaker: { failuresToOpen: false } });
  await expectNone(async (text) => {
    await periscope.execute('call', () => Promise.reject(new RangeError(text))).catch(() => undefined);
    return JSON.stringify(periscope.getRecentErrors(1));
  });
});

it('dead letters and the trace of an event show no secret of the error', async () => {
  const bus = createBus({ engine: sqliteEngine({ path: ':memory:' }) });
  await bus.start();
  let failure = '';
  const subscription = await bus.subscribe('jobs', () => Promise.reject(permanentError(failure)), {
    group: 'g',
  });
  await expectNone(async (text) => {
    failure = text;
    const id = await bus.publish('jobs', { type: 'job', payload: {} });
    const letters = await vi.waitFor(async () => {
      const { items } = await bus.deadLetters.list({ limit: 100 });
      const mine = items.filter((letter) => JSON.stringify(letter).includes(id));
      expect(mine).toHaveLength(1);
      return JSON.stringify(mine);
    });
    return letters + JSON.stringify(await bus.trace(id));
  }, 15);
  await subscription.stop();
  await bus.stop();
});

it('a configuration that is printed shows no secret, and is read as ever', () => {
  const secret = 'k3JxQ8vZp1LmT7wYb2RnF6sDc9GhA4eU';
  const config = readConfig({
    env: {
      SECRET_KEY: secret,
      DATABASE_URL: `postgres://app:${secret}@localhost/app`,
      MIGRATION_DATABASE_URL: `postgres://owner:${secret}@localhost/app`,
      REDIS_URL: `redis://:${secret}@localhost:6379`,
      ANTHROPIC_API_KEY: secret,
      OPENAI_API_KEY: secret,
      METRICS_TOKEN: secret,
      SMTP_URL: `smtp://mail:${secret}@localhost`,
      MAIL_FROM: 'a@example.com',
      ALERT_MAIL_TO: 'b@example.com',
      ALERT_WEBHOOK_URL: `https://example.com/hook?token=${secret}`,
      WEBHOOK_SECRET: secret,
    },
    directory: '/nowhere',
  });
  for (const shown of [JSON.stringify(config), inspect(config, { depth: 9 })]) {
    expect(shown).not.toContain(secret);
    expect(shown).toContain('[masked]');
  }
  expect(config.secretKey).toBe(secret);
});
