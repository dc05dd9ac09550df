import { createClient, type Client } from '@raptorflow/client';
import { logStreamPaths, socketCloseCodes, type SocketFrame } from '@raptorflow/contract';
import { isDeadLetterChannel, standardChannels } from 'raptorflow/bus';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { declaredChannels } from '../src/compose/stores.ts';
import {
  content,
  marker,
  own,
  profiles,
  startTwoWorkspaces,
  type ProfileName,
  type TwoWorkspaces,
} from './two-workspaces.ts';

/** Every channel that is declared, and one of each family. */
const channels = [...standardChannels, ...declaredChannels].map(({ name }) => name.replaceAll('*', 'matrix'));

/** Those on which an event can be published; on the others the bus writes what became of it. */
const published = channels.filter((name) => !isDeadLetterChannel(name));

/** Where an admin may publish what any admin may. */
const open = [
  'sys.guild.guardians.broadcast',
  'sys.guild.matrix.broadcast',
  'sys.guild.muse.broadcast',
  'sys.guild.research.broadcast',
  'sys.state.update',
  'sys.workspace.lifecycle',
];

/** Where dead letters come to lie in these tests. */
const buried = ['sys.dlq.max_retries_exceeded', 'sys.dlq.routing_error', 'sys.dlq.schema_violation'];

/** A socket that keeps what it is sent. */
class Listener {
  readonly frames: SocketFrame[] = [];
  readonly #socket: WebSocket;
  closed: number | undefined;

  constructor(server: string, path: string, token: string) {
    this.#socket = new WebSocket(server.replace('http', 'ws') + path, ['raptorflow', `bearer.${token}`]);
    this.#socket.addEventListener('message', ({ data }) => {
      this.frames.push(JSON.parse(String(data)) as SocketFrame);
    });
    this.#socket.addEventListener('close', ({ code }) => {
      this.closed = code;
    });
  }

  async says(frame: object): Promise<void> {
    await this.hears('socket.hello');
    this.#socket.send(JSON.stringify(frame));
  }

  async hears(type: string): Promise<void> {
    await vi.waitUntil(() => this.frames.some((frame) => frame.type === type), waiting);
  }

  /** The ids of events that it has been sent. */
  ids(): ReadonlySet<string | null> {
    return new Set(this.frames.map((frame) => frame.event_id));
  }

  /** The workspaces of events that it has been sent. */
  workspaces(): string[] {
    return [
      ...new Set(this.frames.flatMap(({ workspace_id: id, event_id: event }) => (event ? [String(id)] : []))),
    ];
  }

  /** The channels on which it has heard of dead letters of a workspace, sorted. */
  lettersOf(workspaceId: string): string[] {
    const heard = this.frames.filter((frame) => frame.workspace_id === workspaceId);
    const names = heard.flatMap(({ channel }) =>
      channel !== null && isDeadLetterChannel(channel) ? [channel] : [],
    );
    return [...new Set(names)].toSorted();
  }

  close(): void {
    this.#socket.close();
  }
}

const waiting = { timeout: 10_000, interval: 10 } as const;

