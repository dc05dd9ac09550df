import {
  contractSchema,
  deadLetterSchema,
  eventEnvelopeSchema,
  type JsonSchema,
} from './async-api-schema.ts';
import {
  defaultRetentionMs,
  isDeadLetterChannel,
  standardChannels,
  type ChannelDeclaration,
} from './channel.ts';
import type { Contract } from './contract.ts';
import { splitType } from './event.ts';
import { isWild } from './pattern.ts';
import { Router, standardRoutes, type Route } from './routing.ts';

/** What a document describes: what `createBus` is given, and how the whole is called. */
export interface AsyncApiOptions {
  readonly title: string;
  /** Version of the described application. */
  readonly version: string;
  readonly description?: string | undefined;
  /** Besides the standard channels; a declaration of the same name replaces the standard one. */
  readonly channels?: readonly ChannelDeclaration[] | undefined;
  /** Added to the standard routes. */
  readonly routes?: readonly Route[] | undefined;
  readonly contracts?: readonly Contract[] | undefined;
}

/** An AsyncAPI 3.0 document, ready for `JSON.stringify`. */
export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0';
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly defaultContentType: 'application/json';
  readonly channels: Readonly<Record<string, JsonSchema>>;
  readonly operations: Readonly<Record<string, JsonSchema>>;
  readonly components: {
    readonly messages: Readonly<Record<string, JsonSchema>>;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
  };
}

const anyEvent = 'any_event';
const deadLetter = 'dead_letter';
const envelopeRef = { $ref: '#/components/schemas/event_envelope' };

/**
 * Describes a bus as an AsyncAPI 3.0 document: its channels with retention, limits and routed types as `x-` fields, what is carried on each as
 * messages whose payloads come from the contracts, and for each channel an operation that sends and one that receives. The same input always
 * gives the same document.
 */
export function toAsyncApi(options: AsyncApiOptions): AsyncApiDocument {
  const { title, version, description } = options;
  const declared = new Map<string, ChannelDeclaration>();
  for (const channel of [...standardChannels, ...(options.channels ?? [])])
    declared.set(channel.name, channel);
  const contracts = uniqueContracts([
    ...(options.contracts ?? []),
    ...[...declared.values()].flatMap((channel) => channel.contracts ?? []),
  ]);
  const routes = new Map<string, Route>();
  for (const route of [...standardRoutes, ...(options.routes ?? [])]) routes.set(route.type, route);
  // Asked for a type, it answers which route decides about it.
  const winners = new Router([...routes.keys()].map((type) => ({ type, channel: () => type })));
  const described = [...declared.values()].map((channel) =>
    describeChannel(channel, contracts, [...routes.values()], (type) => winners.find({ type })),
  );
  return {
    asyncapi: '3.0.0',
    info: { title, version, ...(description === undefined ? {} : { description }) },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(described.map(({ key, channel }) => [key, channel])),
    operations: Object.fromEntries(described.flatMap(({ key, name }) => operationsOf(key, name))),
    components: {
      messages: {
        [anyEvent]: {
          name: anyEvent,
          title: 'Any event',
          summary: 'An event whose payload has no contract.',
          payload: envelopeRef,
        },
        [deadLetter]: {
          name: deadLetter,
          title: 'Dead letter',
          summary: 'An event that was given up, with the reason and every attempt.',
          payload: messagePayload({ type: { type: 'string', pattern: '^dead_letter:' } }, deadLetter),
        },
        ...Object.fromEntries(contracts.map((contract) => [keyOf(contract), messageOf(contract)])),
      },
      schemas: {
        event_envelope: eventEnvelopeSchema,
        [deadLetter]: deadLetterSchema,
        ...Object.fromEntries(
          contracts.map((contract) => [
            keyOf(contract),
            contractSchema(contract, `#/components/schemas/${keyOf(contract)}`),
          ]),
        ),
      },
    },
  };
}

