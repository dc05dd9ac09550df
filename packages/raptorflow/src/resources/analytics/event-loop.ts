/** Lets the event loop have its turn, so that no piece of work stands in the way of others for longer than itself. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
