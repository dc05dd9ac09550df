import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { RaptorFlowError } from '../../../kernel/index.ts';
import type { ForecastMethod } from './method.ts';

/**
 * Season and trend by LOESS, the trend by automatic exponential smoothing (K. Bandara, R. Hyndman and C. Bergmeir, MSTL, 2021), of the optional
 * package @bsull/augurs, which is loaded here. Rejects with `missing_dependency` when it is not installed.
 */
export async function loadMstlEts(): Promise<ForecastMethod> {
  const { MSTL } = await loadAugurs();
  return {
    name: 'mstl_ets',
    ahead(values, seasons, horizon, coverage) {
      const model = MSTL.ets([...seasons], { impute: true });
      try {
        model.fit(values);
        const { point, intervals } = model.predict(horizon, coverage);
        return {
          values: Float64Array.from(point),
          halves: Float64Array.from(point, (_, step) => {
            const [low, high] = [intervals?.lower[step] ?? Number.NaN, intervals?.upper[step] ?? Number.NaN];
            return (high - low) / 2;
          }),
        };
      } finally {
        model.free();
      }
    },
  };
}

async function loadAugurs(): Promise<Pick<typeof import('@bsull/augurs/mstl'), 'MSTL'>> {
  try {
    const augurs = await import('@bsull/augurs/mstl');
    // The package fetches its own code as a browser would; Node does not fetch files.
    const code = import.meta.resolve('@bsull/augurs/mstl').replace(/\.js$/u, '_bg.wasm');
    augurs.initSync({ module: await readFile(fileURLToPath(code)) });
    return augurs;
  } catch (cause) {
    throw new RaptorFlowError(
      'missing_dependency',
      'Forecasting by MSTL needs the package @bsull/augurs, which is not installed; type: npm install @bsull/augurs',
      { cause },
    );
  }
}
