/** The only place of the command line that reads the process's environment. */
import { homedir } from 'node:os';
import { resolve } from 'node:path';

/** What the command line takes from its surroundings. */
export interface CliEnvironment {
  /** The data directory, absolute. */
  readonly home: string;
  /** The address of a server elsewhere, from `RAPTORFLOW_URL`. */
  readonly url: string | undefined;
  /** A token for it, from `RAPTORFLOW_TOKEN`. */
  readonly token: string | undefined;
  /** The workspace meant, from `RAPTORFLOW_WORKSPACE`. */
  readonly workspace: string | undefined;
  /** Whether the terminal wants colours. */
  readonly colours: boolean;
  readonly workingDirectory: string;
  readonly userHome: string;
}

/** Reads the environment of this process. */
export function readCliEnvironment(): CliEnvironment {
  const env = process.env;
  // npm runs scripts in the folder of package.json; a path given by the user is relative to where they stood.
  const workingDirectory = env['INIT_CWD'] ?? process.cwd();
  return {
    home: resolve(process.cwd(), notEmpty(env['RAPTORFLOW_HOME']) ?? '.raptorflow'),
    url: notEmpty(env['RAPTORFLOW_URL']),
    token: notEmpty(env['RAPTORFLOW_TOKEN']),
    workspace: notEmpty(env['RAPTORFLOW_WORKSPACE']),
    colours: process.stdout.isTTY && notEmpty(env['NO_COLOR']) === undefined && env['TERM'] !== 'dumb',
    workingDirectory,
    userHome: homedir(),
  };
}

function notEmpty(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}
