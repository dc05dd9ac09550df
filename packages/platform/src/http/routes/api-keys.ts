/** API keys of a workspace. */
import { routes } from '@raptorflow/contract';
import { requireRole, type Identity } from '@raptorflow/runtime';
import { RaptorFlowError, type Clock } from 'raptorflow/kernel';
import type { FastifyInstance } from 'fastify';
import { pageOf } from '../page.ts';
import { registerRoutes, type RegisterDeps } from '../register.ts';
import { apiKeyToWire } from './members-wire.ts';

/** What the routes answer from. */
export interface ApiKeyRouteDeps extends RegisterDeps {
  readonly identity: Pick<Identity, 'apiKeys'>;
  readonly clock: Clock;
}

/** Registers `/api/v1/api-keys/…`. */
export function registerApiKeyRoutes(app: FastifyInstance, deps: ApiKeyRouteDeps): void {
  const { apiKeys } = deps.identity;
  registerRoutes(
    app,
    routes.apiKeys,
    {
      async create({ body }, call) {
        const { workspaceId, caller, role } = call;
        // One that was stolen could otherwise outlive its revocation by what it has made.
        if (caller.key) {
          throw new RaptorFlowError(
            'forbidden',
            'An API key makes no other keys; use the token of a person.',
          );
        }
        requireRole(role, body.role);
        const lifetime = body.lifetime_seconds;
        const made = await call.audited(
          {
            action: 'api_key.create',
            target: { kind: 'workspace', id: workspaceId },
            details: { name: body.name, role: body.role, scopes: body.scopes },
          },
          () =>
            apiKeys.create({
              workspaceId,
              userId: caller.userId,
              name: body.name,
              role: body.role,
              scopes: body.scopes,
              expiresAt: lifetime === null ? null : deps.clock.now() + lifetime * 1_000,
            }),
        );
        void call.reply.header('cache-control', 'no-store');
        return { ...apiKeyToWire(made), key: made.text };
      },
      list: async ({ query }, call) => pageOf(await apiKeys.list(call.workspaceId), query, apiKeyToWire),
      async revoke({ params }, call) {
        await call.audited({ action: 'api_key.revoke', target: { kind: 'api_key', id: params.key_id } }, () =>
          apiKeys.revoke(call.workspaceId, params.key_id),
        );
        return { revoked: true as const };
      },
    },
    deps,
  );
}
