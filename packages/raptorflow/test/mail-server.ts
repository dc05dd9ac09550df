import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { OtherSide } from 'raptorflow/alerts/contract-suite';

/** A mail that the server took over. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body, with soft line breaks and dots of the protocol taken out. */
  readonly text: string;
}

/** A mail server of the test's own, which speaks SMTP (RFC 5321) with AUTH PLAIN (RFC 4954). */
export interface MailServer {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  become(how: OtherSide): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a mail server that takes mail from this user only; with a certificate it speaks TLS from the first byte on. */
export async function startMailServer(
  login: { user: string; password: string },
  certificate?: { readonly cert: string; readonly key: string },
): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const sockets = new Set<Socket>();
  let behaviour: OtherSide = 'takes';
  const meet = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that goes away in the middle is part of the tests.
    socket.on('error', () => socket.destroy());
    if (behaviour !== 'silent')
      new Dialogue(
        socket,
        login,
        () => behaviour,
        (mail) => mails.push(mail),
      ).begin();
  };
  const server: Server = certificate ? createTlsServer(certificate, meet) : createServer(meet);
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    mails,
    async become(how) {
      behaviour = how;
      if (how === 'gone') await close();
      else if (!server.listening) await listen(port);
    },
    stop: close,
  };
}

/** One session: commands line by line, and after DATA the mail up to the line with a single dot. */
class Dialogue {
  readonly #socket: Socket;
  readonly #expected: string;
  readonly #behaviour: () => OtherSide;
  readonly #take: (mail: ReceivedMail) => void;
  #buffer = '';
  #authenticated = false;
  #from = '';
  #to: string[] = [];
  #data: string[] | null = null;

  constructor(
    socket: Socket,
    { user, password }: { user: string; password: string },
    behaviour: () => OtherSide,
    take: (mail: ReceivedMail) => void,
  ) {
    this.#socket = socket;
    this.#expected = Buffer.from(`\0${user}\0${password}`).toString('base64');
    this.#behaviour = behaviour;
    this.#take = take;
  }

  begin(): void {
    this.#say('220 test ESMTP');
    this.#socket.setEncoding('utf8').on('data', (chunk: string) => {
      this.#buffer += chunk;
      for (let end = this.#buffer.indexOf('\r\n'); end >= 0; end = this.#buffer.indexOf('\r\n')) {
        const line = this.#buffer.slice(0, end);
        this.#buffer = this.#buffer.slice(end + 2);
        if (this.#data) this.#dataLine(this.#data, line);
        else this.#command(line);
      }
    });
  }

  #command(line: string): void {
    const [verb = '', ...rest] = line.split(' ');
    switch (verb.toUpperCase()) {
      case 'EHLO':
        this.#say('250-test', '250-AUTH PLAIN', '250 8BITMIME');
        return;
      case 'AUTH':
        this.#authenticated = rest[0] === 'PLAIN' && rest[1] === this.#expected;
        // The answer repeats what was said, as careless servers do.
        this.#say(this.#authenticated ? '235 welcome' : `535 wrong: ${rest.join(' ')}`);
        return;
      case 'MAIL':
        this.#mail(line);
        return;
      case 'RCPT':
        this.#to.push(/<(.*)>/.exec(line)?.[1] ?? '');
        this.#say('250 ok');
        return;
      case 'DATA':
        this.#data = [];
        this.#say('354 go on');
        return;
      case 'QUIT':
        this.#say('221 bye');
        this.#socket.end();
        return;
      default:
        this.#say('502 what?');
    }
  }

  #mail(line: string): void {
    if (!this.#authenticated) this.#say('530 who are you?');
    else if (this.#behaviour() === 'refuses_for_now') this.#say(`451 busy: ${this.#expected}`);
    else if (this.#behaviour() === 'refuses_for_good') this.#say(`550 never: ${this.#expected}`);
    else {
      this.#from = /<(.*)>/.exec(line)?.[1] ?? '';
      this.#to = [];
      this.#say('250 ok');
    }
  }

  #dataLine(lines: string[], line: string): void {
    if (line !== '.') {
      lines.push(line.startsWith('.') ? line.slice(1) : line);
      return;
    }
    const text = lines.join('\n').replaceAll('=\n', '');
    this.#take({ from: this.#from, to: this.#to, text });
    this.#data = null;
    this.#say('250 taken');
  }

  #say(...lines: string[]): void {
    this.#socket.write(lines.map((line) => `${line}\r\n`).join(''));
  }
}
