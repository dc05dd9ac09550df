/** The model behind the gateways: a model server that answers in 20 ms, in a process of its own. */
import { createModelServer } from '@raptorflow/rig';
import { upstreamPrice } from '../shared.ts';

const server = createModelServer({
  prices: { 'rig-model': upstreamPrice },
  answer: () => ({ text: 'A short answer that costs a little.' }),
  latencyMs: 20,
});
await server.start();
console.log(server.url);
process.once('SIGTERM', () => void server.stop().then(() => process.exit(0)));
