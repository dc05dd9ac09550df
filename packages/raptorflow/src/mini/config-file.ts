import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { readHostConfig, type RaptorConfig } from '../host/index.ts';
import { RaptorFlowError } from '../kernel/index.ts';

/** A configuration and where it came from. */
export interface ReadConfig {
  readonly config: RaptorConfig;
  /** Null for the built-in defaults. */
  readonly file: string | null;
}

/**
 * Reads a configuration; see the option `configFile`. Throws `invalid_options` with file and line for what stands in it and must not, and
 * `not_found` for a file that was named and is not there.
 */
export function readConfigFile(directory: string, named: string | null | undefined): ReadConfig {
  const usual = join(directory, 'config', 'raptor.ini');
  if (named === null || (named === undefined && !existsSync(usual))) {
    return builtIn();
  }
  const file = named === undefined ? usual : isAbsolute(named) ? named : join(directory, named);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new RaptorFlowError(
      'not_found',
      `The configuration file ${file} cannot be read (${cause instanceof Error ? cause.message : String(cause)}); give the path of a file that is there.`,
      { cause },
    );
  }
  return { config: readHostConfig(text, file), file };
}

/** The built-in defaults. */
export function builtIn(): ReadConfig {
  return { config: readHostConfig('', 'the built-in defaults'), file: null };
}
