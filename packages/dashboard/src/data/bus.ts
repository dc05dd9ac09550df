/** Reads the bus and acts on its dead letters. */
import type { BusChannel, DeadLetter, DeadLetterReason, DeadLetterSelection } from '@raptorflow/contract';
import type { Client } from '@raptorflow/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';

import { useBusInterval } from './health.ts';
import { listQuery, type Listing, useListing } from './pages.ts';
import { useScope } from './scope.ts';
import { useIsOperator } from './session.ts';

/** What a channel publishes and receives a second, between two readings. */
export interface ChannelRates {
  readonly published: number;
  readonly received: number;
}

/** Rates between two readings of the channels, by name; a channel of only one reading, or of a restarted server, has none. */
export function ratesBetween(
  earlier: readonly BusChannel[],
  later: readonly BusChannel[],
): ReadonlyMap<string, ChannelRates> {
  const before = new Map(earlier.map((channel) => [channel.name, channel]));
  const rates = new Map<string, ChannelRates>();
  for (const channel of later) {
    const old = before.get(channel.name);
    if (!old) continue;
    const seconds = (Date.parse(channel.measured_at) - Date.parse(old.measured_at)) / 1000;
    const published = channel.published - old.published;
    const received = channel.received - old.received;
    if (seconds <= 0 || published < 0 || received < 0) continue;
    rates.set(channel.name, { published: published / seconds, received: received / seconds });
  }
  return rates;
}

/** Keeps the two newest readings of the channels and derives their rates; read for the operator only. */
export function useChannels() {
  const { api, workspaceId } = useScope();
  const enabled = useIsOperator();
  const readings = useRef<[readonly BusChannel[], readonly BusChannel[]]>([[], []]);
  const query = useQuery({
    queryKey: [workspaceId, 'bus', 'channels'],
    queryFn: async ({ signal }) => {
      const { items } = await api.bus.channels({ signal });
      readings.current = [readings.current[1], items];
      return { channels: items, rates: ratesBetween(...readings.current) };
    },
    enabled,
    refetchInterval: useBusInterval(3_000),
    staleTime: 0,
  });
  return query;
}

/** One channel with its newest events. */
export function useChannel(name: string) {
  const { api, workspaceId } = useScope();
  const allWorkspaces = useAllWorkspaces();
  return useQuery({
    queryKey: [workspaceId, 'bus', 'channels', name],
    queryFn: ({ signal }) => api.bus.channel({ params: { name }, query: allWorkspaces, signal }),
    refetchInterval: useBusInterval(3_000),
  });
}

/** The engine's state; read for the operator only. */
export function useBusHealth() {
  const { api, workspaceId } = useScope();
  const enabled = useIsOperator();
  return useQuery({
    queryKey: [workspaceId, 'bus', 'health'],
    queryFn: ({ signal }) => api.bus.health({ signal }),
    enabled,
    refetchInterval: 5_000,
  });
}

/** How far back stored events are read before the live ones take over. */
const recentSeconds = 900;

/** The workspace's stored events of a channel's last quarter of an hour, oldest first. */
export function useStoredEvents(channel: string) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'bus', 'stored', channel],
    queryFn: ({ signal }) =>
      api.bus.replay({ body: { channel, max_age_seconds: recentSeconds, limit: 1000 }, signal }),
    staleTime: Infinity,
  });
}

/** One event by id. */
export function useMessage(eventId: string) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'bus', 'messages', eventId],
    queryFn: ({ signal }) => api.bus.message({ params: { event_id: eventId }, signal }),
    staleTime: Infinity,
  });
}

/** The installation's operator sees the system's own events beside the workspace's. */
function useAllWorkspaces(): { all_workspaces?: true } {
  return useIsOperator() ? { all_workspaces: true } : {};
}

/** Dead letters, newest first. */
export function useDeadLetters(reason?: DeadLetterReason): Listing<DeadLetter> {
  const { api, workspaceId } = useScope();
  const allWorkspaces = useAllWorkspaces();
  return useListing(
    listQuery([workspaceId, 'bus', 'dead-letters', reason ?? 'all'], (cursor, signal) =>
      api.bus.deadLetters({ query: { ...allWorkspaces, reason, cursor }, signal }),
    ),
    useBusInterval(5_000),
  );
}

/** Redrives or discards dead letters. */
export function useDeadLetterAction(action: 'redrive' | 'discard') {
  const { api, workspaceId } = useScope();
  const allWorkspaces = useAllWorkspaces();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (selection: DeadLetterSelection) =>
      api.bus[action]({ body: { ...selection, ...allWorkspaces } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [workspaceId, 'bus'] }),
  });
}

/** What publishing takes. */
export type PublishBody = NonNullable<Parameters<Client['bus']['publish']>[0]>['body'];

/** Publishes an event. */
export function usePublish() {
  const { api, workspaceId } = useScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: PublishBody) => api.bus.publish({ body }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [workspaceId, 'bus'] }),
  });
}
