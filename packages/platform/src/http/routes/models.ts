/** Models: what the aliases stand for in the workspace, what can be called, and what is missing to call the rest. */
import { routes } from '@raptorflow/contract';
import type {
  AliasSetting,
  Agents,
  JsonObject,
  ModelCatalog,
  ModelSettings,
  Prices,
} from '@raptorflow/runtime';
import { RaptorFlowError, type Clock } from 'raptorflow/kernel';
import type { FastifyInstance } from 'fastify';
import { asJson } from '../audited.ts';
import { registerRoutes, type RegisterDeps } from '../register.ts';
import { aliasToWire, changeFromWire, modelsToWire } from './models-wire.ts';

/** What the model routes answer from. */
export interface ModelRouteDeps extends RegisterDeps {
  readonly models: ModelCatalog;
  readonly prices: Prices;
  readonly modelSettings: Pick<ModelSettings, 'list' | 'set' | 'unset'>;
  readonly agents: Pick<Agents, 'list'>;
  readonly clock: Clock;
}

/** Every change of an alias is one kind of row, with what it was and what it is. */
const changed = 'models.aliases.changed';
const agentsNamedMax = 5;

/** Registers `/api/v1/models`. */
export function registerModelRoutes(app: FastifyInstance, deps: ModelRouteDeps): void {
  const { models, prices, modelSettings, clock } = deps;
  registerRoutes(
    app,
    routes.models,
    {
      async list(_input, { workspaceId }) {
        const aliases = await modelSettings.list(workspaceId);
        return {
          aliases: aliases.map(aliasToWire),
          items: modelsToWire(models, prices, aliases, clock.now()),
        };
      },
      async setAlias({ params: { alias }, body }, call) {
        const { workspaceId } = call;
        await call.audited(
          {
            action: changed,
            target: { kind: 'model_alias', id: alias },
            details: asJson(body),
            resultOf: (change) => ({ before: said(change.before), after: said(change.after) }),
          },
          () => modelSettings.set(workspaceId, alias, changeFromWire(body)),
        );
        const set = (await modelSettings.list(workspaceId)).find((one) => one.alias === alias);
        if (set !== undefined) return aliasToWire(set);
        throw new RaptorFlowError('conflict', `The alias "${alias}" was unset at the same moment.`);
      },
      async unsetAlias({ params: { alias } }, call) {
        const { workspaceId } = call;
        await call.audited(
          {
            action: changed,
            target: { kind: 'model_alias', id: alias },
            details: { model: null, fallbacks: [] },
            resultOf: (change) => ({ before: said(change.before), after: said(change.after) }),
          },
          async () => {
            await refuseWhileUsed(deps, workspaceId, alias);
            return modelSettings.unset(workspaceId, alias);
          },
        );
        const left = (await modelSettings.list(workspaceId)).find((one) => one.alias === alias);
        return { alias, model: left === undefined ? null : aliasToWire(left).model };
      },
    },
    deps,
  );
}

function said(setting: AliasSetting | null): JsonObject | null {
  return setting && { model: setting.model, fallbacks: setting.fallbacks };
}

/** An agent whose alias is gone could not work any more. Throws `conflict`. */
async function refuseWhileUsed(
  { models, agents }: ModelRouteDeps,
  workspaceId: string,
  alias: string,
): Promise<void> {
  if (Object.hasOwn(models.aliases(), alias)) return;
  const users = (await agents.list(workspaceId)).filter((agent) => agent.modelAlias === alias);
  if (users.length === 0) return;
  const codes = users.slice(0, agentsNamedMax).map(({ code }) => code);
  const rest = users.length - codes.length;
  throw new RaptorFlowError(
    'conflict',
    `${codes.join(', ')}${rest > 0 ? ` and ${rest} more` : ''} ${users.length === 1 ? 'works' : 'work'} with "${alias}"; give them another model first.`,
    { details: { alias, agents: codes } },
  );
}
