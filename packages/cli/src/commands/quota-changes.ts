import type { Client } from '@raptorflow/client';
import { RaptorFlowError } from 'raptorflow/kernel';
import { textOption, type Command, type Invocation, type OptionDescription } from '../command.ts';
import { withConnection } from '../connection.ts';
import { knownKinds, scopeOf, scopeOption, wordIn } from './resources.ts';

type Quota = Awaited<ReturnType<Client['quotas']['list']>>['data']['quotas'][number];
type Draft = NonNullable<Parameters<Client['quotas']['create']>[0]>['body'];

const kinds: readonly Quota['quota_type'][] = ['hard', 'soft', 'burst', 'dynamic'];
const subjects: readonly Quota['quota_scope'][] = ['global', 'workspace', 'user', 'agent', 'run'];
const periods: readonly Quota['period'][] = [
  'second',
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'forever',
  'held',
];
const actions: readonly Quota['action'][] = ['warn', 'throttle', 'queue', 'block', 'escalate'];
const switches = ['on', 'off'] as const;

const fieldOptions: Readonly<Record<string, OptionDescription>> = {
  of: {
    type: 'string',
    value: 'WHAT',
    choices: knownKinds,
    help: 'A kind of resource such as memory, or a meter such as llm_tokens.',
  },
  limit: { type: 'string', value: 'N', help: 'How much, a whole number in its unit: bytes of memory.' },
  burst: {
    type: 'string',
    value: 'N',
    help: 'Up to where soft and burst quotas may pass the limit; "none".',
  },
  kind: { type: 'string', value: 'KIND', choices: kinds, help: `One of ${kinds.join(', ')}.` },
  per: { type: 'string', value: 'WHOM', choices: subjects, help: `One of ${subjects.join(', ')}.` },
  period: { type: 'string', value: 'PERIOD', choices: periods, help: `One of ${periods.join(', ')}.` },
  zone: { type: 'string', value: 'ZONE', help: 'Where days, weeks and months begin: Europe/Berlin.' },
  action: {
    type: 'string',
    value: 'ACTION',
    choices: actions,
    help: `What becomes of a request that does not fit: ${actions.join(', ')}.`,
  },
  user: { type: 'string', value: 'ID', help: 'For this user only; "none" for all of them.' },
  note: { type: 'string', value: 'TEXT', help: 'What it is for.' },
  switch: { type: 'string', value: 'on|off', choices: switches, help: 'Whether it counts.' },
};

/** `raptorflow quotas create`. */
export const quotasCreate: Command = {
  name: 'quotas create',
  summary: 'Add a quota; it holds from the next request on (admins).',
  operands: 'NAME',
  operandCount: [1, 1],
  options: {
    ...scopeOption,
    ...fieldOptions,
    id: { type: 'string', value: 'ID', help: 'What it is called by; default: made.' },
  },
  notes:
    'Required: --of and --limit. Otherwise it is hard, per workspace, counts what is held, and blocks:\n  raptorflow quotas create "Tokens a day" --of llm_tokens --limit 100000 --period day --action escalate',
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const [name = ''] = invocation.positionals;
      const fields = fieldsIn(invocation);
      const { resource_type: type, limit } = fields;
      if (type === undefined || limit === undefined) {
        throw new RaptorFlowError(
          'invalid_input',
          `Say of what and how much: raptorflow quotas create "${name}" --of memory --limit 1000000000`,
        );
      }
      const id = textOption(invocation, 'id');
      const body: Draft = {
        quota_scope: 'workspace',
        quota_type: 'hard',
        period: 'held',
        action: 'block',
        ...fields,
        ...(id === undefined ? {} : { quota_id: id }),
        name,
        resource_type: type,
        limit,
      };
      const { data, message } = await client.quotas.create({ query: scopeOf(invocation), body });
      output.result(data);
      output.line(`${data.quota_id}: ${message}`);
    }),
};

/** `raptorflow quotas set`. */
export const quotasSet: Command = {
  name: 'quotas set',
  summary: 'Change a quota; what is not named stays (admins).',
  operands: 'QUOTA',
  operandCount: [1, 1],
  options: {
    ...scopeOption,
    ...fieldOptions,
    name: { type: 'string', value: 'NAME', help: 'Another name.' },
  },
  notes: 'A change of whom it counts per, of the period or of the zone begins with no usage.',
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const [id = ''] = invocation.positionals;
      const name = textOption(invocation, 'name');
      const body = { ...fieldsIn(invocation), ...(name === undefined ? {} : { name }) };
      if (Object.keys(body).length === 0) {
        throw new RaptorFlowError(
          'invalid_input',
          `Say what shall change: raptorflow quotas set ${id} --limit 1000. All there is: raptorflow quotas set --help`,
        );
      }
      const { data, message } = await client.quotas.update({
        params: { quota_id: id },
        query: scopeOf(invocation),
        body,
      });
      output.result(data);
      output.line(message);
    }),
};

/** What the options say of a quota. Throws `invalid_input`. */
function fieldsIn(invocation: Invocation): Partial<Omit<Draft, 'quota_id' | 'name'>> {
  const text = (name: string): string | undefined => textOption(invocation, name);
  const read = <T>(name: string, value: (given: string) => T): T | undefined => {
    const written = text(name);
    return written === undefined ? undefined : value(written);
  };
  const unlessNone =
    <T>(value: (given: string) => T) =>
    (written: string): T | null =>
      written === 'none' ? null : value(written);
  const fields = {
    resource_type: text('of'),
    limit: read('limit', (written) => amountIn(written, '--limit')),
    burst_limit: read(
      'burst',
      unlessNone((written) => amountIn(written, '--burst')),
    ),
    quota_type: read('kind', (written) => wordIn(kinds, written, 'kind of quota')),
    quota_scope: read('per', (written) => wordIn(subjects, written, 'one to count for')),
    period: read('period', (written) => wordIn(periods, written, 'period')),
    time_zone: text('zone'),
    action: read('action', (written) => wordIn(actions, written, 'action')),
    user_id: read(
      'user',
      unlessNone((written) => written),
    ),
    description: text('note'),
    enabled: read('switch', (written) => wordIn(switches, written, 'position of a switch') === 'on'),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function amountIn(written: string, option: string): number {
  const digits = written.replaceAll(/[,_ ]/gu, '');
  if (/^[1-9]\d{0,15}$/u.test(digits)) return Number(digits);
  throw new RaptorFlowError('invalid_input', `${option} takes a whole number above 0, not "${written}".`);
}
