import { createServer, type AddressInfo, type Server } from 'node:net';
import { silentLogger } from 'raptorflow/kernel';
import { createExecutor } from 'raptorflow/resilience';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInvitationMail, type InvitationLetter } from './invitation-mail.ts';

let server: Server;
let mails: string[] = [];
let refuses = false;
beforeEach(async () => {
  [mails, refuses] = [[], false];
  server = createServer((socket) => {
    let mail: string | undefined;
    socket.write('220 here\r\n');
    socket.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\r\n').slice(0, -1)) {
        if (mail !== undefined && line !== '.') mail += `${line}\n`;
        else if (mail !== undefined) {
          mails.push(mail);
          mail = undefined;
          socket.write('250 taken\r\n');
        } else if (line.startsWith('RCPT') && refuses) socket.write('550 nobody here\r\n');
        else if (line === 'DATA') {
          mail = '';
          socket.write('354 go on\r\n');
        } else if (line === 'QUIT') socket.end('221 bye\r\n');
        else socket.write('250 yes\r\n');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => server.close());

const letter: InvitationLetter = {
  made: {
    id: 'inv_1',
    email: 'bob@example.com',
    role: 'member',
    invitedBy: 'usr_1',
    createdAt: 0,
    expiresAt: Date.UTC(2026, 0, 8, 12),
    code: 'secret-code',
  },
  url: 'https://flow.example.com/invitation#code=secret-code',
  workspaceName: 'Launch\r\nBcc: eve@example.com',
  invitedBy: 'Ada',
  signal: new AbortController().signal,
};

const sender = (): ReturnType<typeof createInvitationMail> => {
  const url = `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const periscope = createExecutor({ retry: false });
  return createInvitationMail({ url, from: 'flow@example.com' }, { periscope, log: silentLogger });
};

describe('an invitation by mail', () => {
  it('says who invites whom where and until when, with the link, and lets no name write headers', async () => {
    expect(await sender()(letter)).toBe(true);
    expect(mails).toHaveLength(1);
    const [mail = ''] = mails;
    expect(mail).toMatch(/^To: bob@example\.com$/m);
    expect(mail).toMatch(/^Subject: Ada invites you to Launch Bcc: eve@example\.com on RaptorFlow$/m);
    expect(mail).not.toMatch(/^Bcc:/m);
    const plain = mail.replaceAll('=\n', '').replaceAll('=3D', '=');
    expect(plain).toContain(letter.url);
    expect(plain).toContain('until 2026-01-08 12:00 UTC');
  });

  it('that the server does not take is no failure: the link is there', async () => {
    refuses = true;
    expect(await sender()(letter)).toBe(false);
  });

  it('is not sent where no mail server is configured', async () => {
    const send = createInvitationMail(undefined, { periscope: createExecutor(), log: silentLogger });
    expect(await send(letter)).toBe(false);
    expect(mails).toEqual([]);
  });
});
