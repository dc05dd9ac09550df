import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from '@raptorflow/client';
import { RaptorFlowError } from 'raptorflow/kernel';
import { flagOption, textOption, type Command, type Invocation, type OptionDescription } from '../command.ts';
import { withConnection, type Connection } from '../connection.ts';
import { formatTime } from '../figures.ts';

type Row = Awaited<ReturnType<Client['audit']['list']>>['items'][number];
type Query = NonNullable<NonNullable<Parameters<Client['audit']['list']>[0]>['query']>;

/** A chain of millions of rows is walked in minutes. */
const walkMsMax = 600_000;

const installation: OptionDescription = {
  type: 'boolean',
  help: 'The chain of the installation: sign-ins, settings, what its operator did (operator only).',
};

/** Options that are filters of the list, under the name of the wire. */
const filters: Readonly<Record<string, keyof Query>> = {
  action: 'action',
  phase: 'phase',
  actor: 'actor_id',
  target: 'target_id',
  run: 'agent_run_id',
  agent: 'agent_id',
  campaign: 'campaign_id',
  correlation: 'correlation_id',
  intent: 'intent_id',
  from: 'from',
  to: 'to',
  limit: 'limit',
  cursor: 'cursor',
};

/** `raptorflow audit list`. */
export const auditList: Command = {
  name: 'audit list',
  summary: 'List what happened, newest first.',
  options: {
    installation,
    action: { type: 'string', value: 'WORD', help: 'Actions that begin so, as "member" or "tool.call".' },
    phase: { type: 'string', value: 'PHASE', help: 'event, intent or outcome.' },
    actor: { type: 'string', value: 'ID', help: 'Who did it.' },
    target: { type: 'string', value: 'ID', help: 'What it was done to.' },
    run: { type: 'string', value: 'ID', help: 'What this run did.' },
    agent: { type: 'string', value: 'ID', help: 'What this agent did.' },
    campaign: { type: 'string', value: 'ID', help: 'What belongs to this campaign.' },
    correlation: { type: 'string', value: 'ID', help: 'What one request set off.' },
    intent: { type: 'string', value: 'ID', help: 'How this intent ended.' },
    from: { type: 'string', value: 'TIME', help: 'Then or later, as 2026-01-31T12:00:00Z.' },
    to: { type: 'string', value: 'TIME', help: 'Before then.' },
    limit: { type: 'string', value: 'N', help: 'At most N (default 50, at most 200).' },
    cursor: { type: 'string', value: 'CURSOR', help: 'Go on where the page before ended.' },
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const query = queryOf(invocation);
      const page = flagOption(invocation, 'installation')
        ? await client.audit.installationList({ query })
        : await client.audit.list({ query });
      output.result(page);
      if (page.items.length === 0) output.line('Nothing like that stands in the log.');
      else
        output.table(['No.', 'When', 'Action', 'Phase', 'Actor', 'Target', 'Outcome'], page.items.map(cells));
      if (page.next_cursor !== null) {
        output.line(output.tone('dim', `There are more: --cursor ${page.next_cursor}`));
      }
    }),
};

function cells(row: Row): string[] {
  return [
    String(row.sequence),
    formatTime(row.recorded_at),
    row.action,
    row.phase,
    `${row.actor.kind} ${row.actor.id}`,
    row.target === null ? '–' : `${row.target.kind} ${row.target.id}`.slice(0, 60),
    row.outcome ?? '–',
  ];
}

function queryOf(invocation: Invocation): Query {
  const pairs = Object.entries(filters).flatMap(([option, name]) => {
    const value = textOption(invocation, option);
    return value === undefined ? [] : [[name, value] as const];
  });
  // The server checks the words.
  return Object.fromEntries(pairs);
}

/** `raptorflow audit head`. */
export const auditHead: Command = {
  name: 'audit head',
  summary: 'Print where the chain ends, signed: kept elsewhere, it shows later that nothing was rewritten.',
  options: { installation },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const answer = flagOption(invocation, 'installation')
        ? await client.audit.installationHead()
        : await client.audit.head();
      output.result(answer);
      if (answer.head === null) output.line('The chain has no rows yet.');
      else output.line(JSON.stringify(answer.head));
    }),
};

