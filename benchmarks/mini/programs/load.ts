/** Keeps so many percent of a core busy, until it is ended: works and rests in turns that no clock of the kernel keeps step with. */
const share = Number(process.argv[2] ?? 100) / 100;
const turnMs = 23;
const rest = new Int32Array(new SharedArrayBuffer(4));

console.log('ready');
for (;;) {
  const until = performance.now() + turnMs * share;
  while (performance.now() < until);
  if (share < 1) Atomics.wait(rest, 0, 0, turnMs * (1 - share));
}
