/** The addresses of the bus and its traces. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';

import { readSearch } from '../search.ts';
import { inWorkspace } from './root.ts';

const bus = createRoute({
  ...inWorkspace,
  path: 'bus',
  component: lazyRouteComponent(() => import('../pages/bus/bus-layout.tsx'), 'BusLayout'),
});
const inBus = { getParentRoute: () => bus };
const channels = createRoute({
  ...inBus,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/bus/channel-list.tsx'), 'ChannelListPage'),
});
const channel = createRoute({
  ...inBus,
  path: 'channels/$name',
  component: lazyRouteComponent(() => import('../pages/bus/channel-page.tsx'), 'ChannelPage'),
});
const tail = createRoute({
  ...inBus,
  path: 'tail',
  validateSearch: readSearch('filter'),
  component: lazyRouteComponent(() => import('../pages/bus/live-tail.tsx'), 'LiveTailPage'),
});
const deadLetters = createRoute({
  ...inBus,
  path: 'dead-letters',
  validateSearch: readSearch('reason', 'letter'),
  component: lazyRouteComponent(() => import('../pages/bus/dead-letters.tsx'), 'DeadLettersPage'),
});
const message = createRoute({
  ...inBus,
  path: 'messages/$eventId',
  component: lazyRouteComponent(() => import('../pages/bus/message-page.tsx'), 'MessagePage'),
});

const traceSearch = createRoute({
  ...inBus,
  path: 'trace',
  component: lazyRouteComponent(() => import('../pages/trace/trace-page.tsx'), 'TraceSearchPage'),
});
const trace = createRoute({
  ...inBus,
  path: 'trace/$id',
  component: lazyRouteComponent(() => import('../pages/trace/trace-page.tsx'), 'TracePage'),
});

/** Below the workspace. */
export const busRoutes = [
  bus.addChildren([channels, channel, tail, deadLetters, message, traceSearch, trace]),
] as const;
