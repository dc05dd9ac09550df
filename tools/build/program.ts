/**
 * Puts the program into a few files. It consists of 1,400 modules, and finding and opening each of them took a third of
 * the time that a start took; see docs/decisions/program-in-few-files.md.
 */
import { relative } from 'node:path';
import { rolldown, type Plugin } from 'rolldown';

/** Loaded when first used, with files or threads of their own beside them: they stay where npm put them. */
const keptApart: readonly RegExp[] = [
  /^@ai-sdk\//,
  /^@scalar\//,
  /^google-auth-library$/,
  /^ioredis$/,
  /^pg($|-)/,
  /^pino($|-)/,
  // Only for who works on ink itself, and not installed.
  /^react-devtools-core$/,
  /^wink-/,
];

/** Bundles the built command line under `root`, and all it needs, into `packages/cli/dist/program`. */
export async function bundleProgram(root: string): Promise<void> {
  const directory = `${root}packages/cli/dist/program`;
  const bundle = await rolldown({
    input: { main: `${root}packages/cli/dist/main.js` },
    platform: 'node',
    external: [...keptApart],
    plugins: [ownPlace(directory), asReleased()],
    logLevel: 'warn',
    // On a busy machine the bundler would tell a newcomer which plugin took how long.
    checks: { bundlerTimings: false },
  });
  try {
    await bundle.write({ dir: directory, format: 'esm', cleanDir: true, chunkFileNames: '[name]-[hash].js' });
  } finally {
    await bundle.close();
  }
}

/** Our own modules find threads and data by their place; inside the bundle they are told the place that they came from. */
function ownPlace(directory: string): Plugin {
  return {
    name: 'own-place',
    transform(code, id) {
      if (id.includes('node_modules') || !code.includes('import.meta.url')) return null;
      const place = `new URL(${JSON.stringify(relative(directory, id))}, import.meta.url).href`;
      return { code: code.replaceAll('import.meta.url', place) };
    },
  };
}

/** React has two builds, and takes the one for its own developers unless the environment says otherwise: slower, and it keeps a record of every drawing. */
function asReleased(): Plugin {
  return {
    name: 'as-released',
    transform(code, id) {
      if (!/node_modules\/(?:react|react-reconciler|scheduler)\//.test(id)) return null;
      return { code: code.replaceAll('process.env.NODE_ENV', '"production"') };
    },
  };
}
