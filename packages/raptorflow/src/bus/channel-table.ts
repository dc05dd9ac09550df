import { RaptorFlowError } from '../kernel/index.ts';
import { defaultRetentionMs, type ChannelDeclaration } from './channel.ts';
import { ChannelPolicies } from './channel-policies.ts';
import { ContractRegistry, type EventCheck } from './contract-registry.ts';
import type { ChannelPolicy } from './engine.ts';
import { isChannelName, shown } from './names.ts';
import { isWild } from './pattern.ts';

/** What the bus knows about a channel that somebody publishes on. */
export interface ChannelEntry {
  readonly name: string;
  readonly declared: boolean;
  /** Contracts that only this channel asks for; null when any type may be published. */
  readonly contracts: ContractRegistry | null;
}

/** Channels whose entry is remembered. */
const cachedChannelsMax = 10_000;

/** Declarations of channels, as publishers and engines need them. */
export class ChannelTable {
  readonly declarations: readonly ChannelDeclaration[];
  readonly policies: readonly ChannelPolicy[];
  readonly #lookup: ChannelPolicies;
  readonly #contracts = new Map<string, ContractRegistry>();
  readonly #entries = new Map<string, ChannelEntry>();

  /** Later declarations replace earlier ones of the same name. */
  constructor(declarations: readonly ChannelDeclaration[]) {
    const byName = new Map(declarations.map((declaration) => [declaration.name, declaration]));
    this.declarations = [...byName.values()];
    this.policies = this.declarations.map((declaration) => ({
      name: declaration.name,
      retentionMs: declaration.retentionMs ?? defaultRetentionMs,
      expired: declaration.expired ?? 'dead_letter',
      eventsMax: declaration.limits?.eventsMax ?? null,
      bytesMax: declaration.limits?.bytesMax ?? null,
    }));
    this.#lookup = new ChannelPolicies(this.policies);
    for (const { name, contracts } of this.declarations) {
      if (contracts) this.#contracts.set(name, new ContractRegistry(contracts));
    }
  }

  /** Throws `invalid_input` when this is no channel name. */
  entry(channel: string): ChannelEntry {
    const known = this.#entries.get(channel);
    if (known) return known;
    if (!isChannelName(channel)) {
      throw new RaptorFlowError(
        'invalid_input',
        `"${shown(channel)}" is no channel: write dotted segments of a–z, 0–9, _ and -, up to 200 bytes.`,
      );
    }
    const declaration = this.#lookup.declared(channel);
    const entry: ChannelEntry = {
      name: channel,
      declared: declaration !== null,
      contracts: declaration ? (this.#contracts.get(declaration.name) ?? null) : null,
    };
    if (this.#entries.size >= cachedChannelsMax) this.#entries.clear();
    this.#entries.set(channel, entry);
    return entry;
  }

  /** The check that holds for events at handling: by the contracts of their channel where they know the type, else by `others`. */
  checks(others: ContractRegistry): EventCheck {
    if (this.#contracts.size === 0) return others;
    return {
      checkEvent: (event) => {
        const declaration = this.#lookup.declared(event.channel);
        const own = declaration ? this.#contracts.get(declaration.name) : undefined;
        return (own?.covers(event.type) === true ? own : others).checkEvent(event);
      },
    };
  }

  policyOf(channel: string): ChannelPolicy {
    return this.#lookup.of(channel);
  }

  declarationOf(channel: string): ChannelDeclaration | undefined {
    const found = this.#lookup.declared(channel);
    return found ? this.declarations.find(({ name }) => name === found.name) : undefined;
  }

  /** Declared channels that are no patterns. */
  names(): string[] {
    return this.declarations.map(({ name }) => name).filter((name) => !isWild(name));
  }
}
