/** Campaigns: started from a brief and documents, watched, decided on, and taken away as a package. */
import {
  campaignBriefSchema,
  routes,
  type Campaign as WireCampaign,
  type CampaignCreated,
  type SampleCampaign,
} from '@raptorflow/contract';
import type { Agents, Costs, Dispatcher, Documents, Identity, Ledger } from '@raptorflow/runtime';
import { automaticDecider, suggestBrief, type Campaigns, type StartedCampaign } from '@raptorflow/society';
import type { Bus } from 'raptorflow/bus';
import { isRaptorFlowError, RaptorFlowError, type Clock } from 'raptorflow/kernel';
import type { FastifyInstance } from 'fastify';
import { readSampleCampaigns, type CampaignFolder } from '../../campaign-folder.ts';
import type { Call } from '../call.ts';
import { foreignCursor, pageOf } from '../page.ts';
import { registerRoutes, replied, type Handlers, type RegisterDeps } from '../register.ts';
import { assetToWire } from './assets-wire.ts';
import { briefSuggestionToWire } from './brief-suggestion-wire.ts';
import { createCampaignEvents, type CampaignEvents } from './campaign-events.ts';
import {
  approvalToWire,
  briefFromWire,
  campaignSummaryToWire,
  campaignToWire,
  planToWire,
  stageToWire,
  type AgentsByCode,
} from './campaigns-wire.ts';
import { estimateToWire } from './estimate-wire.ts';
import { citationsOf, warBriefToWire, type Resolve } from './war-brief-wire.ts';

/** What the campaign routes answer from. */
export interface CampaignRouteDeps extends RegisterDeps {
  readonly campaigns: Campaigns;
  readonly documents: Documents;
  readonly agents: Pick<Agents, 'list'>;
  readonly costs: Pick<Costs, 'sumBy'>;
  readonly ledger: Pick<Ledger, 'standing'>;
  readonly dispatcher: Pick<Dispatcher, 'dispatchJson'>;
  readonly identity: Pick<Identity, 'getUser'>;
  readonly bus: Pick<Bus, 'replayChannel'>;
  readonly clock: Clock;
  /** The bundled samples by name; default: those of the repository. */
  readonly samples?: () => ReadonlyMap<string, CampaignFolder>;
}

type CampaignHandlers = Handlers<typeof routes.campaigns>;

/** Registers `/api/v1/campaigns/…`. */
export function registerCampaignRoutes(app: FastifyInstance, deps: CampaignRouteDeps): void {
  const events = createCampaignEvents(deps);
  const handlers: CampaignHandlers = {
    ...processHandlers(deps, events),
    ...resultHandlers(deps),
    ...startHandlers(deps),
  };
  registerRoutes(app, routes.campaigns, handlers, deps);
}

/** A campaign with everything that its page shows. */
async function describe(
  deps: CampaignRouteDeps,
  events: CampaignEvents,
  workspaceId: string,
  campaignId: string,
): Promise<WireCampaign> {
  const overview = await deps.campaigns.get(workspaceId, campaignId);
  const [agents, costOfRun, counts, eventCount, documents, quest, approval] = await Promise.all([
    agentsByCode(deps, workspaceId),
    costByRun(deps, workspaceId, campaignId),
    deps.campaigns.counts(workspaceId, campaignId),
    events.count(overview.campaign),
    deps.documents.list(workspaceId),
    deps.campaigns.quest(workspaceId, campaignId),
    deps.campaigns.approval(workspaceId, campaignId),
  ]);
  return campaignToWire(overview, {
    agents,
    costOfRun,
    counts,
    events: eventCount,
    titles: new Map(documents.map(({ id, title }) => [id, title])),
    plan: quest ? planToWire(quest, await passagesOf(deps, workspaceId, campaignId)) : null,
    approval: approval ? approvalToWire(approval, await deciderName(deps, approval.by)) : null,
  });
}