describe.each(profiles)('channels and sockets (%s)', (profile: ProfileName) => {
  let world: TwoWorkspaces;
  let operator: Client;
  let stranger: Client;
  let key = '';
  const listeners: Listener[] = [];

  beforeAll(async () => {
    world = await startTwoWorkspaces(profile);
    const baseUrl = world.server.url;
    operator = createClient({ baseUrl, token: world.server.localToken });
    stranger = createClient({ baseUrl, token: world.stranger, workspaceId: own });
    // The installation's own parts publish everywhere, for everybody; the operator stands for them. The owner of A works in B as well.
    for (const workspace_id of [own, marker]) {
      await world.plant('workspace_members', {
        workspace_id,
        user_id: world.server.localUserId,
        role: 'admin',
      });
    }
    await world.plant('workspace_members', { workspace_id: own, user_id: `usr_of_${marker}`, role: 'admin' });
    const member = createClient({ baseUrl, token: world.member, workspaceId: own });
    key = (await member.apiKeys.create({ body: { name: 'ci', role: 'admin' } })).key;
  });
  afterAll(async () => {
    for (const listener of listeners) listener.close();
    await world.stop();
  });

  const listen = (path: string, token: string): Listener => {
    const listener = new Listener(world.server.url, path, token);
    listeners.push(listener);
    return listener;
  };
  const dashboardOf = (workspace: string): string => `/ws/dashboard/usr_of_${workspace}`;
  const publishIn = async (workspace: string, channel: string, text: string): Promise<string> => {
    const body = { channel, type: 'test.event', payload: { text } };
    return (await operator.inWorkspace(workspace).bus.publish({ body })).event_id;
  };
  /** An event that nobody takes, and one that breaks its contract; what stands on `alerts.undelivered` is given up as well. */
  const bury = async (workspace: string): Promise<void> => {
    const { bus } = operator.inWorkspace(workspace);
    const payload = { text: workspace === marker ? content : 'of B' };
    const lost = { channel: 'nobody.listens', type: 'test.event', payload };
    expect(await refusal(bus.publish({ body: lost }))).toBe('routing_error');
    const broken = { channel: 'sys.guild.research.broadcast', type: 'lord_command', payload };
    expect(await refusal(bus.publish({ body: broken }))).toBe('schema_violation');
  };
  const refusal = async (asking: Promise<unknown>): Promise<unknown> =>
    asking.then(
      () => 201,
      (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
    );

  it('show a stranger who listens to everything the events of their workspace, and none of A’s', async () => {
    const everything = { tail: ['>', 'sys.>', 'alerts.*', 'pipeline.>', ...channels.slice(0, 12)] };
    const ears = {
      stranger: listen(dashboardOf(own), world.stranger),
      key: listen(dashboardOf(marker), key),
      member: listen(dashboardOf(marker), world.member),
    };
    const probe = 'sys.guild.research.broadcast';
    for (const ear of Object.values(ears)) {
      await ear.says(everything);
      await vi.waitFor(async () => {
        const id = await publishIn(own, probe, 'heard?');
        await vi.waitFor(() => expect(ear.ids()).toContain(id), { timeout: 300, interval: 5 });
      }, waiting);
    }
    const ofA: string[] = [];
    const ofB: string[] = [];
    for (const channel of published) {
      ofA.push(await publishIn(marker, channel, content));
      ofB.push(await publishIn(own, channel, 'of B'));
    }
    for (const workspace of [marker, own]) await bury(workspace);
    // Whoever may hear them has heard them all; nobody else hears them later.
    await vi.waitFor(() => {
      expect([...ears.member.ids()]).toEqual(expect.arrayContaining([...ofA, ...ofB]));
      expect([...ears.stranger.ids()]).toEqual(expect.arrayContaining(ofB));
      expect([...ears.key.ids()]).toEqual(expect.arrayContaining(ofB));
      expect(ears.member.lettersOf(marker)).toEqual(buried);
      for (const ear of Object.values(ears)) expect(ear.lettersOf(own)).toEqual(buried);
    }, waiting);
    for (const ear of [ears.stranger, ears.key]) {
      expect(ear.workspaces()).toEqual([own]);
      expect(JSON.stringify(ear.frames)).not.toContain(content);
    }
    for (const id of ofA) {
      expect(await refusal(stranger.bus.message({ params: { event_id: id } }))).toBe('not_found');
      expect(await refusal(stranger.bus.trace({ params: { id } }))).toBe('not_found');
    }
    for (const channel of channels) {
      const { items } = await stranger.bus.replay({ body: { channel, limit: 1_000 } });
      expect([channel, items.filter((event) => event.workspace_id !== own)]).toEqual([channel, []]);
      if (published.includes(channel)) expect([channel, items.length > 0]).toEqual([channel, true]);
    }
    const { items } = await stranger.bus.deadLetters();
    expect(new Set(items.map((letter) => letter.workspace_id))).toEqual(new Set([own]));
  });

  it('resume from no event of A, as from none that is not kept', async () => {
    const ofA = await publishIn(marker, 'sys.state.update', content);
    const ofB = await publishIn(own, 'sys.state.update', 'of B');
    const ear = listen(dashboardOf(own), world.stranger);
    await ear.says({ resume_from: ofA });
    await ear.hears('socket.resync');
    expect(ear.frames.map((frame) => frame.type)).not.toContain('socket.resumed');
    await ear.says({ resume_from: ofB });
    await ear.hears('socket.resumed');
    expect(JSON.stringify(ear.frames)).not.toContain(content);
  });

  it('are closed to whoever is somebody else, or no operator', async () => {
    for (const path of [dashboardOf(marker), ...logStreamPaths]) {
      const ear = listen(path, world.stranger);
      await vi.waitFor(() => expect([path, ear.closed]).toEqual([path, socketCloseCodes.forbidden]), waiting);
      expect(ear.frames).toEqual([]);
    }
    for (const path of logStreamPaths) {
      const headers = { authorization: `Bearer ${world.stranger}`, accept: 'text/event-stream' };
      const { status } = await fetch(world.server.url + path, { headers });
      expect([path, status]).toEqual([path, 403]);
    }
  });

  it('stream no answer into another workspace', async () => {
    const messages = [{ role: 'user', content: 'b' }];
    for (const path of ['/v1/chat/completions', '/api/v1/dispatch']) {
      const response = await fetch(world.server.url + path, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${world.stranger}`,
          'content-type': 'application/json',
          'x-workspace-id': marker,
        },
        body: JSON.stringify({ model: 'offline', messages, stream: true }),
      });
      const type = response.headers.get('content-type');
      expect([path, response.status, type]).toEqual([path, 403, expect.stringContaining('json')]);
      await response.text();
    }
  });

  it('take events of another workspace from nobody, and of an admin only where they concern the workspace alone', async () => {
    const taken: string[] = [];
    for (const channel of channels) {
      const draft = { body: { channel, type: 'test.event' } };
      const elsewhere = await refusal(stranger.inWorkspace(marker).bus.publish(draft));
      expect([channel, elsewhere]).toEqual([channel, 'forbidden']);
      const here = await refusal(stranger.bus.publish(draft));
      if (here === 201) taken.push(channel);
      else expect([channel, here]).toEqual([channel, 'forbidden']);
    }
    expect(taken.toSorted()).toEqual(open);
  });
});
