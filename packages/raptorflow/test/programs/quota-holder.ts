import { createQuotas, sqliteQuotaStore } from 'raptorflow/resources';

/*
 * A process that takes from a total, one by one, and holds places, until it is killed. It prints a line for each grant of the total once it has it.
 * Argument: path of the store.
 */

const quotas = createQuotas(
  {
    quotas: [
      {
        id: 'total',
        name: 'Total',
        scope: 'workspace',
        resource: 'token',
        kind: 'hard',
        period: 'forever',
        limit: 1_000_000,
        action: 'block',
      },
      {
        id: 'places',
        name: 'Places',
        scope: 'workspace',
        resource: 'place',
        kind: 'hard',
        period: 'held',
        limit: 10,
        action: 'block',
      },
    ],
  },
  { store: sqliteQuotaStore({ path: process.argv[2] ?? '' }) },
);
await quotas.start();
await quotas.acquire(10, { resource: 'place', workspaceId: 'w1' });
const takeForEver = async (): Promise<void> => {
  for (;;) {
    await quotas.acquire(1, { resource: 'token', workspaceId: 'w1' });
    process.stdout.write('1\n');
  }
};
await Promise.all(Array.from({ length: 20 }, takeForEver));
