import { RaptorFlowError, systemClock } from '../../../kernel/index.ts';
import { ChannelPolicies } from '../../channel-policies.ts';
import { CallRate, HourlyRate } from '../call-rate.ts';
import type {
  AppendOutcome,
  BusEngine,
  Delivery,
  EngineDeadLetters,
  EngineGroups,
  EngineHost,
  EngineMember,
  EngineReport,
  MemberSpec,
  NewEvent,
  ReadPage,
  ReadQuery,
  StoredChain,
  StoredEvent,
} from '../../engine.ts';
import type { Agreement } from './agreement.ts';
import { Connection } from './connection.ts';
import { RedisDeadLetters } from './dead-letters.ts';
import { Delivering } from './delivering.ts';
import { DueTimers } from './due-timers.ts';
import { Ear } from './ear.ts';
import { readLanes } from './flight.ts';
import { RedisGroups } from './groups.ts';
import { LogReader } from './log-reader.ts';
import type { Member } from './member.ts';
import type { ResolvedRedisOptions } from './options.ts';
import { PartitionTurns } from './partition-turns.ts';
import { tagOf } from './partitioning.ts';
import { assertSyncs, reportOf } from './report.ts';
import { Replication } from './replication.ts';
import { RetentionRounds } from './retention-rounds.ts';
import { scripts } from './scripts.ts';
import { Sessions } from './sessions.ts';
import type { TurnAnswer } from './turn-message.ts';
import { Watching } from './watching.ts';

const [renewPauseMs, retentionPauseMs] = [100, 1_000] as const;

/** Events in Redis. See docs/internals/redis-engine.md for what is kept where. */
export class RedisEngine implements BusEngine {
  readonly name = 'redis';
  readonly deadLetters: EngineDeadLetters;
  readonly groups: EngineGroups;
  readonly #options: ResolvedRedisOptions;
  readonly #groups: RedisGroups;
  readonly #reader: LogReader;
  #host: EngineHost | undefined;
  #policies: ChannelPolicies | undefined;
  #connection: Connection | undefined;
  #ear: Ear | undefined;
  #turns: PartitionTurns[] = [];
  #delivering: Delivering | undefined;
  #sessions: Sessions | undefined;
  #watching: Watching | undefined;
  #retention: RetentionRounds | undefined;
  #delayed: DueTimers | undefined;
  #replication: Replication | undefined;
  readonly #rate: CallRate = new CallRate(() => this.#host?.clock.monotonic() ?? 0);
  readonly #cost: HourlyRate = new HourlyRate(() => systemClock.monotonic());
  #isOpen = false;
  #isRenewing = false;
  #isClosing = false;

