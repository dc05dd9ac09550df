/** Events as lines of a list, whether they were read from the store or came over the socket. */
import type { BusEvent, SocketFrame } from '@raptorflow/contract';

import { excerpt, humanize } from '../../format/words.ts';

/** One line. */
export interface EventLine {
  readonly id: string;
  readonly type: string;
  readonly channel: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Frames that are events, as lines; frames of the connection itself are left out. */
export function linesOfFrames(frames: readonly SocketFrame[]): EventLine[] {
  const lines: EventLine[] = [];
  for (const frame of frames) {
    if (frame.event_id === null || frame.channel === null) continue;
    const { event_id: id, channel, type, timestamp, data } = frame;
    lines.push({ id, channel, type, timestamp, data });
  }
  return lines;
}

/** Stored events as lines. */
export function linesOfEvents(events: readonly BusEvent[]): EventLine[] {
  return events.map(({ id, channel, type, timestamp, payload }) => ({
    id,
    channel,
    type,
    timestamp,
    data: payload,
  }));
}

/** Two lists as one, newest first, each event once, at most `lengthMax` lines. */
export function mergeLines(
  live: readonly EventLine[],
  stored: readonly EventLine[],
  lengthMax: number,
): readonly EventLine[] {
  const byId = new Map<string, EventLine>();
  for (const line of [...live, ...stored]) if (!byId.has(line.id)) byId.set(line.id, line);
  return [...byId.values()]
    .sort((a, b) =>
      a.timestamp === b.timestamp ? b.id.localeCompare(a.id) : b.timestamp.localeCompare(a.timestamp),
    )
    .slice(0, lengthMax);
}

const told = ['state_type', 'stage', 'agent_code', 'status', 'command', 'summary', 'message'] as const;

/** Names that are shown as they are. */
const verbatim: ReadonlySet<string> = new Set(['agent_code', 'summary', 'message']);

/** The telling parts of a payload in a few words. */
export function describeEvent(line: EventLine): string {
  const update = line.data['update'];
  const inner = typeof update === 'object' && update !== null ? update : {};
  const parts: string[] = [];
  for (const name of told) {
    const value: unknown = line.data[name] ?? new Map<string, unknown>(Object.entries(inner)).get(name);
    if (typeof value !== 'string' || value === '' || value === line.type) continue;
    parts.push(verbatim.has(name) ? value : humanize(value));
  }
  return excerpt(parts.join(' · '), 140);
}

/** Types that say nothing beyond their payload. */
const bareTypes: ReadonlySet<string> = new Set(['state_update', 'campaign_stage']);

/** An event in one line for people: what happened, without the machine's word for it where the payload tells more. */
export function headlineOf(line: EventLine): string {
  const type = humanize(line.type.replaceAll(/[.:]/gu, ' '));
  const told = describeEvent(line);
  if (told === '' || type.toLowerCase().includes(told.toLowerCase())) return type;
  return bareTypes.has(line.type) ? told : `${type} · ${told}`;
}

/** Whether a line has every word of the filter in its type, channel, id or payload. */
export function matchesFilter(line: EventLine, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/u).filter(Boolean);
  if (words.length === 0) return true;
  const text = `${line.type} ${line.channel} ${line.id} ${JSON.stringify(line.data)}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