async function agentsByCode(deps: CampaignRouteDeps, workspaceId: string): Promise<AgentsByCode> {
  const agents = await deps.agents.list(workspaceId);
  return new Map(agents.map((agent) => [agent.code, agent]));
}

async function costByRun(
  deps: CampaignRouteDeps,
  workspaceId: string,
  campaignId: string,
): Promise<ReadonlyMap<string, number>> {
  const sums = await deps.costs.sumBy(workspaceId, 'run', { campaignId });
  return new Map(sums.flatMap((sum) => (sum.key === null ? [] : [[sum.key, sum.costMicroUsd] as const])));
}

// Plans and assets cite the war brief by its numbers; without a brief there is nothing to cite.
async function passagesOf(
  deps: CampaignRouteDeps,
  workspaceId: string,
  campaignId: string,
): Promise<Resolve> {
  try {
    return citationsOf(await deps.campaigns.warBrief(workspaceId, campaignId));
  } catch (error) {
    if (isRaptorFlowError(error, 'not_found')) return () => [];
    throw error;
  }
}

async function deciderName(deps: CampaignRouteDeps, by: string): Promise<string> {
  if (by === automaticDecider) return by;
  try {
    return (await deps.identity.getUser(by)).displayName;
  } catch (error) {
    // A person who is gone is still the one who decided.
    if (isRaptorFlowError(error, 'not_found')) return by;
    throw error;
  }
}

function processHandlers(
  deps: CampaignRouteDeps,
  events: CampaignEvents,
): Pick<CampaignHandlers, 'approve' | 'get' | 'list' | 'reject' | 'stages'> {
  const { campaigns } = deps;
  const decide = async (
    call: Call,
    campaignId: string,
    decision: 'approved' | 'rejected',
    note: string | undefined,
  ): Promise<WireCampaign> => {
    const { workspaceId, caller } = call;
    await call.audited(
      {
        action: 'campaign.decide',
        target: { kind: 'campaign', id: campaignId },
        details: { decision, note: note ?? null },
      },
      () =>
        campaigns.decide({ workspaceId, campaignId, decision, userId: caller.userId, note: note ?? null }),
    );
    return describe(deps, events, workspaceId, campaignId);
  };
  return {
    approve: ({ params, body }, call) => decide(call, params.campaign_id, 'approved', body.note),
    get: ({ params }, call) => describe(deps, events, call.workspaceId, params.campaign_id),
    async list({ query }, call) {
      if (query.cursor !== undefined && !query.cursor.startsWith('cmp_')) throw foreignCursor();
      const page = await campaigns.list(call.workspaceId, {
        limit: query.limit,
        cursor: query.cursor,
        status: query.status,
      });
      return {
        items: page.items.map(campaignSummaryToWire),
        next_cursor: page.nextCursor,
        total: page.total,
      };
    },
    reject: ({ params, body }, call) => decide(call, params.campaign_id, 'rejected', body.note),
    async stages({ params }, call) {
      const { workspaceId } = call;
      const { stages } = await campaigns.get(workspaceId, params.campaign_id);
      const [agents, costOfRun] = await Promise.all([
        agentsByCode(deps, workspaceId),
        costByRun(deps, workspaceId, params.campaign_id),
      ]);
      return { items: stages.map((stage) => stageToWire(stage, { agents, costOfRun })) };
    },
  };
}

