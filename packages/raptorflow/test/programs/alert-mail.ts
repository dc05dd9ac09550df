import { mailNotifier } from 'raptorflow/alerts';

/*
 * Sends one mail about nothing, as somebody would who has installed the library. Argument: the address of the mail server.
 */

const [, , url = ''] = process.argv;
const notifier = mailNotifier({ url, from: 'alerts@example.com', to: ['ada@example.com'] });
await notifier.notify(
  {
    id: 'ntf_1',
    status: 'resolved',
    reason: 'news',
    route: 'default',
    groupLabels: {},
    alerts: [],
    alertsLeftOut: 0,
    at: 0,
  },
  { deliveryId: 'dlv_1', attempt: 1, signal: new AbortController().signal },
);