function describeChannel(
  declaration: ChannelDeclaration,
  contracts: readonly Contract[],
  routes: readonly Route[],
  winnerOf: (type: string) => string | undefined,
): { key: string; name: string; channel: JsonSchema } {
  const { name, carries, limits } = declaration;
  const routed = routes.filter((route) =>
    // A route that decides by the draft names the channels that it may lead to.
    typeof route.channel === 'string' ? route.channel === name : route.leadsTo?.includes(name) === true,
  );
  const messages = messagesOn(declaration, contracts, routed, winnerOf);
  const key = channelKey(name);
  const parameters = parametersOf(name);
  const channel = {
    address: addressOf(name),
    title: name,
    ...(carries === undefined ? {} : { description: carries }),
    messages: Object.fromEntries(
      messages.map((message) => [message, { $ref: `#/components/messages/${message}` }]),
    ),
    ...(parameters === null ? {} : { parameters }),
    'x-retention-ms': declaration.retentionMs ?? defaultRetentionMs,
    'x-expired': declaration.expired ?? 'dead_letter',
    'x-strict-types': declaration.contracts !== undefined,
    ...(limits?.eventsMax === undefined ? {} : { 'x-events-max': limits.eventsMax }),
    ...(limits?.bytesMax === undefined ? {} : { 'x-bytes-max': limits.bytesMax }),
    ...(routed.length === 0 ? {} : { 'x-routed-types': routed.map(({ type }) => type) }),
  };
  return { key, name, channel };
}

function messagesOn(
  declaration: ChannelDeclaration,
  contracts: readonly Contract[],
  routed: readonly Route[],
  winnerOf: (type: string) => string | undefined,
): readonly string[] {
  if (isDeadLetterChannel(declaration.name)) return [deadLetter];
  if (declaration.contracts) return uniqueContracts(declaration.contracts).map(keyOf);
  const typed = contracts.filter((contract) => {
    const winner = winnerOf(contract.type);
    return routed.some((route) => route.type === winner);
  });
  // Anything may be published on a channel that does not list its contracts.
  return [...typed.map(keyOf), anyEvent];
}

function operationsOf(key: string, name: string): readonly (readonly [string, JsonSchema])[] {
  const channel = { $ref: `#/channels/${key}` };
  return [
    [`send_${key}`, { action: 'send', channel, title: `Publish on ${name}` }],
    [`receive_${key}`, { action: 'receive', channel, title: `Subscribe to ${name}` }],
  ];
}

function messageOf({ type, version }: Contract): JsonSchema {
  return {
    name: type,
    title: `${type}, version ${version}`,
    payload: messagePayload(
      {
        type: { type: 'string', pattern: `^${type.replaceAll('.', String.raw`\.`)}(:|$)` },
        version: { const: version },
      },
      keyOf({ type, version }),
    ),
  };
}

function messagePayload(properties: JsonSchema, schema: string): JsonSchema {
  const payload = { $ref: `#/components/schemas/${schema}` };
  return { allOf: [envelopeRef, { type: 'object', properties: { ...properties, payload } }] };
}

function uniqueContracts(contracts: readonly Contract[]): readonly Contract[] {
  return [...new Map(contracts.map((contract) => [keyOf(contract), contract])).values()];
}

function keyOf({ type, version }: Pick<Contract, 'type' | 'version'>): string {
  return `${splitType(type).base}.v${version}`;
}

/** Names of channels as keys: patterns spell out what stands for what. */
function channelKey(name: string): string {
  return name
    .split('.')
    .map((segment) => (segment === '*' ? 'any' : segment === '>' ? 'rest' : segment))
    .join('.');
}

function addressOf(name: string): string {
  return name
    .split('.')
    .map((segment, at) => (isWild(segment) ? `{${parameterName(segment, at)}}` : segment))
    .join('.');
}

function parametersOf(name: string): JsonSchema | null {
  if (!isWild(name)) return null;
  const wild = name.split('.').flatMap((segment, at) => {
    if (!isWild(segment)) return [];
    const description = segment === '>' ? 'One or more segments.' : 'One segment.';
    return [[parameterName(segment, at), { description }] as const];
  });
  return Object.fromEntries(wild);
}

function parameterName(segment: string, at: number): string {
  return segment === '>' ? 'rest' : `segment${at + 1}`;
}
