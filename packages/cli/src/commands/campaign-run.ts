import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Client } from '@raptorflow/client';
import { readCampaignFolder } from '@raptorflow/platform';
import { formatDuration, RaptorFlowError, systemClock } from 'raptorflow/kernel';
import { flagOption, textOption, type Command, type Invocation } from '../command.ts';
import { withConnection, type Connection } from '../connection.ts';
import { formatMoney } from '../figures.ts';

type Campaign = Awaited<ReturnType<Client['campaigns']['get']>>;

const pollMs = 100;
const endings: ReadonlySet<Campaign['status']> = new Set([
  'completed',
  'rejected',
  'failed',
  'cancelled',
  'awaiting_approval',
]);

/** `raptorflow campaign run`: a folder with a brief and documents in, a finished package out. */
export const campaignRun: Command = {
  name: 'campaign run',
  summary:
    'Run a campaign from a folder with brief.yaml and its documents, and write the package as Markdown and HTML. Uses the server that runs on the data directory, else its own.',
  operands: 'FOLDER or brief.yaml',
  operandCount: [1, 1],
  options: {
    out: {
      type: 'string',
      value: 'FOLDER',
      help: 'Where to write the package (default: exports/<campaign> in the data directory).',
    },
    approve: { type: 'boolean', help: 'Approve the assets when the brief asks for a person.' },
  },
  async run(invocation) {
    const [operand = ''] = invocation.positionals;
    // Read before anything is started or stored: a malformed brief changes nothing.
    const folder = readCampaignFolder(resolve(invocation.environment.workingDirectory, operand));
    await withConnection(invocation, { own: 'allowed' }, async (connection) => {
      await runCampaign(invocation, connection, folder);
    });
  },
};

type Folder = ReturnType<typeof readCampaignFolder>;

async function runCampaign(invocation: Invocation, connection: Connection, folder: Folder): Promise<void> {
  const { client } = connection;
  const { output } = invocation;
  output.progress(`Storing ${folder.documents.length} documents …`);
  const documentIds: string[] = [];
  for (const document of folder.documents) {
    const stored = await client.documents.create({
      body: { title: document.title, media_type: document.mediaType, text: document.text },
    });
    documentIds.push(stored.id);
  }
  const { campaign_id: id } = await client.campaigns.create({
    body: { brief: folder.brief, document_ids: documentIds },
  });
  let campaign = await follow(invocation, client, id);
  if (campaign.status === 'awaiting_approval' && flagOption(invocation, 'approve')) {
    await client.campaigns.approve({
      params: { campaign_id: id },
      body: { note: 'Approved on the command line.' },
    });
    campaign = await follow(invocation, client, id);
  }
  output.endProgress();
  if (campaign.status === 'failed') {
    throw new RaptorFlowError(
      'internal',
      `The campaign failed: ${campaign.error?.message ?? 'see raptorflow dlq list'}`,
      { details: { campaign_id: id } },
    );
  }
  const files = campaign.package_ready
    ? await writePackage(client, campaign, targetFolder(invocation, id))
    : undefined;
  report(invocation, connection, campaign, files);
}

function targetFolder({ environment, ...invocation }: Invocation, id: string): string {
  const out = textOption({ environment, ...invocation }, 'out');
  return out === undefined
    ? join(environment.home, 'exports', id)
    : resolve(environment.workingDirectory, out);
}

/** Polls until the campaign is final or waits for a person, telling each change. */
async function follow({ output, signal }: Invocation, client: Client, id: string): Promise<Campaign> {
  let told = '';
  for (;;) {
    const campaign = await client.campaigns.get({ params: { campaign_id: id } });
    const line = progressLine(campaign);
    if (line !== told) output.progress(line);
    told = line;
    if (endings.has(campaign.status)) return campaign;
    if (signal.aborted) {
      throw new RaptorFlowError(
        'cancelled',
        `Stopped watching. The campaign ${id} goes on as soon as a server runs on this data directory.`,
      );
    }
    await systemClock.sleep(pollMs);
  }
}

function progressLine(campaign: Campaign): string {
  const stages = campaign.stages.map((stage) => {
    const mark =
      stage.status === 'completed'
        ? '✓'
        : stage.status === 'failed'
          ? '✗'
          : stage.status === 'pending'
            ? '·'
            : '…';
    const { done, total } = stage.progress;
    return `${mark} ${stage.name}${stage.status === 'running' && total > 1 ? ` ${done}/${total}` : ''}`;
  });
  return stages.join('  ');
}

/** Writes both forms of the package; answers their absolute paths. */
export async function writePackage(
  client: Client,
  campaign: Pick<Campaign, 'id' | 'name'>,
  folder: string,
): Promise<{ markdown: string; html: string }> {
  mkdirSync(folder, { recursive: true });
  const name =
    campaign.name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 60) || 'campaign';
  const files = { markdown: join(folder, `${name}.md`), html: join(folder, `${name}.html`) };
  for (const format of ['markdown', 'html'] as const) {
    writeFileSync(
      files[format],
      await client.campaigns.package({ params: { campaign_id: campaign.id }, query: { format } }),
    );
  }
  return files;
}

function report(
  { output }: Invocation,
  connection: Connection,
  campaign: Campaign,
  files: { markdown: string; html: string } | undefined,
): void {
  output.result({
    status: campaign.status,
    campaign_id: campaign.id,
    duration_ms: campaign.duration_ms,
    first_finding_ms: campaign.first_finding_ms,
    events: campaign.counts.events,
    runs: campaign.counts.runs,
    cost_usd: campaign.cost_usd,
    citations: campaign.counts.citations,
    unanswered: campaign.counts.unanswered,
    assets: campaign.counts.assets,
    model: campaign.model,
    package: files ?? null,
  });
  const { counts } = campaign;
  output.line(
    `${output.tone('strong', campaign.name)}: ${output.tone(campaign.status === 'completed' ? 'good' : 'warning', campaign.status)} in ${formatDuration(campaign.duration_ms ?? 0)}, first finding after ${formatDuration(campaign.first_finding_ms ?? 0)}`,
  );
  output.line(
    `${counts.citations} citations, ${counts.assets} assets, ${counts.unanswered} questions the documents do not answer, ${counts.runs} runs, ${counts.events ?? 'an unknown number of'} events, ${formatMoney(campaign.cost_usd)} (${campaign.model ?? 'no model'} model)`,
  );
  if (files) {
    output.line(`  ${files.html}`);
    output.line(`  ${files.markdown}`);
  } else if (campaign.status === 'awaiting_approval') {
    output.line(
      `It waits for approval: run again with --approve, or approve it in the dashboard${connection.kind === 'local' ? ` at ${connection.url}` : ' (npm start)'}.`,
    );
  }
}
