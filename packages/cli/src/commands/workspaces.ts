import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createClient, type Client } from '@raptorflow/client';
import { RaptorFlowError } from 'raptorflow/kernel';
import { textOption, type Command } from '../command.ts';
import { withConnection, type Connection } from '../connection.ts';
import { formatBytes, formatTime } from '../figures.ts';

/** `raptorflow workspaces list`. */
export const workspacesList: Command = {
  name: 'workspaces list',
  summary: 'List the workspaces that you may enter, oldest membership first.',
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const page = await client.workspaces.list({ query: { limit: 200 } });
      output.result(page);
      output.table(
        ['Id', 'Name', 'Role', 'Time zone', 'Created'],
        page.items.map((each) => [
          each.id,
          each.name,
          each.role,
          each.time_zone,
          formatTime(each.created_at),
        ]),
      );
    }),
};

/** `raptorflow workspaces create`. */
export const workspacesCreate: Command = {
  name: 'workspaces create',
  summary: 'Create a workspace that you own, with its own agents, documents and budget.',
  operands: 'NAME',
  operandCount: [1, 1],
  options: {
    'time-zone': { type: 'string', value: 'ZONE', help: 'IANA name, such as Europe/Berlin (default UTC).' },
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const [name = ''] = invocation.positionals;
      const timeZone = textOption(invocation, 'time-zone');
      const made = await client.workspaces.create({
        body: { name, ...(timeZone === undefined ? {} : { time_zone: timeZone }) },
      });
      invocation.output.result(made);
      invocation.output.line(`${made.id}  ${made.name}`);
    }),
};

/** `raptorflow workspaces set`. */
export const workspacesSet: Command = {
  name: 'workspaces set',
  summary: 'Change the name or the time zone of a workspace.',
  operands: 'ID',
  operandCount: [1, 1],
  options: {
    name: { type: 'string', value: 'NAME', help: 'The new name; the address stays.' },
    'time-zone': { type: 'string', value: 'ZONE', help: 'IANA name; budget months turn at its midnight.' },
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const [id = ''] = invocation.positionals;
      const [name, timeZone] = [textOption(invocation, 'name'), textOption(invocation, 'time-zone')];
      const changed = await client.workspaces.update({
        params: { workspace_id: id },
        body: {
          ...(name === undefined ? {} : { name }),
          ...(timeZone === undefined ? {} : { time_zone: timeZone }),
        },
      });
      invocation.output.result(changed);
      invocation.output.line(`${changed.id}  ${changed.name}  ${changed.time_zone}`);
    }),
};

/** `raptorflow workspaces export`. */
export const workspacesExport: Command = {
  name: 'workspaces export',
  summary: 'Write everything that is stored of a workspace into a file of JSON Lines (its owner alone).',
  operands: 'ID FILE',
  operandCount: [2, 2],
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async (connection) => {
      const [id = '', file = ''] = invocation.positionals;
      const path = resolve(file);
      const written = await download(connection, id, path, invocation.signal);
      invocation.output.result({ workspace_id: id, path, ...written });
      invocation.output.line(`${path}: ${written.rows} rows, ${formatBytes(written.bytes)}`);
    }),
};

/** `raptorflow workspaces delete`. */
export const workspacesDelete: Command = {
  name: 'workspaces delete',
  summary: 'Delete a workspace and everything in it for good (its owner alone).',
  operands: 'ID',
  operandCount: [1, 1],
  options: { name: { type: 'string', value: 'NAME', help: 'The name of the workspace, to the letter.' } },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const [id = ''] = invocation.positionals;
      const name = textOption(invocation, 'name');
      if (name === undefined) {
        throw new RaptorFlowError(
          'invalid_input',
          `This cannot be undone. Say the name of the workspace too: raptorflow workspaces delete ${id} --name "…"`,
        );
      }
      const answer = await client.workspaces.delete({ params: { workspace_id: id }, body: { name } });
      invocation.output.result(answer);
      invocation.output.line(`${id} is being deleted; nobody can enter it any more.`);
    }),
};

// Written as it comes, for an export may be far larger than memory; what was cut off is no export.
async function download(
  { url, token }: Connection,
  id: string,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly rows: number; readonly bytes: number }> {
  const client: Client = createClient({ baseUrl: url, token });
  const response = await fetch(client.exportUrl(id), {
    headers: { authorization: `Bearer ${token}` },
    signal,
  });
  if (!response.ok || !response.body) {
    // Asked again the usual way, which throws what the server says.
    await response.body?.cancel();
    await client.workspaces.export({ params: { workspace_id: id } });
    throw new RaptorFlowError('unavailable', `The server answered ${response.status}; try again.`);
  }
  let [bytes, end] = [0, ''];
  const body: AsyncIterable<Uint8Array> = response.body;
  const watched = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      end = (end + Buffer.from(chunk).toString('latin1')).slice(-200);
      yield chunk;
    }
  };
  await pipeline(watched(), createWriteStream(path, { mode: 0o600 }));
  const rows = /\{"end":true,"rows":(\d+)\}\n$/.exec(end)?.[1];
  if (rows !== undefined) return { rows: Number(rows), bytes };
  throw new RaptorFlowError('unavailable', `The export ended too early; ${path} is not whole. Try again.`);
}
