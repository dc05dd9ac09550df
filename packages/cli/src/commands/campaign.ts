import { join, resolve } from 'node:path';
import { formatDuration } from 'raptorflow/kernel';
import { textOption, type Command } from '../command.ts';
import { withConnection } from '../connection.ts';
import { formatMoney, formatTime } from '../figures.ts';
import { writePackage } from './campaign-run.ts';

/** `raptorflow campaign list`. */
export const campaignList: Command = {
  name: 'campaign list',
  summary: 'List campaigns, newest first.',
  options: { limit: { type: 'string', value: 'N', help: 'At most N (default 50, at most 200).' } },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const limit = textOption(invocation, 'limit');
      const page = await client.campaigns.list({ query: limit === undefined ? {} : { limit } });
      const { output } = invocation;
      output.result(page);
      if (page.items.length === 0) {
        output.line('There are no campaigns yet. Try: npm run campaign -- examples/campaigns/<name>');
        return;
      }
      output.table(
        ['Id', 'Name', 'Status', 'Stage', 'Created', 'Took', 'Cost', 'Model'],
        page.items.map((campaign) => [
          campaign.id,
          campaign.name,
          campaign.status,
          `${campaign.stages_done}/${campaign.stages_total}${campaign.current_stage === null ? '' : ` ${campaign.current_stage}`}`,
          formatTime(campaign.created_at),
          campaign.duration_ms === null ? '–' : formatDuration(campaign.duration_ms),
          formatMoney(campaign.cost_usd),
          campaign.model ?? '–',
        ]),
      );
    }),
};

/** `raptorflow campaign show`. */
export const campaignShow: Command = {
  name: 'campaign show',
  summary: 'Show a campaign: stages, cost, and what its documents could not answer.',
  operands: 'CAMPAIGN_ID',
  operandCount: [1, 1],
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const params = { campaign_id: invocation.positionals[0] ?? '' };
      const campaign = await client.campaigns.get({ params });
      const written = campaign.stages.some(
        (stage) => stage.name === 'war_brief' && stage.status === 'completed',
      );
      const brief = written ? await client.campaigns.warBrief({ params }) : undefined;
      const { output } = invocation;
      output.result({ ...campaign, unanswered: brief?.unanswered ?? null });
      output.line(
        `${output.tone('strong', campaign.name)}  ${campaign.status}  ${formatMoney(campaign.cost_usd)}  ${output.tone('dim', campaign.id)}`,
      );
      output.table(
        ['Stage', 'Status', 'Done', 'Took', 'Remark'],
        campaign.stages.map((stage) => [
          stage.name,
          stage.status,
          `${stage.progress.done}/${stage.progress.total}`,
          stage.duration_ms === null ? '–' : formatDuration(stage.duration_ms),
          stage.error?.message ?? stage.summary ?? '',
        ]),
      );
      if (campaign.error) output.line(output.tone('bad', campaign.error.message));
      if (brief && brief.unanswered.length > 0) {
        output.line('\nWhat the documents could not answer:');
        for (const open of brief.unanswered) output.line(`  ${open.question} (${open.reason})`);
      }
    }),
};

/** `raptorflow campaign export`. */
export const campaignExport: Command = {
  name: 'campaign export',
  summary: "Write a finished campaign's package as Markdown and HTML.",
  operands: 'CAMPAIGN_ID',
  operandCount: [1, 1],
  options: {
    out: {
      type: 'string',
      value: 'FOLDER',
      help: 'Where to (default: exports/<campaign> in the data directory).',
    },
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { environment, output } = invocation;
      const campaign = await client.campaigns.get({
        params: { campaign_id: invocation.positionals[0] ?? '' },
      });
      const out = textOption(invocation, 'out');
      // The server checked the id, so it cannot lead out of the folder.
      const folder =
        out === undefined
          ? join(environment.home, 'exports', campaign.id)
          : resolve(environment.workingDirectory, out);
      const files = await writePackage(client, campaign, folder);
      output.result({ campaign_id: campaign.id, package: files });
      output.line(files.html);
      output.line(files.markdown);
    }),
};
