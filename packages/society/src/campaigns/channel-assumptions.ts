import type { PlatformId } from '../guardians/index.ts';

/**
 * What the simulation assumes about a channel. These are assumptions of this program, wide on purpose, shown with every
 * result, and never facts about the campaign; whoever knows better replaces them.
 */
export interface ChannelAssumption {
  readonly channel: PlatformId;
  /** US dollars that one visit costs: log-normal with this median and this spread of the logarithm. */
  readonly costPerVisit: { readonly medianUsd: number; readonly sigma: number };
  /** Share of visits that respond (install, try, order: whatever the goal counts): beta distribution. */
  readonly response: { readonly alpha: number; readonly beta: number };
  /** Visits that the channel can bring in a week before they become dearer: log-normal. */
  readonly weeklyReach: { readonly median: number; readonly sigma: number };
  readonly note: string;
}

const assume = (
  channel: PlatformId,
  medianUsd: number,
  responsePercent: number,
  weeklyReach: number,
  note: string,
): ChannelAssumption => ({
  channel,
  costPerVisit: { medianUsd, sigma: 0.6 },
  // Forty pseudo-observations: a mean of the given percentage with a wide spread.
  response: { alpha: (40 * responsePercent) / 100, beta: 40 - (40 * responsePercent) / 100 },
  weeklyReach: { median: weeklyReach, sigma: 0.5 },
  note,
});

/** The assumption about every channel. */
export const channelAssumptions: readonly ChannelAssumption[] = Object.freeze([
  assume('x', 0.9, 1, 1_500, 'Promoted posts; cheap visits that rarely respond.'),
  assume('linkedin', 4.5, 2.5, 900, 'Sponsored posts to a profession; dear visits that respond more often.'),
  assume('instagram', 0.8, 1.2, 2_000, 'Promoted posts and reels.'),
  assume('facebook', 0.7, 1.2, 2_000, 'Promoted posts to a region or an interest.'),
  assume('youtube', 1.2, 1, 1_500, 'Making and promoting one short video.'),
  assume('tiktok', 0.6, 0.7, 2_500, 'Making and promoting short videos.'),
  assume('pinterest', 0.7, 1, 1_000, 'Promoted pins.'),
  assume('medium', 0.5, 1.5, 400, 'Writing time; visits come slowly.'),
  assume('reddit', 0.6, 2, 800, 'Time of people who answer; promoted posts where communities allow them.'),
  assume('threads', 0.5, 0.8, 800, 'Time of people who answer.'),
  assume('email', 0.25, 4, 600, 'Writing and sending to people who subscribed.'),
  assume('blog', 0.6, 2, 1_000, 'Writing and promoting articles.'),
  assume('landing_page', 2, 5, 700, 'Visits bought from search to a page made for the campaign.'),
]);
