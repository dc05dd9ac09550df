import { createClient } from '@raptorflow/client';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { Command } from '../command.ts';
import { answers, connect, readServerFile } from '../connection.ts';
import { formatMoney, formatTime } from '../figures.ts';

/** `raptorflow status`: whether a server runs here, how it is, and what it is doing. */
export const status: Command = {
  name: 'status',
  summary:
    'Say whether a server runs on the data directory, how it is, and what it is doing. Exit code 7 when none runs.',
  async run(invocation) {
    const { output, environment } = invocation;
    const file = readServerFile(environment.home);
    if (environment.url === undefined && !(file && (await answers(file)))) {
      throw new RaptorFlowError(
        'unavailable',
        `No server is running on ${environment.home}. Start one with "npm start".`,
        { details: { running: false, home: environment.home } },
      );
    }
    const { client, url, token } = await connect(invocation, { own: 'refused' });
    // A server that is unwell answers 503 with the same body.
    const [health, campaigns, costs] = await Promise.all([
      fetch(new URL('/health/all', url), { headers: { authorization: `Bearer ${token}` } }).then((answer) =>
        answer.json(),
      ),
      client.campaigns.list({ query: { limit: 200 } }),
      createClient({ baseUrl: url, token }).costs.summary(),
    ]);
    const report = health as {
      status: string;
      uptime_seconds: number;
      services: Record<string, { status: string; reasons: string[] }>;
    };
    const active = campaigns.items.filter((campaign) =>
      ['research_queued', 'running', 'awaiting_approval'].includes(campaign.status),
    );
    output.result({
      running: true,
      url,
      pid: file?.pid ?? null,
      ...report,
      active_campaigns: active.length,
      budget: costs.budget,
    });
    output.line(
      `${output.tone(report.status === 'healthy' ? 'good' : 'bad', report.status)} at ${output.tone('link', url)}${file ? `, since ${formatTime(file.started_at)}` : ''}`,
    );
    output.table(
      ['Part', 'Status', 'Why'],
      Object.entries(report.services).map(([name, part]) => [name, part.status, part.reasons.join('; ')]),
    );
    output.line(
      `Spent ${formatMoney(costs.budget.spent_usd)} of ${formatMoney(costs.budget.cap_usd)} this month.`,
    );
    for (const campaign of active)
      output.line(`${campaign.name}: ${campaign.status}, ${campaign.current_stage ?? ''} (${campaign.id})`);
  },
};
