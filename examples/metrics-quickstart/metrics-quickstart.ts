// Count, time and show to Prometheus, in one process and without a server of ours.
//
//   node --conditions=@raptorflow/source examples/metrics-quickstart/metrics-quickstart.ts
import { createServer } from 'node:http';
import { createMetrics, negotiateExposition } from 'raptorflow/metrics';

const metrics = createMetrics();
const about = { category: 'performance' } as const;
const calls = metrics.counter({ name: 'calls', unit: 'calls', description: 'Calls answered.', ...about });
const latency = metrics.timer({ name: 'call_ms', description: 'Time to answer a call.', ...about });

const server = createServer((request, response) => {
  const { format, contentType } = negotiateExposition(request.headers.accept);
  void metrics.expose(format).then((text) => response.setHeader('content-type', contentType).end(text));
});
server.listen(0, '127.0.0.1', () => void scrapeOnce());

for (let call = 1; call <= 100; call += 1) {
  calls.with({ route: '/orders', status: call % 10 === 0 ? '500' : '200' }).add();
  latency.with({ route: '/orders' }).record(call);
}
const p95 = latency.with({ route: '/orders' }).percentile(95);
console.log(
  `p95 is ${p95?.value.toFixed(0)} ms, true within ${((p95?.relativeError ?? 0) * 100).toFixed(1)} %`,
);

async function scrapeOnce(): Promise<void> {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  for (const line of text.split('\n')) if (line.startsWith('calls_total')) console.log(line);
  server.closeAllConnections();
  server.close();
}
