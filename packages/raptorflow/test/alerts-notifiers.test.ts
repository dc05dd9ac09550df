import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mailNotifier, slackNotifier, verifyWebhook, webhookNotifier } from 'raptorflow/alerts';
import {
  notificationOf,
  notifierContract,
  type NotifierUnderTest,
  type OtherSide,
} from 'raptorflow/alerts/contract-suite';
import { makeCertificate } from '@raptorflow/rig';
import { describe, expect, it } from 'vitest';
import { startMailServer } from './mail-server.ts';

/** A web server that behaves as it is told, and keeps what it took over. */
async function startWebServer(
  path: string,
  take: (request: IncomingMessage, body: string) => void,
): Promise<{ url: string; become: (how: OtherSide) => Promise<void>; stop: () => Promise<void> }> {
  let behaviour: OtherSide = 'takes';
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (behaviour === 'silent') return;
      if (behaviour === 'refuses_for_now') response.writeHead(503).end('try later');
      else if (behaviour === 'refuses_for_good' || request.url !== path)
        response.writeHead(410).end(request.url);
      else {
        take(request, Buffer.concat(chunks).toString());
        response.writeHead(200).end('ok');
      }
    });
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${path}`,
    async become(how) {
      behaviour = how;
      if (how === 'gone') await close();
      else if (!server.listening) await listen(port);
    },
    stop: close,
  };
}

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

notifierContract(
  'to a webhook',
  async (): Promise<NotifierUnderTest> => {
    const bodies: string[] = [];
    const server = await startWebServer('/hooks/path-that-is-secret', ({ headers }, body) => {
      // What is not signed as the receiver expects does not count as received.
      verifyWebhook({ headers, body }, [secret], { now: Date.now() });
      bodies.push(body);
    });
    return {
      notifier: webhookNotifier({
        url: server.url,
        secrets: [secret],
        headers: { authorization: 'Bearer token-that-is-secret' },
      }),
      received: () => bodies,
      become: server.become,
      secrets: [secret, 'path-that-is-secret', 'token-that-is-secret'],
      dispose: server.stop,
    };
  },
  { refusals: true },
);

notifierContract(
  'to a chat',
  async (): Promise<NotifierUnderTest> => {
    const texts: string[] = [];
    const server = await startWebServer('/services/T0/B0/key-that-is-secret', (_request, body) => {
      texts.push(body);
    });
    return {
      notifier: slackNotifier({ url: server.url }),
      received: () => texts,
      become: server.become,
      secrets: ['key-that-is-secret'],
      dispose: server.stop,
    };
  },
  { refusals: true },
);

notifierContract(
  'by mail',
  async (): Promise<NotifierUnderTest> => {
    const server = await startMailServer({ user: 'raptor', password: 'password-that-is-secret' });
    return {
      notifier: mailNotifier({
        url: `smtp://raptor:password-that-is-secret@127.0.0.1:${server.port}`,
        from: 'alerts@example.com',
        to: ['ada@example.com', 'grace@example.com'],
      }),
      received: () => server.mails.map(({ text }) => text),
      become: server.become,
      secrets: ['password-that-is-secret', Buffer.from('password-that-is-secret').toString('base64')],
      dispose: server.stop,
    };
  },
  { refusals: true },
);

describe('mail over TLS', () => {
  const login = { user: 'raptor', password: 'password-that-is-secret' };
  const mail = { from: 'alerts@example.com', to: ['ada@example.com'] };
  const context = { deliveryId: 'dlv_1', attempt: 1, signal: new AbortController().signal };

  it('goes to a server whose certificate can be checked, and to no other', async () => {
    const certificate = makeCertificate();
    const key = readFileSync(certificate.keyFile, 'utf8');
    const server = await startMailServer(login, { cert: certificate.pem, key });
    try {
      const url = `smtps://raptor:${login.password}@localhost:${server.port}`;
      await mailNotifier({ ...mail, url, ca: certificate.pem }).notify(notificationOf(), context);
      expect(server.mails).toMatchObject([{ from: 'alerts@example.com', to: ['ada@example.com'] }]);
      const unknown = mailNotifier({ ...mail, url }).notify(notificationOf(), context);
      await expect(unknown).rejects.toMatchObject({ code: 'unavailable' });
      expect(server.mails).toHaveLength(1);
    } finally {
      await server.stop();
      certificate.remove();
    }
  });

  it('is asked for on other machines: without it nothing is sent', async () => {
    const server = await startMailServer(login);
    try {
      const url = `smtp://raptor:${login.password}@127.0.0.1:${server.port}`;
      const sent = mailNotifier({ ...mail, url, startTls: 'require' }).notify(notificationOf(), context);
      await expect(sent).rejects.toMatchObject({ code: 'unavailable' });
      expect(server.mails).toEqual([]);
    } finally {
      await server.stop();
    }
  });
});
