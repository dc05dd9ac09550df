/** What a room of the library says of fields, under the names that they have on the wire. */
import { isRaptorFlowError, RaptorFlowError } from 'raptorflow/kernel';

/** Handlers whose refusals name fields as callers know them: each may hear from its room that a field is wrong. */
export function inWireNames<Table extends object>(handlers: Table): Table {
  const wrapped = Object.entries(handlers).map(([name, handler]) => [
    name,
    async (...given: unknown[]) => {
      try {
        return await (handler as (...all: unknown[]) => unknown)(...given);
      } catch (error) {
        throw refusalToWire(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as Table;
}

/** An error as callers of the API read it: what the alerts room refuses by its names for fields stands under those of the wire. */
function refusalToWire(error: unknown): unknown {
  if (!isRaptorFlowError(error, 'invalid_input')) return error;
  const { issues } = error.details;
  if (!Array.isArray(issues)) return error;
  let { message } = error;
  const named = (issues as readonly { readonly path: string }[]).map((issue) => {
    const path = snake(issue.path);
    if (path !== issue.path) message = message.replaceAll(issue.path, path);
    return { ...issue, path };
  });
  return new RaptorFlowError('invalid_input', message, {
    cause: error,
    details: { ...error.details, issues: named },
  });
}

/** A name of the library as it stands on the wire. */
export function snake(name: string): string {
  return name.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
}
