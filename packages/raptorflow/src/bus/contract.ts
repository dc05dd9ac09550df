import type { z } from 'zod';
import { RaptorFlowError } from '../kernel/index.ts';
import type { BusEvent } from './event.ts';
import { isEventType } from './names.ts';

/** The promise of what an event type's payload looks like, in one version. */
export interface Contract<
  Type extends string = string,
  Version extends number = number,
  Schema extends z.ZodType = z.ZodType,
> {
  readonly type: Type;
  readonly version: Version;
  /**
   * Describes the payload on the wire. A publisher gives its input type, which is stored as it is; handlers get its
   * output type, so defaults and transforms run when the event is handled.
   */
  readonly schema: Schema;
  /** How payloads of the version before are lifted to this one; undefined when they are not. */
  readonly upcast?: Upcast | undefined;
  /** Whether an event is of this type (with or without a subtype) and version. Says nothing about its payload's content. */
  matches(event: BusEvent): event is BusEvent<Type, z.output<Schema>>;
}

/** A step from one version of a contract to the next. */
export interface Upcast {
  readonly from: Contract;
  /** From the output of the older schema to the input of the newer one. */
  lift(payload: unknown): unknown;
}

/** What `defineContract` is given to lift older payloads. */
export interface UpcastFrom<Before extends Contract, Schema extends z.ZodType> {
  /** The contract of the version before. It may lift from a still older one: steps follow each other. */
  readonly from: Before;
  /**
   * Makes a payload of this version out of one of the version before, as its schema gives it out. It must not wait for anything.
   * What it throws makes the event a `schema_violation`.
   */
  readonly upcast: (payload: z.output<Before['schema']>) => z.input<Schema>;
}

/** The type part before a subtype. */
export type BaseType<Type extends string> = Type extends `${infer Base}:${string}` ? Base : Type;

/**
 * Stands for "whatever contracts there are": a bus of any contracts is accepted where a plain `Bus` is asked for, and payloads are unknown.
 * It is the one type that is assignable in both directions, which a type that stands both in handlers and in drafts needs; payloads never
 * become it.
 */
export type Untyped = ReturnType<JSON['parse']>;

type ContractOf<Known extends Contract, Type extends string> = 0 extends 1 & Known
  ? never
  : Extract<Known, { readonly type: Type | BaseType<Type> }>;

/** What a publisher passes as the payload of `Type`: the contract's input, or anything when none of `Known` covers it. */
export type PayloadInput<Known extends Contract, Type extends string> = [ContractOf<Known, Type>] extends [
  never,
]
  ? unknown
  : z.input<ContractOf<Known, Type>['schema']>;

/** What a handler finds as the payload of `Type`: the contract's output, or unknown when none of `Known` covers it. */
export type PayloadOutput<Known extends Contract, Type extends string> = [ContractOf<Known, Type>] extends [
  never,
]
  ? unknown
  : z.output<ContractOf<Known, Type>['schema']>;

/** The event that a handler of these types gets: a union that `event.type` tells apart. */
export type EventOf<Known extends Contract, Type extends string> = Type extends string
  ? BusEvent<Type, PayloadOutput<Known, Type>>
  : never;

/**
 * Declares the payload of an event type in one version. Hand contracts to `createBus`: publishing and handling are
 * then checked, and TypeScript infers payloads.
 *
 * With `older`, stored events of the version before are lifted when they are handled, replayed or redriven: handlers know this version only.
 * Hand only the newest contract to `createBus`; it brings the older ones along, which publishers may still use by `version`.
 *
 * Throws `invalid_options` when the type is no event type, has a subtype, the version is no positive integer, or `older.from` is not
 * the same type one version before.
 */
export function defineContract<
  const Type extends string,
  const Version extends number,
  Schema extends z.ZodType,
  Before extends Contract = Contract,
>(
  type: Type,
  version: Version,
  schema: Schema,
  older?: UpcastFrom<Before, Schema>,
): Contract<Type, Version, Schema> {
  if (!isEventType(type) || type.includes(':')) {
    throw new RaptorFlowError(
      'invalid_options',
      `"${type}" cannot have a contract: write dotted segments of a–z, 0–9, _ and -, without a subtype.`,
    );
  }
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new RaptorFlowError('invalid_options', `The contract of "${type}" needs a version of 1 or more.`);
  }
  if (older && (older.from.type !== type || older.from.version !== version - 1)) {
    throw new RaptorFlowError(
      'invalid_options',
      `"${type}" version ${version} can be made from version ${version - 1} of the same type only, not from "${older.from.type}" version ${older.from.version}.`,
    );
  }
  return Object.freeze({
    type,
    version,
    schema,
    upcast: older && { from: older.from, lift: older.upcast },
    matches: (event: BusEvent): event is BusEvent<Type, z.output<Schema>> =>
      event.version === version && (event.type === type || event.type.startsWith(`${type}:`)),
  });
}
