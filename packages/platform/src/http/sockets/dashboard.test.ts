import { createBus, sqliteEngine, type Bus } from 'raptorflow/bus';
import { createIds, RaptorFlowError, silentLogger, systemClock } from 'raptorflow/kernel';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../app.ts';
import type { Gatekeeper } from '../call.ts';
import { registerDashboardSocket } from './dashboard.ts';
import { createEventHub, type EventHub } from './hub.ts';

interface Frame {
  readonly type: string;
  readonly data: Record<string, unknown>;
  readonly event_id: string | null;
  readonly channel: string | null;
  readonly workspace_id: string | null;
}

/** A client that keeps every frame and lets a test wait for one. */
class Client {
  readonly frames: Frame[] = [];
  readonly socket: WebSocket;
  #waiting: (() => void)[] = [];
  closed: { code: number } | undefined;

  constructor(url: string, protocols: string[]) {
    this.socket = new WebSocket(url, protocols);
    this.socket.addEventListener('message', (event) => {
      this.frames.push(JSON.parse(String(event.data)) as Frame);
      this.#wake();
    });
    this.socket.addEventListener('close', (event) => {
      this.closed = { code: event.code };
      this.#wake();
    });
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async until<T>(found: () => T | undefined): Promise<T> {
    for (;;) {
      const value = found();
      if (value !== undefined) return value;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  frame(type: string): Promise<Frame> {
    return this.until(() => this.frames.find((frame) => frame.type === type));
  }
}

const signedOut = new Set<string>();
const memberships: Record<string, string[]> = {};

const gatekeeper: Gatekeeper = {
  async identify(token) {
    if ((token !== 'ada' && token !== 'bob') || signedOut.has(token))
      throw new RaptorFlowError('unauthenticated', 'No.');
    return {
      userId: `usr_${token}`,
      name: token,
      operator: token === 'ada',
      expiresAtMs: 1e15,
      tokenId: `tok_${token}`,
    };
  },
  admit: async (token) => ({
    caller: await gatekeeper.identify(token),
    entrance: { workspaceId: 'wsp_1', role: 'member' },
  }),
};

let app: FastifyInstance;
let bus: Bus;
let hub: EventHub;
let address = '';
const clients: Client[] = [];

beforeAll(async () => {
  bus = createBus({ engine: sqliteEngine({ path: ':memory:' }) });
  await bus.start();
  hub = createEventHub({ bus });
  await hub.start();
  app = await createApp(
    { version: '0', secure: false, corsOrigins: [], trustProxy: false },
    { ids: createIds(), log: silentLogger },
  );
  registerDashboardSocket(app, {
    bus,
    hub,
    gatekeeper,
    allowedOrigins: [],
    workspacesOf: async (userId) => memberships[userId] ?? [],
    clock: systemClock,
    log: silentLogger,
  });
  address = (await app.listen({ port: 0, host: '127.0.0.1' })).replace('http', 'ws');
});
beforeEach(() => {
  signedOut.clear();
  Object.assign(memberships, { usr_ada: ['wsp_1', 'wsp_2'], usr_bob: ['wsp_1'] });
});
afterEach(() => {
  for (const client of clients.splice(0)) client.socket.close();
});
afterAll(async () => {
  await app.close();
  await hub.stop();
  await bus.stop();
});

function connect(user: string, protocols: string[]): Client {
  const client = new Client(`${address}/ws/dashboard/${user}`, protocols);
  clients.push(client);
  return client;
}

async function open(who: 'ada' | 'bob'): Promise<Client> {
  const client = connect(`usr_${who}`, [`bearer.${who}`, 'raptorflow']);
  await client.frame('socket.hello');
  return client;
}

const update = (workspaceId: string, status: string): Promise<string> =>
  bus.publish('sys.state.update', {
    type: 'state_update',
    workspaceId,
    payload: { state_type: 'x', status },
  });

describe('the dashboard socket', () => {
  it('greets, never echoes the token, and shows state updates of the caller’s workspaces only', async () => {
    const bob = await open('bob');
    expect(bob.socket.protocol).toBe('raptorflow');
    await update('wsp_2', 'secret');
    const id = await update('wsp_1', 'own');
    await bob.frame('state_update');
    const events = bob.frames.filter((frame) => frame.event_id !== null);
    expect(events).toMatchObject([{ event_id: id, workspace_id: 'wsp_1', data: { status: 'own' } }]);
  });

  it('refuses a missing or wrong token, and the socket of another user', async () => {
    const refused = async (client: Client): Promise<number> => (await client.until(() => client.closed)).code;
    expect(await refused(connect('usr_ada', ['raptorflow']))).toBe(4401);
    expect(await refused(connect('usr_ada', ['bearer.forged']))).toBe(4401);
    expect(await refused(connect('usr_ada', ['bearer.bob']))).toBe(4403);
    expect(await refused(connect('usr_ada?token=ada', ['raptorflow']))).toBe(4401);
  });

  it('sends what was missed after resume_from, and says so', async () => {
    const first = await update('wsp_1', 'one');
    const missed = [await update('wsp_1', 'two'), await update('wsp_1', 'three')];
    await update('wsp_2', 'not for bob');
    const bob = await open('bob');
    bob.socket.send(JSON.stringify({ resume_from: first }));
    expect((await bob.frame('socket.resumed')).data).toEqual({ count: 2 });
    expect(
      bob.frames.filter((frame) => frame.type === 'state_update').map((frame) => frame.event_id),
    ).toEqual(missed);
  });

  it('asks for a fresh read when the event is not kept any more', async () => {
    const bob = await open('bob');
    bob.socket.send(JSON.stringify({ resume_from: createIds().next('evt') }));
    expect((await bob.frame('socket.resync')).data['reason']).toContain('no longer kept');
  });

  it('tails other channels while asked to, with patterns, and stops listening with the last tail', async () => {
    const ada = await open('ada');
    ada.socket.send(JSON.stringify({ tail: ['team.*.news'] }));
    await expect.poll(() => bus.subscriptions().map((one) => one.name)).toContain('dashboard tail');
    ada.socket.send('ping');
    await ada.frame('socket.pong');
    await bus.publish('team.red.news', { type: 'said', workspaceId: 'wsp_2', payload: { text: 'hello' } });
    await bus.publish('team.red.other', { type: 'unsaid', workspaceId: 'wsp_2', payload: {} });
    expect(await ada.frame('said')).toMatchObject({ channel: 'team.red.news', data: { text: 'hello' } });
    expect(ada.frames.some((frame) => frame.type === 'unsaid')).toBe(false);
    ada.socket.close();
    await ada.until(() => ada.closed);
    await expect.poll(() => bus.subscriptions().map((one) => one.name)).not.toContain('dashboard tail');
    expect(hub.viewers).toBe(0);
  });

  it('shows nothing more of a workspace from the removal on, and something from the joining on', async () => {
    const [ada, bob] = [await open('ada'), await open('bob')];
    const tell = (type: string, workspaceId: string, userId: string): Promise<string> =>
      bus.publish('sys.workspace.lifecycle', { type, workspaceId, payload: { user_id: userId } });
    memberships['usr_bob'] = ['wsp_2'];
    await tell('member.removed', 'wsp_1', 'usr_bob');
    await tell('member.added', 'wsp_2', 'usr_bob');
    await expect
      .poll(async () => {
        await update('wsp_2', 'for both');
        return bob.frames.some((frame) => frame.data['status'] === 'for both');
      })
      .toBe(true);
    await update('wsp_1', 'for Ada alone');
    await ada.until(() => ada.frames.find((frame) => frame.data['status'] === 'for Ada alone'));
    expect(bob.frames.some((frame) => frame.data['status'] === 'for Ada alone')).toBe(false);
  });

  it('ends with its session, when that is signed out in any process; others stay', async () => {
    const [ada, bob] = [await open('ada'), await open('bob')];
    signedOut.add('bob');
    await bus.publish('sys.workspace.lifecycle', { type: 'session.ended', payload: { token_id: 'tok_bob' } });
    expect(await bob.until(() => bob.closed)).toMatchObject({ code: 4401 });
    ada.socket.send('ping');
    await ada.frame('socket.pong');
  });

  it('answers nonsense with an error and stays open', async () => {
    const bob = await open('bob');
    bob.socket.send('{"what": 1}');
    expect((await bob.frame('socket.error')).data['code']).toBe('malformed_input');
    bob.socket.send(JSON.stringify({ type: 'ping' }));
    await bob.frame('socket.pong');
  });

  it('drops a client that sends too many frames', async () => {
    const bob = await open('bob');
    for (let count = 0; count < 130; count += 1) bob.socket.send('ping');
    expect((await bob.until(() => bob.closed)).code).toBe(4429);
  });
});
