import { inspect, types } from 'node:util';

const keysShownMax = 8;
const argumentsShownMax = 8;
const charactersMax = 500;

/** What a call was given: kinds, lengths and names of fields, and no values unless `showValues`. Runs no code of the arguments and never throws. */
export function describeArguments(args: readonly unknown[], showValues: boolean): string {
  const shown = args
    .slice(0, argumentsShownMax)
    .map((argument) => (showValues ? valueOf(argument) : shapeOf(argument)));
  if (args.length > argumentsShownMax) shown.push(`+${args.length - argumentsShownMax}`);
  return shown.join(', ').slice(0, charactersMax);
}

function valueOf(argument: unknown): string {
  try {
    const limits = {
      depth: 2,
      maxArrayLength: 10,
      maxStringLength: 100,
      breakLength: Number.POSITIVE_INFINITY,
    };
    return inspect(argument, { ...limits, compact: true, customInspect: false, getters: false });
  } catch {
    return shapeOf(argument);
  }
}

function shapeOf(argument: unknown): string {
  if (argument === null) return 'null';
  if (typeof argument === 'string') return `string(${argument.length})`;
  if (typeof argument !== 'object') return typeof argument;
  try {
    return shapeOfObject(argument);
  } catch {
    return 'object';
  }
}

function shapeOfObject(object: object): string {
  // A proxy would run code of its own.
  if (types.isProxy(object)) return 'proxy';
  if (Array.isArray(object)) return `array(${object.length})`;
  if (ArrayBuffer.isView(object)) return `${typeNameOf(object)}(${object.byteLength})`;
  if (types.isMap(object) || types.isSet(object)) return `${typeNameOf(object)}(${object.size})`;
  if (types.isDate(object) || types.isRegExp(object) || types.isPromise(object) || object instanceof Error) {
    return typeNameOf(object);
  }
  // Names that look like names: the keys of a dictionary may be what must not be shown.
  const keys = Object.keys(object);
  const names = keys.slice(0, keysShownMax).map((key) => (/^[A-Za-z_$][\w$]{0,31}$/.test(key) ? key : '?'));
  if (keys.length > keysShownMax) names.push(`+${keys.length - keysShownMax}`);
  const type = typeNameOf(object);
  return `${type === 'Object' ? '' : type}{${names.join(', ')}}`;
}

function typeNameOf(object: object): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (typeof prototype !== 'object' || prototype === null || types.isProxy(prototype)) return 'object';
  const maker: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof maker !== 'function') return 'object';
  const name: unknown = Object.getOwnPropertyDescriptor(maker, 'name')?.value;
  return typeof name === 'string' && /^[\w$]{1,64}$/.test(name) ? name : 'object';
}
