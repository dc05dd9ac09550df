import type { Client } from '@raptorflow/client';
import { RaptorFlowError } from 'raptorflow/kernel';
import { textOption, type Command } from '../command.ts';
import { withConnection } from '../connection.ts';

type Alias = Awaited<ReturnType<Client['models']['setAlias']>>;

const houseAliases = ['fast', 'standard', 'heavy', 'research', 'embedding'];

/** `raptorflow models list`. */
export const modelsList: Command = {
  name: 'models list',
  summary: 'List the aliases of the workspace with what they stand for, and the models that can be called.',
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const list = await client.models.list();
      output.result(list);
      output.table(
        ['Alias', 'Model', 'Set by', 'Fallbacks', 'Note'],
        list.aliases.map((one) => [
          one.alias,
          one.own_model !== null && one.own_model !== one.model
            ? `${one.own_model} (${one.model})`
            : one.model,
          one.own_model === null ? 'installation' : 'workspace',
          one.fallbacks.map(({ model }) => model).join(', '),
          noteOf(one),
        ]),
      );
      const callable = list.items.filter((model) => model.available);
      output.line('');
      output.table(
        ['Provider', 'Model', 'US$ per million in', 'out'],
        callable.map(({ provider, id, price }) => [
          provider,
          id,
          price?.input_usd_per_million ?? '–',
          price?.output_usd_per_million ?? '–',
        ]),
      );
    }),
};

/** `raptorflow models set`. */
export const modelsSet: Command = {
  name: 'models set',
  summary: 'Say what an alias stands for in the workspace, and which models stand in for it (admins).',
  operands: 'ALIAS [MODEL]',
  operandChoices: houseAliases,
  operandCount: [1, 2],
  options: {
    fallback: {
      type: 'string',
      value: 'MODELS',
      help: 'Asked in turn when the model does not answer, separated by commas, at most 5; "none" for none.',
    },
  },
  notes:
    'MODEL is a model id, such as gemini-3.8-flash or vertex:gemini-3.8-flash, "offline", or another alias. What is not named stays as it is.',
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const [alias = '', model] = invocation.positionals;
      const fallback = textOption(invocation, 'fallback');
      if (model === undefined && fallback === undefined) {
        throw new RaptorFlowError(
          'invalid_input',
          `Say what "${alias}" shall stand for, or its fallbacks: raptorflow models set ${alias} MODEL --fallback MODEL,MODEL. "models unset ${alias}" leaves it to the installation.`,
        );
      }
      const set = await client.models.setAlias({
        params: { alias },
        body: {
          ...(model === undefined ? {} : { model }),
          ...(fallback === undefined ? {} : { fallbacks: namesIn(fallback) }),
        },
      });
      invocation.output.result(set);
      const rest = set.fallbacks.map((one) => one.model).join(', then ');
      invocation.output.line(
        `${set.alias} stands for ${set.model}${rest === '' ? '' : `; when it does not answer, ${rest}`}.`,
      );
    }),
};

/** `raptorflow models unset`. */
export const modelsUnset: Command = {
  name: 'models unset',
  summary: 'Leave an alias to the installation again, or remove one of the workspace’s own (admins).',
  operands: 'ALIAS',
  operandChoices: houseAliases,
  operandCount: [1, 1],
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const [alias = ''] = invocation.positionals;
      const left = await client.models.unsetAlias({ params: { alias } });
      invocation.output.result(left);
      invocation.output.line(
        left.model === null ? `${alias} is no alias any more.` : `${alias} stands for ${left.model} again.`,
      );
    }),
};

function noteOf({ reason, fallbacks }: Alias): string {
  if (reason !== null) return reason;
  const missing = fallbacks.filter((one) => one.reason !== null).map(({ model }) => model);
  return missing.length === 0 ? '' : `left out, since they cannot be called: ${missing.join(', ')}`;
}

function namesIn(list: string): string[] {
  if (list.trim() === 'none') return [];
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