function resultHandlers(
  deps: CampaignRouteDeps,
): Pick<CampaignHandlers, 'assets' | 'package' | 'suggestBrief' | 'warBrief'> {
  const { campaigns } = deps;
  return {
    async assets({ params, query }, call) {
      const { workspaceId } = call;
      const campaignId = params.campaign_id;
      const assets = await campaigns.assets(workspaceId, campaignId);
      const [resolve, agents] = await Promise.all([
        passagesOf(deps, workspaceId, campaignId),
        agentsByCode(deps, workspaceId),
      ]);
      return pageOf(assets, query, (asset) =>
        assetToWire(asset, campaignId, resolve, (code) => agents.get(code)?.name ?? code),
      );
    },
    async package({ params, query }, call): Promise<typeof replied> {
      const { format } = query;
      const text = await campaigns.package(call.workspaceId, params.campaign_id, format);
      const names = await campaigns.names(call.workspaceId, [params.campaign_id]);
      const name = fileName(names.get(params.campaign_id) ?? 'campaign');
      void call.reply
        .type(format === 'html' ? 'text/html; charset=utf-8' : 'text/markdown; charset=utf-8')
        // Opened from our own address it could otherwise act as one of our pages.
        .header(
          'content-security-policy',
          "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
        )
        .header('content-disposition', `attachment; filename="${name}.${format === 'html' ? 'html' : 'md'}"`)
        .send(text);
      return replied;
    },
    async suggestBrief({ body }, call) {
      const suggestion = await suggestBrief(
        {
          workspaceId: call.workspaceId,
          documentIds: body.document_ids,
          correlationId: call.correlationId,
          signal: call.signal,
        },
        deps,
      );
      return briefSuggestionToWire(suggestion);
    },
    warBrief: async ({ params }, call) =>
      warBriefToWire(await campaigns.warBrief(call.workspaceId, params.campaign_id)),
  };
}

/** A name that is safe in a header and in every file system: ASCII letters, digits and hyphens. */
function fileName(name: string): string {
  const safe = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replaceAll(/^-+|-+$/g, '');
  return safe === '' ? 'campaign' : safe;
}

function startHandlers(
  deps: CampaignRouteDeps,
): Pick<CampaignHandlers, 'create' | 'estimate' | 'runSample' | 'samples'> {
  const { campaigns, documents } = deps;
  let known: ReadonlyMap<string, CampaignFolder> | undefined;
  // They ship with the program and do not change while it runs.
  const samples = (): ReadonlyMap<string, CampaignFolder> =>
    (known ??= (deps.samples ?? readSampleCampaigns)());
  const created = (started: StartedCampaign): CampaignCreated => ({
    campaign_id: started.campaignId,
    event_id: started.eventId,
    status: 'research_queued',
  });
  return {
    async create({ body }, call) {
      const started = await campaigns.create({
        workspaceId: call.workspaceId,
        userId: call.caller.userId,
        brief: briefFromWire(body.brief),
        documentIds: body.document_ids,
      });
      return created(started);
    },
    async estimate({ body }, { workspaceId }) {
      const planned = { workspaceId, brief: briefFromWire(body.brief), documentIds: body.document_ids };
      const [estimate, standing] = await Promise.all([
        deps.campaigns.estimate(planned),
        deps.ledger.standing(workspaceId),
      ]);
      return estimateToWire(estimate, standing);
    },
    async runSample({ params }, call) {
      const sample = samples().get(params.name);
      if (!sample) {
        throw new RaptorFlowError(
          'not_found',
          `There is no sample "${params.name}"; there are: ${[...samples().keys()].join(', ') || 'none'}.`,
        );
      }
      const documentIds: string[] = [];
      for (const { title, mediaType, text } of sample.documents) {
        const stored = await documents.add(call.workspaceId, {
          title,
          mediaType,
          content: text,
          createdBy: call.caller.userId,
        });
        documentIds.push(stored.id);
      }
      const started = await campaigns.create({
        workspaceId: call.workspaceId,
        userId: call.caller.userId,
        brief: briefFromWire(campaignBriefSchema.parse(sample.brief)),
        documentIds,
        sample: sample.name,
      });
      return created(started);
    },
    samples: () => ({ items: [...samples().values()].map(sampleToWire) }),
  };
}

function sampleToWire(sample: CampaignFolder): SampleCampaign {
  return {
    name: sample.name,
    title: sample.brief.name,
    description: sample.brief.positioning,
    brief: campaignBriefSchema.parse(sample.brief),
    documents: sample.documents.map(({ title, mediaType, text }) => ({
      title,
      media_type: mediaType,
      size_bytes: Buffer.byteLength(text),
    })),
  };
}
