import { execFile } from 'node:child_process';

const answerMsMax = 5_000;
const answerBytesMax = 1024 ** 2;
const mebibyte = 1024 ** 2;

/** The arguments that ask nvidia-smi for the processes that compute. */
const query = ['--query-compute-apps=pid,used_memory', '--format=csv,noheader,nounits'] as const;

/** Memory that processes hold on all GPUs, by process id. Starts nvidia-smi once; empty when it does not answer within five seconds. */
export function readGpuProcesses(command: string): Promise<Map<number, number>> {
  return new Promise((resolve) => {
    const limits = { timeout: answerMsMax, maxBuffer: answerBytesMax, killSignal: 'SIGKILL' } as const;
    execFile(command, [...query], limits, (error, stdout) => {
      resolve(error ? new Map<number, number>() : parseGpuProcesses(stdout));
    });
  });
}

/** Lines such as `4242, 1024`; one that cannot be read, or whose memory is not told, is left out. */
export function parseGpuProcesses(text: string): Map<number, number> {
  const bytes = new Map<number, number>();
  for (const line of text.split('\n')) {
    const [, pid, used] = /^\s*(\d{1,10})\s*,\s*(\d{1,10})(?: ?MiB)?\s*$/.exec(line) ?? [];
    // A process on several GPUs has a line for each.
    if (pid !== undefined) bytes.set(Number(pid), (bytes.get(Number(pid)) ?? 0) + Number(used) * mebibyte);
  }
  return bytes;
}
