export { correlationIdFrom, currentContext, runWithContext, type RequestContext } from './request-context.ts';
