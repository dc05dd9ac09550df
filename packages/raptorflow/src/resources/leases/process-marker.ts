/** The variable by which processes are known, whatever they do to their parents and sessions: each inherits it from the one before. */
const variable = 'RAPTORFLOW_OWNERS';

/** An environment with one marker more: that of this process, unless another is given. */
export function markedEnvironment(
  marker: string,
  environment: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  return { ...environment, [variable]: `${environment[variable] ?? ''}${marker}` };
}

/** Adds a marker to the environment that children of this process get by themselves. Returns the way back. */
export function markOwnEnvironment(marker: string): () => void {
  process.env[variable] = `${process.env[variable] ?? ''}${marker}`;
  return () => {
    const rest = (process.env[variable] ?? '').replace(marker, '');
    if (rest === '') delete process.env[variable];
    else process.env[variable] = rest;
  };
}
