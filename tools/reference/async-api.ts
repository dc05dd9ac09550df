import { societyChannels, societyContracts, societyRoutes } from '@raptorflow/society';
import { toAsyncApi } from 'raptorflow/bus';

/** Where the document stands. */
export const asyncApiPath = 'docs/reference/asyncapi.json';

/** The AsyncAPI document of what the platform carries, as text. `version` is the platform's. */
export function renderAsyncApi(version: string): string {
  const document = toAsyncApi({
    title: 'RaptorFlow',
    version,
    description:
      'What travels on the bus of the platform. Written by `npm run asyncapi` from the channels, routes and contracts in the code.',
    channels: societyChannels,
    routes: societyRoutes,
    contracts: societyContracts,
  });
  return `${JSON.stringify(document, null, 2)}\n`;
}