/** `raptorflow audit export`. */
export const auditExport: Command = {
  name: 'audit export',
  summary: 'Write the whole chain as JSON Lines, with the signed head and the public keys.',
  operands: 'FILE',
  operandCount: [1, 1],
  options: { installation },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async (connection) => {
      const [name = ''] = invocation.positionals;
      const file = resolve(invocation.environment.workingDirectory, name);
      await download(connection, flagOption(invocation, 'installation') ? 'installation' : 'workspace', file);
      invocation.output.result({ file });
      invocation.output.line(file);
    }),
};

// A chain may be larger than memory, so it goes straight into the file.
async function download(
  { client, token }: Connection,
  chain: 'workspace' | 'installation',
  file: string,
): Promise<void> {
  const response = await fetch(client.auditExportUrl(chain), {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(walkMsMax),
  });
  if (!response.ok || response.body === null) {
    throw new RaptorFlowError(
      response.status === 403 ? 'forbidden' : 'unavailable',
      `The server answered ${response.status}: ${(await response.text()).slice(0, 300)}`,
    );
  }
  await pipeline(Readable.from(response.body), createWriteStream(file, { mode: 0o600 }));
}

/** `raptorflow audit verify`. */
export const auditVerify: Command = {
  name: 'audit verify',
  summary: 'Walk the chain, of the server or of an exported FILE, and name the first thing that is wrong.',
  operands: '[FILE]',
  operandCount: [0, 1],
  options: {
    installation,
    head: {
      type: 'string',
      value: 'FILE',
      help: 'A head that "audit head" printed earlier: the chain must continue it.',
    },
    key: {
      type: 'string',
      value: 'ID',
      help: 'With a FILE: the id of the key that must have signed it, as "audit head --json" tells.',
    },
  },
  async run(invocation) {
    const { output, environment, positionals } = invocation;
    const headFile = textOption(invocation, 'head');
    const head =
      headFile === undefined
        ? undefined
        : readFileSync(resolve(environment.workingDirectory, headFile), 'utf8');
    const [name] = positionals;
    const found =
      name === undefined
        ? await verifyServer(invocation, head)
        : await verifyFile(resolve(environment.workingDirectory, name), head, textOption(invocation, 'key'));
    if (found.problem !== null) {
      throw new RaptorFlowError('audit_chain_broken', `The chain is broken. ${found.problem.message}`, {
        details: { ...found.problem, rows: found.rows },
      });
    }
    output.result(found);
    output.line(
      output.tone('good', `The chain is whole: ${found.rows} ${found.rows === 1 ? 'row' : 'rows'}.`),
    );
    if (found.extends !== null) output.line(`It continues the earlier head at row ${found.extends}.`);
    if (found.erased > 0)
      output.line(`The details of ${found.erased} rows were erased; their hashes stand for them.`);
    if (found.keyId !== null && textOption(invocation, 'key') === undefined) {
      output.line(
        `It is signed with ${found.keyId}; whether that is the server's, "raptorflow audit head --json" tells there. Name it with --key.`,
      );
    }
  },
};

/** What is told of a verification. */
interface Found {
  readonly workspace_id: string;
  readonly rows: number;
  readonly erased: number;
  readonly extends: number | null;
  /** Of a file. */
  readonly keyId: string | null;
  readonly problem: {
    readonly kind: string;
    readonly sequence: number | null;
    readonly message: string;
  } | null;
}

function verifyServer(invocation: Invocation, head: string | undefined): Promise<Found> {
  return withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
    const call = { query: head === undefined ? {} : { head: head.trim() }, timeoutMs: walkMsMax };
    const found = flagOption(invocation, 'installation')
      ? await client.audit.installationVerify(call)
      : await client.audit.verify(call);
    const { workspace_id, rows, problem } = found;
    return {
      workspace_id,
      rows,
      problem,
      erased: found.erased_rows,
      extends: found.extends_sequence,
      keyId: null,
    };
  });
}

async function verifyFile(file: string, head: string | undefined, key: string | undefined): Promise<Found> {
  const { readSignedHead, verifyAuditExport } = await import('@raptorflow/platform');
  const found = await verifyAuditExport(() => createInterface({ input: createReadStream(file) }), {
    keyId: key,
    earlier: head === undefined ? undefined : readSignedHead(head),
  });
  return {
    workspace_id: found.workspaceId,
    rows: found.rows,
    problem: found.problem,
    erased: found.erasedRows,
    extends: found.extendsSequence,
    keyId: found.trustedKeyId,
  };
}
