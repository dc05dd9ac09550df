import { openDatabase } from '../../src/db/index.ts';
import { garden } from '../../src/db/contract-suite/garden.ts';

// A process that opens a database, which migrates it, says so and ends.
const place = process.argv[2] ?? '';
const database = openDatabase({
  ...garden,
  ...(place.startsWith('postgres') ? { url: place } : { path: place }),
});
await database.start();
await database.stop();
process.stdout.write('open\n');
