import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'raptorflow-config-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const strongSecret = 'k3JxQ8vZp1LmT7wYb2RnF6sDc9GhA4eU';

describe('readConfig', () => {
  it('needs nothing: development on the loopback address, with a secret made once and kept to its owner', () => {
    const config = readConfig({ env: {}, directory });
    expect(config).toMatchObject({
      environment: 'development',
      host: '127.0.0.1',
      port: 8001,
      home: join(directory, '.raptorflow'),
      monthlyBudgetMicroUsd: 10_000_000,
    });
    const secretFile = join(config.home, 'secret');
    expect(readFileSync(secretFile, 'utf8').trim()).toBe(config.secretKey);
    expect(statSync(secretFile).mode & 0o777).toBe(0o600);
    expect(readConfig({ env: {}, directory }).secretKey).toBe(config.secretKey);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('names RAPTORFLOW_HOME when that is no directory it can write to', () => {
    writeFileSync(join(directory, 'a-file'), '');
    expect(() => readConfig({ env: { RAPTORFLOW_HOME: 'a-file' }, directory })).toThrow(
      /RAPTORFLOW_HOME: .*a-file cannot be written to .*name a directory/,
    );
  });

  it('lists every wrong variable in one message and creates nothing', () => {
    const attempt = (): unknown =>
      readConfig({
        env: { PORT: '99999', DATABASE_URL: 'mysql://x', LOG_LEVEL: 'loud', SECRET_KEY: 'short' },
        directory,
      });
    expect(attempt).toThrow(/SECRET_KEY: needs .*\n.*DATABASE_URL: must .*\n.*LOG_LEVEL: must /);
    expect(attempt).toThrow('PORT: Give a number of at most 65,535');
    expect(() => statSync(join(directory, '.raptorflow'))).toThrow('ENOENT');
  });

  it('lets the environment win over .env and takes an empty value as not set', () => {
    writeFileSync(join(directory, '.env'), 'PORT=9000\nHOST=0.0.0.0\nSECRET_KEY=\n');
    const config = readConfig({ env: { PORT: '9100', HOST: '', RAPTORFLOW_HOME: 'data' }, directory });
    expect(config).toMatchObject({ port: 9100, host: '0.0.0.0', home: join(directory, 'data') });
  });

  it('reads money exactly', () => {
    const cap = (text: string): number =>
      readConfig({ env: { MONTHLY_WORKSPACE_BUDGET_USD: text }, directory }).monthlyBudgetMicroUsd;
    expect([cap('10'), cap('0.01'), cap('2.5'), cap('1234567.123456')]).toEqual([
      10_000_000, 10_000, 2_500_000, 1_234_567_123_456,
    ]);
    for (const bad of ['-1', '1e3', '1.1234567', 'ten'])
      expect(() => cap(bad)).toThrow('MONTHLY_WORKSPACE_BUDGET_USD');
  });

  it('accepts the short names of environments', () => {
    expect(readConfig({ env: { ENVIRONMENT: 'stage' }, directory }).environment).toBe('staging');
    expect(
      readConfig({ env: { ENVIRONMENT: 'prod', SECRET_KEY: strongSecret }, directory }).environment,
    ).toBe('production');
  });

  it('refuses production with a missing or placeholder secret, or with a database in plain text elsewhere', () => {
    const production = (env: Record<string, string>): unknown =>
      readConfig({ env: { ENVIRONMENT: 'production', ...env }, directory });
    expect(() => production({})).toThrow('SECRET_KEY must be set');
    expect(() => production({ SECRET_KEY: 'CHANGE_THIS_CHANGE_THIS_CHANGE_THIS' })).toThrow('placeholder');
    const remote = {
      SECRET_KEY: strongSecret,
      AUDIT_SIGNING_KEY: 'k'.repeat(64),
      DATABASE_URL: 'postgres://u:p@db.example.net/app',
    };
    expect(() => production(remote)).toThrow('db.example.net without TLS');
    expect(() => production({ ...remote, ALLOW_PLAINTEXT_HOSTS: 'db.example.net' })).not.toThrow();
    expect(() =>
      production({ ...remote, DATABASE_URL: `${remote.DATABASE_URL}?sslmode=verify-full` }),
    ).not.toThrow();
    const owner = { MIGRATION_DATABASE_URL: 'postgres://owner:p@db.example.net/app' };
    const url = `${remote.DATABASE_URL}?sslmode=verify-full`;
    expect(() => production({ ...remote, ...owner, DATABASE_URL: url })).toThrow(
      'MIGRATION_DATABASE_URL connects to db.example.net without TLS',
    );
  });

  it('takes a login that owns the tables beside the one that works on them, and not without it', () => {
    const owner = { MIGRATION_DATABASE_URL: 'postgres://owner@localhost/app' };
    const env = { ...owner, DATABASE_URL: 'postgres://app@localhost/app' };
    expect(readConfig({ env, directory })).toMatchObject({
      databaseUrl: env.DATABASE_URL,
      migrationDatabaseUrl: env.MIGRATION_DATABASE_URL,
    });
    expect(() => readConfig({ env: owner, directory })).toThrow('DATABASE_URL is not; set both, or neither');
  });

  it('reads who is told of alerts, and says what is missing where one variable needs another', () => {
    const env = {
      ALERT_WEBHOOK_URL: 'https://hooks.example/alerts',
      WEBHOOK_SECRET: strongSecret,
      ALERT_MAIL_TO: 'ops@example.com, boss@example.com',
      SMTP_URL: 'smtps://mail.example',
      MAIL_FROM: 'raptorflow@example.com',
      METRICS_TOKEN: strongSecret,
    };
    expect(readConfig({ env, directory }).monitoring).toEqual({
      enabled: true,
      metricsToken: strongSecret,
      webhookSecret: env.WEBHOOK_SECRET,
      webhook: { url: 'https://hooks.example/alerts', secret: strongSecret },
      slackUrl: undefined,
      mail: {
        url: 'smtps://mail.example',
        from: 'raptorflow@example.com',
        to: ['ops@example.com', 'boss@example.com'],
      },
    });
    expect(readConfig({ env: { METRICS: 'false' }, directory }).monitoring.enabled).toBe(false);
    const { WEBHOOK_SECRET: _secret, SMTP_URL: _smtp, ...incomplete } = env;
    const attempt = (): unknown => readConfig({ env: incomplete, directory });
    expect(attempt).toThrow(/ALERT_WEBHOOK_URL needs WEBHOOK_SECRET[^]*ALERT_MAIL_TO needs SMTP_URL/);
  });

  it('reads where Redis is: one server, sentinels or a cluster', () => {
    const redis = (env: Record<string, string>): unknown => readConfig({ env, directory }).redis;
    const prefix = 'raptorflow';
    expect(redis({})).toBeUndefined();
    expect(redis({ REDIS_URL: 'rediss://u:p@redis.example.net:6380/2', REDIS_PREFIX: 'mine' })).toEqual({
      url: 'rediss://u:p@redis.example.net:6380/2',
      prefix: 'mine',
    });
    expect(redis({ REDIS_SENTINELS: 'mymaster@10.0.0.1, sentinel-2:26380' })).toEqual({
      sentinels: { master: 'mymaster', nodes: ['redis://10.0.0.1:26379', 'redis://sentinel-2:26380'] },
      prefix,
    });
    expect(redis({ REDIS_CLUSTER: 'rediss://u:p@a.example:7000,rediss://u:p@b.example:7000' })).toEqual({
      cluster: ['rediss://u:p@a.example:7000', 'rediss://u:p@b.example:7000'],
      tls: {},
      prefix,
    });
  });

  it('reads that Redis is polled, and how seldom when nothing happens', () => {
    const redis = (env: Record<string, string>): unknown =>
      readConfig({ env: { REDIS_URL: 'redis://a', ...env }, directory }).redis;
    const place = { url: 'redis://a', prefix: 'raptorflow' };
    expect(redis({ REDIS_IDLE: 'subscribing' })).toEqual(place);
    expect(redis({ REDIS_IDLE: 'polling' })).toEqual({ ...place, idle: 'polling' });
    expect(redis({ REDIS_IDLE: 'polling', REDIS_POLL_MS_MAX: '60000' })).toEqual({
      ...place,
      idle: 'polling',
      polling: { pauseMsMax: 60_000 },
    });
    expect(() => redis({ REDIS_IDLE: 'sleeping' })).toThrow('REDIS_IDLE');
    expect(() => redis({ REDIS_POLL_MS_MAX: '60000' })).toThrow('REDIS_IDLE=polling');
    const cluster = { REDIS_CLUSTER: 'a:1', REDIS_IDLE: 'polling' };
    expect(() => readConfig({ env: cluster, directory })).toThrow('REDIS_CLUSTER');
  });

  it('reads for how many replicas publishes wait', () => {
    const redis = (env: Record<string, string>): unknown => readConfig({ env, directory }).redis;
    expect(redis({ REDIS_URL: 'redis://a', REDIS_REPLICAS: '1' })).toMatchObject({ replicas: 1 });
    expect(redis({ REDIS_URL: 'redis://a', REDIS_REPLICAS: '0' })).not.toHaveProperty('replicas');
    expect(() => redis({ REDIS_URL: 'redis://a', REDIS_REPLICAS: 'all' })).toThrow('REDIS_REPLICAS');
    expect(() => redis({ REDIS_CLUSTER: 'a:1', REDIS_REPLICAS: '1' })).toThrow('REDIS_CLUSTER');
  });

  it('refuses addresses of Redis that cannot be used, without repeating what may hold a password', () => {
    const attempt = (env: Record<string, string>): unknown => readConfig({ env, directory });
    expect(() => attempt({ REDIS_URL: 'http://:hush@x' })).toThrow('REDIS_URL: must be a redis://');
    expect(() => attempt({ REDIS_URL: 'http://:hush@x' })).not.toThrow('hush');
    expect(() => attempt({ REDIS_SENTINELS: '10.0.0.1:26379' })).toThrow('mymaster@10.0.0.1:26379');
    expect(() => attempt({ REDIS_CLUSTER: 'a:1,,//b' })).toThrow('REDIS_CLUSTER: must list');
    expect(() => attempt({ REDIS_CLUSTER: 'a:1', REDIS_URL: 'redis://a' })).toThrow('set it alone');
    expect(() => attempt({ REDIS_CLUSTER: 'a:1,rediss://b:1' })).toThrow('all nodes by TLS');
    expect(() => attempt({ REDIS_PREFIX: 'a b' })).toThrow('REDIS_PREFIX');
  });

  it('refuses production with Redis in plain text elsewhere, unless the host is allowed by name', () => {
    const production = (env: Record<string, string>): unknown =>
      readConfig({ env: { ENVIRONMENT: 'production', SECRET_KEY: strongSecret, ...env }, directory });
    const plain = { REDIS_URL: 'redis://:p@redis.example.net' };
    expect(() => production(plain)).toThrow('REDIS_URL connects to redis.example.net without TLS');
    expect(() => production({ ...plain, ALLOW_PLAINTEXT_HOSTS: 'redis.example.net' })).not.toThrow();
    expect(() => production({ REDIS_URL: 'rediss://:p@redis.example.net' })).not.toThrow();
    expect(() => production({ REDIS_URL: 'redis://localhost' })).not.toThrow();
    expect(() => production({ REDIS_CLUSTER: '127.0.0.1:1,node.example:2' })).toThrow(
      'node.example without TLS',
    );
  });
});
