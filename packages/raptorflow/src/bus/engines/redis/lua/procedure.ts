import { createHash } from 'node:crypto';

/*
 * Procedures run inside Redis. From Redis 7 on they are loaded once as a library of functions; before that, and where functions are not
 * allowed, each is a script of its own. A script makes all of its local functions anew at every call, which costs it about 40 µs.
 */

/** A procedure, in Lua. */
export interface Procedure {
  readonly name: string;
  /** Local functions that it uses, in the order in which they need each other. */
  readonly parts: readonly string[];
  /** The body of `function(KEYS, ARGS)`. */
  readonly body: string;
  /** What it may do when Redis has no memory left: it changes nothing, or it makes room. Others are refused then. */
  readonly flags: readonly ('no-writes' | 'allow-oom')[];
  /** The same as a script. */
  readonly script: string;
  /** The digest that servers know the script by. */
  readonly digest: string;
}

/** Defines a procedure. */
export function procedure(
  name: string,
  parts: readonly string[],
  body: string,
  flags: Procedure['flags'] = [],
): Procedure {
  const script = `${parts.join('')}\nlocal function ${name}(KEYS, ARGS)\n${body}end\nreturn ${name}(KEYS, ARGV)\n`;
  return { name, parts, body, flags, script, digest: createHash('sha1').update(script).digest('hex') };
}

/** A library of procedures for `FUNCTION LOAD`. */
export interface Library {
  readonly text: string;
  /** The name under which `FCALL` finds a procedure. */
  nameOf(procedure: Procedure): string;
}

/** Puts procedures into one library, whose names tell its version, so that processes of two versions work side by side. */
export function library(procedures: readonly Procedure[], kind = ''): Library {
  const parts = [...new Set(procedures.flatMap((one) => one.parts))];
  const code = [
    ...parts,
    ...procedures.map(({ name, body }) => `local function ${name}(KEYS, ARGS)\n${body}end\n`),
  ].join('\n');
  const version = createHash('sha1').update(code).digest('hex').slice(0, 10);
  const name = `raptorflow_${kind}${version}`;
  const nameOf = (procedure: Procedure): string => `${name}_${procedure.name}`;
  const registered = procedures.map((one) => {
    const list = one.flags.map((flag) => `'${flag}'`).join(', ');
    return `redis.register_function{ function_name = '${nameOf(one)}', callback = ${one.name}, flags = { ${list} } }`;
  });
  return {
    text: `#!lua name=${name}\n${code}\n${registered.join('\n')}\n`,
    nameOf,
  };
}
