/** How many events on the bus belong to a campaign: all that carry its id as their request. */
import { guildChannels, finalStatuses, type Campaign } from '@raptorflow/society';
import type { Bus } from 'raptorflow/bus';
import { isRaptorFlowError, type Clock } from 'raptorflow/kernel';

/** Counts the events of campaigns. */
export interface CampaignEvents {
  /**
   * How many are stored, seen at most a second ago and since the campaign's status changed. Events that were seen still count when their retention has
   * ended. While the bus is away it is what was counted last, or null.
   */
  count(
    campaign: Pick<Campaign, 'id' | 'workspaceId' | 'status' | 'createdAt' | 'finishedAt'>,
  ): Promise<number | null>;
}

/** The channels on which campaigns are worked on and reported. */
const channels: readonly string[] = [...guildChannels, 'sys.state.update'];
/** A page that follows a campaign asks many times a second; the log is read this seldom. */
const freshMs = 1_000;
/** Events stored at about the moment of the last look are read again: their order in the log is not that of the clock. */
const overlapMs = 5_000;
/** An ended campaign's last events are relayed within this time; after it nothing is added. */
const settledMs = 15_000;
const campaignsMax = 200;
const never = Number.NEGATIVE_INFINITY;
const eventsMax = 50_000;

interface Tally {
  readonly seen: Set<string>;
  lookedAt: number;
  /** The campaign's status at the last look; a change of it is always worth another one. */
  status: Campaign['status'] | undefined;
  looking: Promise<void> | undefined;
}

/** Builds the counter. It remembers the last 200 campaigns that were asked for. */
export function createCampaignEvents(deps: {
  readonly bus: Pick<Bus, 'replayChannel'>;
  readonly clock: Clock;
}): CampaignEvents {
  const { bus, clock } = deps;
  const tallies = new Map<string, Tally>();
  const look = async (
    { id, workspaceId }: Pick<Campaign, 'id' | 'workspaceId'>,
    tally: Tally,
    since: number,
  ): Promise<void> => {
    const now = clock.now();
    for (const channel of channels) {
      await bus.replayChannel(
        channel,
        (event) => {
          // Anybody may name any request; only the workspace's own events are the campaign's.
          if (event.requestId === id && event.workspaceId === workspaceId) tally.seen.add(event.id);
        },
        { since, limit: eventsMax },
      );
    }
    tally.lookedAt = now;
  };
  return {
    async count(campaign) {
      const tally = recall(tallies, campaign.id);
      const createdAt = Date.parse(campaign.createdAt);
      const { lookedAt } = tally;
      const settled =
        finalStatuses.includes(campaign.status) &&
        campaign.finishedAt !== null &&
        lookedAt > Date.parse(campaign.finishedAt) + settledMs;
      const stale = clock.now() - lookedAt >= freshMs || tally.status !== campaign.status;
      if (!settled && stale) {
        tally.status = campaign.status;
        const since = Math.max(createdAt, lookedAt) - overlapMs;
        tally.looking ??= look(campaign, tally, since).finally(() => {
          tally.looking = undefined;
        });
        // A campaign can be looked at whether the bus answers or not.
        await tally.looking.catch((error: unknown) => {
          if (!isRaptorFlowError(error, 'unavailable')) throw error;
        });
      }
      return tally.lookedAt === never ? null : tally.seen.size;
    },
  };
}

function recall(tallies: Map<string, Tally>, id: string): Tally {
  const tally = tallies.get(id) ?? {
    seen: new Set(),
    lookedAt: never,
    status: undefined,
    looking: undefined,
  };
  // Asked last stands last, so that the first is the one to forget.
  tallies.delete(id);
  tallies.set(id, tally);
  const [oldest] = tallies.keys();
  if (tallies.size > campaignsMax && oldest !== undefined) tallies.delete(oldest);
  return tally;
}
