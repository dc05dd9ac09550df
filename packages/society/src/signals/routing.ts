import type { Bus } from 'raptorflow/bus';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { Signal } from './signal.ts';

/** Where the matrix guild sends a signal. */
export type SignalRoute = 'critical_alert' | 'seer' | 'archive';

/** What is known of how people take a signal. */
export interface SignalMood {
  /** −1 to 1; null when nobody has judged it. */
  readonly sentiment: number | null;
  /** People that it has reached. */
  readonly reach: number;
}

/**
 * Very bad news (sentiment below −0.8) is a critical alert; very good news (above 0.8) that reaches more than 10,000 people goes to the Seer; all
 * else is archived. Throws `invalid_input` for a sentiment outside of −1 to 1 or a negative reach.
 */
export function routeSignal({ sentiment, reach }: SignalMood): SignalRoute {
  if (!(reach >= 0)) throw new RaptorFlowError('invalid_input', 'reach must be 0 or more.');
  if (sentiment === null) return 'archive';
  if (!(sentiment >= -1 && sentiment <= 1)) {
    throw new RaptorFlowError('invalid_input', 'sentiment must be between -1 and 1.');
  }
  if (sentiment < -0.8) return 'critical_alert';
  return sentiment > 0.8 && reach > 10_000 ? 'seer' : 'archive';
}

const summaryCharsMax = 4_000;

/**
 * Tells of a signal where its route leads: `crisis` on `sys.alert.critical`, `intelligence_update` on the matrix guild's channel, where the Seer
 * listens, or nothing, because it is stored already. A signal is told of once while the bus remembers it. Answers the route.
 */
export async function announceSignal(bus: Bus, signal: Signal, mood: SignalMood): Promise<SignalRoute> {
  const route = routeSignal(mood);
  const subject = signal.title;
  const summary = signal.content.slice(0, summaryCharsMax);
  const draft = { workspaceId: signal.workspaceId, dedupeKey: signal.id } as const;
  if (route === 'critical_alert') {
    await bus.route({
      ...draft,
      type: 'crisis',
      priority: 'critical',
      payload: { subject, summary, signal_ids: [signal.id] },
    });
  } else if (route === 'seer') {
    await bus.route({
      ...draft,
      type: 'intelligence_update',
      priority: 'high',
      payload: {
        signal_id: signal.id,
        kind: 'trend_emerging',
        subject,
        summary,
        ...(signal.url === null ? {} : { source_url: signal.url }),
        observed_at: signal.published ?? signal.ingestedAt,
      },
    });
  }
  return route;
}