  constructor(options: ResolvedRedisOptions) {
    this.#options = options;
    const shared = {
      prefix: options.prefix,
      partitions: options.partitions,
      keyOf: (partition: number) => this.#keyOf(partition),
      connection: () => this.#open(),
      now: () => this.#host?.clock.now() ?? 0,
    };
    this.#reader = new LogReader(shared);
    this.#groups = new RedisGroups({
      ...shared,
      locate: async (id) => (await this.#reader.locate(id))?.position ?? null,
    });
    this.groups = this.#groups;
    this.deadLetters = new RedisDeadLetters({
      ...shared,
      sessionId: () => this.#sessions?.id ?? '-',
      policyOf: (channel) => this.#policy(channel),
      onRedriven: (partition, group, dueAt) => this.#delivering?.noteDue(partition, group, dueAt),
    });
  }

  async open(host: EngineHost): Promise<void> {
    if (this.#host) {
      throw new RaptorFlowError('conflict', 'This engine serves a bus already; make one for each bus.');
    }
    this.#host = host;
    this.#delayed = new DueTimers(host.clock);
    this.#policies = new ChannelPolicies(host.policies);
    try {
      const session = host.ids.next('ses');
      await this.#connect(session);
      await assertSyncs(this.#connection as Connection, this.#options.durability);
      await this.#start(host, session);
    } catch (error) {
      await this.#shut();
      throw error;
    }
  }

  async close({ deadlineMs }: { readonly deadlineMs: number }): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const clock = this.#host?.clock;
    if (this.#isOpen && clock) {
      const early = new AbortController();
      const drained = Promise.all(this.#turns.map((turns) => turns.drain()));
      await Promise.race([drained, clock.sleep(deadlineMs, early.signal).catch(() => undefined)]);
      early.abort();
      await this.#sessions?.quit().catch(() => undefined);
    }
    await this.#shut();
  }

  async append(units: readonly (readonly NewEvent[])[]): Promise<readonly AppendOutcome[]> {
    this.#open();
    const only = units.length === 1 ? units[0]?.[0] : undefined;
    if (only) {
      const turns = this.#turnsOf(this.#partitionOf(only.channel, only.workspace));
      return [await turns.append(units[0] as readonly NewEvent[])];
    }
    return Promise.all(
      units.map((unit) => {
        const first = unit[0];
        if (!first) return Promise.resolve({ kind: 'stored', ids: [], duplicates: 0 } as const);
        return this.#turnsOf(this.#partitionOf(first.channel, first.workspace)).append(unit);
      }),
    );
  }

  /** What the last two digits of an event's id should say, so that it is found by its id at once. */
  tagOf(channel: string, workspace: string): number {
    const { eventsMax, bytesMax } = this.#policy(channel);
    // A limit holds for the channel as a whole, so all of its events live together.
    return tagOf(eventsMax === null && bytesMax === null ? workspace : channel);
  }

  async watch(listener: (events: readonly StoredEvent[]) => void): Promise<() => void> {
    this.#open();
    return this.#watching?.add(listener) ?? (() => undefined);
  }

  async join(spec: MemberSpec, deliver: (deliveries: readonly Delivery[]) => void): Promise<EngineMember> {
    this.#open();
    const delivering = this.#delivering as Delivering;
    const member: Member = delivering.newMember(spec, deliver);
    await this.#groups.join(this.#memberName(member), spec);
    delivering.add(member);
    return member;
  }

  async find(id: string): Promise<StoredEvent | null> {
    this.#open();
    return (await this.#reader.locate(id))?.event ?? null;
  }

  async read(query: ReadQuery): Promise<ReadPage> {
    this.#open();
    return this.#reader.read(query);
  }

  async chain(requestId: string, limit: number): Promise<StoredChain> {
    this.#open();
    return this.#reader.chain(requestId, limit);
  }

  async inspect(): Promise<EngineReport> {
    const connection = this.#open();
    const now = Math.floor(this.#host?.clock.now() ?? 0);
    const counts = await Promise.all(
      this.#turns.map((_, partition) => connection.run(scripts.counts, [this.#keyOf(partition)], [now])),
    );
    return reportOf({
      connection,
      counts,
      warnings: await this.#groups.warnings(),
      replicas: this.#options.replicas,
      peers: this.#sessions?.peers ?? 1,
      skewMs: this.#sessions?.skewMs ?? 0,
      commandsPerSecond: this.#rate.perSecond(),
      polling: this.#sessions?.polling(this.#cost.perHour()) ?? null,
    });
  }

  /** Breaks all connections and stops beating, as `kill -9` would; nothing is given back. For tests of what follows. */
  async abandon(): Promise<void> {
    this.#isClosing = true;
    await this.#shut();
  }

  async #connect(session: string): Promise<void> {
    const address = this.#options;
    this.#connection = await Connection.open(
      { ...address, connectionName: session },
      {
        onReady: () => this.#recover(),
        onCommand: () => this.#countCommand(),
      },
    );
    this.#ear = new Ear({
      address,
      keys: this.#keys,
      isOpen: () => this.#isOpen,
      sessionId: () => this.#sessions?.id ?? '-',
      delivering: () => this.#delivering,
      watching: () => this.#watching,
      turns: () => this.#turns,
      takeStrays: async () => this.#sessions?.takeStrays(),
    });
    await this.#ear.connect();
  }

  async #start(host: EngineHost, session: string): Promise<void> {
    const connection = this.#connection as Connection;
    const { partitions, publishTimeoutMs, idle, polling } = this.#options;
    const keys = this.#keys;
    this.#sessions = new Sessions({
      options: this.#options,
      keys,
      groupKeys: this.#groups.keys,
      connection,
      host,
      onLost: () => void this.#renew(),
      onTakenOver: () => this.#ear?.lookEverywhere(),
      onPolled: (wakes, isLost) => {
        this.#countCommand();
        this.#ear?.hearPolled(wakes, isLost);
      },
    });
    this.#delivering = new Delivering({
      partitions,
      connection,
      engine: host,
      keyOf: (partition) => this.#keyOf(partition),
      sessionId: () => this.#sessions?.id ?? '-',
      policyOf: (channel) => this.#policy(channel),
      turnsOf: (partition) => this.#turnsOf(partition),
      forget: (member) => this.#groups.leave(this.#memberName(member), member.spec.group),
    });
    this.#watching = new Watching({
      keys,
      connection,
      reader: this.#reader,
      sessionId: () => this.#sessions?.id ?? '-',
      now: () => host.clock.now(),
      log: host.log,
    });
    this.#retention = new RetentionRounds({
      keys,
      connection,
      engine: host,
      delivering: this.#delivering,
      // Each round is a command, in every process.
      pauseMs: idle === 'polling' ? Math.max(retentionPauseMs, polling.pauseMsMax) : retentionPauseMs,
    });
    this.#replication = Replication.of(this.#options, { connection, clock: host.clock });
    this.#turns = keys.map(
      (key, partition) =>
        new PartitionTurns({
          clock: host.clock,
          connection,
          agreement: this.#delivering?.agreements[partition] as Agreement,
          key,
          deadLettersPerReasonMax: host.deadLettersPerReasonMax,
          publishTimeoutMs,
          policyOf: (channel) => this.#policy(channel),
          takeClaims: (events) => this.#delivering?.takeClaims(partition, events) ?? [],
          onAnswer: (answer) => this.#onAnswer(partition, answer),
          onGone: (session) => void this.#onGone(session),
          onBroken: (claims) => this.#delivering?.onBroken(partition, claims),
          isPresent: () => !this.#isRenewing,
          replication: this.#replication,
        }),
    );
    await this.#sessions.begin(session);
    await this.#ear?.subscribe();
    this.#isOpen = true;
    this.#ear?.start(host.clock);
  }

  async #shut(): Promise<void> {
    this.#isOpen = false;
    this.#delayed?.close();
    this.#retention?.close();
    this.#delivering?.close();
    for (const turns of this.#turns) turns.close();
    this.#replication?.close();
    await this.#sessions?.stop();
    this.#watching?.close();
    this.#connection?.close();
    this.#ear?.close();
  }

  #open(): Connection {
    if (this.#connection && this.#isOpen) return this.#connection;
    throw new RaptorFlowError('unavailable', 'The Redis engine is not open.');
  }

  get #keys(): string[] {
    return Array.from({ length: this.#options.partitions }, (_, partition) => this.#keyOf(partition));
  }

  #keyOf(partition: number): string {
    return `{${this.#options.prefix}:${partition}}:`;
  }

  #partitionOf(channel: string, workspace: string): number {
    return this.tagOf(channel, workspace) % this.#options.partitions;
  }

  #turnsOf(partition: number): PartitionTurns {
    return this.#turns[partition] as PartitionTurns;
  }

  #policy(channel: string): ReturnType<ChannelPolicies['of']> {
    return (this.#policies as ChannelPolicies).of(channel);
  }

  #memberName(member: Member): string {
    return `${this.#sessions?.id ?? '-'}|${member.id}`;
  }

  #onAnswer(partition: number, answer: TurnAnswer): void {
    const delivering = this.#delivering as Delivering;
    const lanes = delivering.lanes[partition];
    if (lanes) readLanes(answer.lanes, lanes);
    delivering.onAnswer(partition, answer);
    this.#retention?.plan(partition, answer.sweepAt);
    if (this.#options.idle === 'polling') {
      if (answer.stored) this.#watching?.wake(partition);
      if (answer.stored || answer.claims.some(({ items }) => items.length > 0)) this.#sessions?.hurry();
    }
    if (answer.delayedAt !== null) {
      this.#delayed?.plan(`${partition}`, answer.delayedAt, () => this.#turnsOf(partition).poke());
    }
    for (let at = 0; at + 1 < answer.dropped.length; at += 2) {
      const channel = `sys.dlq.${answer.dropped[at]}`;
      for (let count = Number(answer.dropped[at + 1]); count > 0; count -= 1) {
        this.#host?.onFate({ kind: 'dead_letter_dropped', channel, group: null, count: 1 });
      }
    }
  }

  #countCommand(): void {
    this.#rate.count();
    this.#cost.count();
  }

  #recover(): void {
    this.#sessions?.forgive();
    if (!this.#isOpen) return;
    this.#delivering?.doubtAll();
    if (!this.#isRenewing) this.#ear?.lookEverywhere();
  }

  async #onGone(session: string): Promise<void> {
    if (session === this.#sessions?.id) await this.#renew();
  }

  // Others took this process for dead: what it held is theirs, and it begins anew.
  async #renew(): Promise<void> {
    const sessions = this.#sessions;
    if (!sessions || !this.#isOpen || this.#isRenewing) return;
    this.#isRenewing = true;
    const lost = this.#delivering?.forgetAll() ?? 0;
    this.#host?.log.warn(
      'This process was silent for too long and was taken for dead; events in its hands went to others.',
      { count: lost },
    );
    for (let isDone = false; !isDone && this.#isOpen;) {
      try {
        await this.#joinAgain(sessions);
        isDone = true;
      } catch (error) {
        this.#host?.log.debug('The new session could not be announced; it is tried again.', { error });
        await systemClock.sleep(renewPauseMs);
      }
    }
    this.#isRenewing = false;
    if (!this.#isOpen) return;
    this.#delivering?.doubtAll();
    this.#ear?.lookEverywhere();
  }

  async #joinAgain(sessions: Sessions): Promise<void> {
    await sessions.renew();
    for (const member of this.#delivering?.members.all ?? []) {
      await this.#groups.join(this.#memberName(member), { ...member.spec, from: 'new' });
    }
    await this.#watching?.register();
  }
}
