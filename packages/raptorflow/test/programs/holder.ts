import { lockDirectory } from 'raptorflow/storage';

// A process that takes a directory, says so, and keeps it until it is killed.
const lock = await lockDirectory(process.argv[2] ?? '', { owner: 'holder' });
process.stdout.write('locked\n');
setInterval(() => void lock.path, 60_000);
