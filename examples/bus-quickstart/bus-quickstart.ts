// Publish and handle typed events in one process, kept in one file that survives kill -9.
//
//   node --conditions=@raptorflow/source examples/bus-quickstart/bus-quickstart.ts
import { createBus, defineContract, sqliteEngine } from 'raptorflow/bus';
import { z } from 'zod';

const orderPlaced = defineContract('order.placed', 1, z.object({ order: z.string(), cents: z.int() }));
const path = process.argv[2] ?? ':memory:';

const bus = createBus({ engine: sqliteEngine({ path }), contracts: [orderPlaced] });
await bus.start();

// A group is durable: each event is handled by one of its members, at least once, also across crashes.
const handled = new Promise<void>((resolve) => {
  void bus.subscribe(
    'shop.*.orders',
    async (event, context) => {
      const { order, cents } = event.payload; // typed by the contract
      if (context.attempt === 1) throw new Error('the printer is offline'); // tried again after a back-off
      console.log(`attempt ${context.attempt}: invoice for ${order}, ${(cents / 100).toFixed(2)} EUR`);
      await context.publish('shop.berlin.invoices', { type: 'invoice.sent', payload: { order } });
      resolve();
    },
    { group: 'invoices', types: ['order.placed'], retry: { baseMs: 20 } },
  );
});

const id = await bus.publish('shop.berlin.orders', {
  type: 'order.placed',
  payload: { order: 'A-17', cents: 4_990 },
});
await handled;

const invoices = await bus.replayChannel('shop.berlin.invoices', (event) => {
  console.log(
    `stored: ${event.type}, caused by ${event.causationId === id ? 'the order' : 'something else'}`,
  );
});
console.log(`${invoices} invoice; the bus says: ${(await bus.health()).survives}`);
await bus.stop();
