import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isRaptorFlowError } from '../../kernel/index.ts';
import { readHostConfig } from './raptor-config.ts';

const file = 'config/raptor.ini';

function refusalOf(text: string): string {
  try {
    readHostConfig(text, file);
  } catch (error) {
    if (isRaptorFlowError(error, 'invalid_options')) return error.message;
  }
  return '';
}

const defaults = {
  logging: { level: 'INFO', file: 'logs/raptor.log', maxSizeMb: 50, keepFiles: 5 },
  performance: {
    enableCpu: true,
    enableMemory: true,
    enableDisk: true,
    enableNetwork: true,
    enableGpu: 'auto',
    sampleRateMs: 200,
  },
  features: { traceExceptions: true, enableDevFlags: false },
  alerts: { cpuThreshold: 90, memoryThreshold: 85, durationSeconds: 300, webhookUrl: null },
};

describe('raptor.ini', () => {
  it('has a default for everything, and cannot be changed once read', () => {
    const config = readHostConfig('', file);
    expect(config).toEqual(defaults);
    expect(Object.isFrozen(config) && Object.isFrozen(config.alerts)).toBe(true);
  });

  it('is delivered with all keys at their defaults', () => {
    const text = readFileSync(new URL('../../../../../config/raptor.ini', import.meta.url), 'utf8');
    expect(readHostConfig(text, file)).toEqual(defaults);
    const keys = text.split('\n').filter((line) => /^[a-z_]+ =/.test(line));
    expect(keys).toHaveLength(16);
  });

  it('is read with comments, capital letters, Windows line ends and a byte order mark', () => {
    const text = [
      '\uFEFF# a comment',
      '[Logging]',
      'LEVEL: debug',
      'file = C:\\logs\\raptor # 1.log',
      '; another',
      '[performance]',
      'enable_gpu=no',
      'enable_disk = Off',
      'sample_rate_ms   =   60000',
      '[alerts]',
      'cpu_threshold = 99.5',
      'duration_seconds = 30',
      'webhook_url = https://hooks.example.com/a?b=c#d;e',
    ].join('\r\n');
    expect(readHostConfig(text, file)).toMatchObject({
      logging: { level: 'DEBUG', file: 'C:\\logs\\raptor # 1.log' },
      performance: { enableGpu: false, enableDisk: false, sampleRateMs: 60_000 },
      alerts: {
        cpuThreshold: 99.5,
        durationSeconds: 30,
        webhookUrl: 'https://hooks.example.com/a?b=c#d;e',
      },
    });
  });

  it.each([
    [
      '[performance]\nsample_rate_ms = 20',
      ':2: [performance] sample_rate_ms cannot be "20"; write a whole number from 50 to 60000',
    ],
    ['[performance]\nsample_rate_ms = 200ms', 'write a whole number'],
    ['[performance]\nenable_cpu = maybe', 'write true or false'],
    ['[performance]\nenable_cpu = constructor', 'write true or false'],
    ['[performance]\nenable_gpu = sometimes', 'write true, false or auto'],
    ['[logging]\nlevel = loud', 'write DEBUG, INFO, WARNING, ERROR'],
    ['[logging]\nfile =', 'write a path'],
    ['[logging]\nmax_size_mb = 0', 'write a whole number from 1'],
    ['[alerts]\ncpu_threshold = 101', 'write a number from 0 to 100'],
    ['[alerts]\ncpu_threshold = NaN', 'write a number from 0 to 100'],
    ['[alerts]\nwebhook_url = ftp://x', 'write an http:// or https:// address, or nothing'],
    [
      '\n[performace]\n',
      ':2: there is no section [performace]; write one of [logging], [performance], [features], [alerts]',
    ],
    [
      '[features]\ntrace = true',
      ':2: [features] has no trace; write one of trace_exceptions, enable_dev_flags',
    ],
    ['level = INFO', ':1: level stands before the first [section]'],
    ['[logging]\nnonsense', ':2: "nonsense" is neither a [section] nor a key = value'],
    ['[logging]\nlevel = INFO\nlevel = DEBUG', ':3: [logging] level stands in line 2 already'],
    [`[logging]\n${'#'.repeat(70_000)}`, 'more than 65536 characters'],
  ])('refuses %j with file, line and what is allowed', (text, message) => {
    expect(refusalOf(text)).toContain(file);
    expect(refusalOf(text)).toContain(message);
  });

  it('tells everything that is wrong at once, in the order of the lines', () => {
    const message = refusalOf('[logging]\nlevel = loud\n[nowhere]\nx = 1\n[alerts]\ncpu = 1');
    expect(message.match(/raptor\.ini:\d+/g)).toEqual(['raptor.ini:2', 'raptor.ini:3', 'raptor.ini:6']);
  });

  it('shows no address of a webhook, which may hold a secret', () => {
    expect(refusalOf('[alerts]\nwebhook_url = hooks.example.com/s3cret')).not.toContain('s3cret');
  });
});
