import { createBus, redisEngine, sqliteEngine } from 'raptorflow/bus';

const [url] = process.argv.slice(2);
const engine = url ? redisEngine({ url }) : sqliteEngine({ path: 'bus.db' });
const bus = createBus({ engine });
await bus.start();
const greeted = Promise.withResolvers<void>();
await bus.subscribe(
  'hello.*',
  (event) => {
    console.log(`${event.channel} ${JSON.stringify(event.payload)}`);
    greeted.resolve();
  },
  { group: 'greeters' },
);
await bus.publish('hello.world', { type: 'greeting', payload: { to: 'you' } });
await greeted.promise;
await bus.stop();
