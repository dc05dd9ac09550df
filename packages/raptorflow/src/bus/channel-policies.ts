import { defaultRetentionMs } from './channel.ts';
import type { ChannelPolicy } from './engine.ts';
import { isWild, matchesPattern } from './pattern.ts';

/** Channels whose policy is remembered. */
const cachedChannelsMax = 10_000;

/** Finds the policy of a channel: the declaration of its very name, else the longest pattern that fits, else the default. */
export class ChannelPolicies {
  readonly #exact = new Map<string, ChannelPolicy>();
  readonly #wild: ChannelPolicy[] = [];
  readonly #cache = new Map<string, ChannelPolicy | null>();

  constructor(policies: readonly ChannelPolicy[]) {
    for (const policy of policies) {
      if (isWild(policy.name)) this.#wild.push(policy);
      else this.#exact.set(policy.name, policy);
    }
    this.#wild.sort((a, b) => b.name.length - a.name.length);
  }

  /** The declaration that covers a channel, or null. */
  declared(channel: string): ChannelPolicy | null {
    const known = this.#cache.get(channel);
    if (known !== undefined) return known;
    const found =
      this.#exact.get(channel) ?? this.#wild.find((policy) => matchesPattern(policy.name, channel)) ?? null;
    if (this.#cache.size >= cachedChannelsMax) this.#cache.clear();
    this.#cache.set(channel, found);
    return found;
  }

  /** The policy that holds for a channel, declared or not. */
  of(channel: string): ChannelPolicy {
    return (
      this.declared(channel) ?? {
        name: channel,
        retentionMs: defaultRetentionMs,
        expired: 'dead_letter',
        eventsMax: null,
        bytesMax: null,
      }
    );
  }
}
