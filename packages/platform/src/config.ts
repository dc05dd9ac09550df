/**
 * The program's configuration: environment variables and a `.env` file, read once, here and nowhere else.
 * Wrong or missing values stop the start with one message that lists them all.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inspect, parseEnv } from 'node:util';
import { maskSecretsIn, RaptorFlowError } from 'raptorflow/kernel';
import { makeDirectory } from 'raptorflow/storage';
import { z } from 'zod';
import { auditKeyProblem, readAuditConfig, type AuditConfig } from './audit-config.ts';
import { readIdentityConfig, type IdentityConfig } from './identity-config.ts';
import type { RateLimitOptions } from './http/plugins/rate-limits.ts';
import { instructionFor } from './issue-words.ts';
import { readMonitoringConfig, type MonitoringConfig } from './monitoring-config.ts';
import { plaintextRedisHosts, readRedisConfig, redisVariable, type RedisConfig } from './redis-address.ts';

const secretKeyBytesMin = 32;

/** Requests a minute; 0 for no limit. */
const requestsAMinute = (usual: number): z.ZodDefault<z.ZodCoercedNumber> =>
  z.coerce.number().int().min(0).max(10_000_000).default(usual);

/** What `.env` and the environment may say; every variable is described in `docs/reference/configuration.md`. */
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' });
const environmentSchema = z.object({
  ENVIRONMENT: z
    .enum(['development', 'staging', 'stage', 'production', 'prod'])
    .default('development')
    .transform((name) => (name === 'stage' ? 'staging' : name === 'prod' ? 'production' : name)),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8001),
  SECRET_KEY: z.string().min(secretKeyBytesMin, `needs at least ${secretKeyBytesMin} characters`).optional(),
  AUDIT_SIGNING_KEY: z
    .string()
    .min(32, 'must be an Ed25519 private key, see docs/guides/audit.md')
    .optional(),
  DATABASE_URL: postgresUrl.optional(),
  MIGRATION_DATABASE_URL: postgresUrl.optional(),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a redis:// or, with TLS, a rediss:// URL' })
    .optional(),
  REDIS_SENTINELS: z.string().min(1).optional(),
  REDIS_CLUSTER: z.string().min(1).optional(),
  REDIS_PREFIX: z
    .string()
    .regex(/^[\w.:-]{1,64}$/u, 'may hold 1 to 64 letters, digits and _ . : -')
    .default('raptorflow'),
  REDIS_IDLE: z.enum(['subscribing', 'polling']).default('subscribing'),
  REDIS_POLL_MS_MAX: z.coerce.number().int().min(100).max(300_000).optional(),
  CONNECT_WAIT_SECONDS: z.coerce.number().int().min(0).max(600).default(30),
  REDIS_REPLICAS: z.coerce.number().int().min(0).max(16).default(0),
  RAPTORFLOW_HOME: z.string().min(1).default('.raptorflow'),
  LOG_LEVEL: z
    .string()
    .regex(
      /^(debug|info|warn|error|silent)(,[a-z0-9_-]+=(debug|info|warn|error|silent))*$/,
      'must be a level, then component=level pairs, such as "info,bus=debug"',
    )
    .default('info'),
  RESPONSE_CACHE_MAX_MB: z.coerce.number().int().min(0).max(4_096).default(256),
  MONTHLY_WORKSPACE_BUDGET_USD: z
    .string()
    .regex(/^\d{1,9}(\.\d{1,6})?$/, 'must be an amount of US dollars such as "10" or "2.50"')
    .default('10'),
  SUPABASE_URL: z.url({ protocol: /^https?$/, error: 'must be an https:// URL' }).optional(),
  SUPABASE_JWT_SECRET: z.string().min(1).optional(),
  OIDC_ISSUER: z.url({ protocol: /^https?$/, error: 'must be an https:// URL' }).optional(),
  OIDC_AUDIENCE: z.string().min(1).optional(),
  OIDC_CLIENT_ID: z.string().min(1).optional(),
  OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  GOOGLE_CLOUD_PROJECT: z.string().min(1).optional(),
  GOOGLE_CLOUD_LOCATION: z.string().min(1).default('us-central1'),
  ANTHROPIC_API_KEY: z.string().min(1).optional(),
  OPENAI_BASE_URL: z.url().optional(),
  OPENAI_API_KEY: z.string().min(1).optional(),
  OPENAI_MODEL: z.string().min(1).optional(),
  PRICES_FILE: z.string().min(1).optional(),
  CORS_ORIGINS: z
    .string()
    .default('')
    .refine(
      (text) => list(text).every(isOrigin),
      'must list origins as browsers name them, such as "https://app.example.com,https://admin.example.com": scheme, host and a port where it is not the usual one, without a path; neither "*" nor "null" is one',
    ),
  PUBLIC_URL: z.url().optional(),
  TRUST_PROXY: z.stringbool().default(false),
  RATE_LIMIT_USER: requestsAMinute(6_000),
  RATE_LIMIT_WORKSPACE: requestsAMinute(30_000),
  RATE_LIMIT_ADDRESS: requestsAMinute(3_000),
  RATE_LIMIT_ATTEMPTS: requestsAMinute(30),
  SOCKETS_PER_USER: z.coerce.number().int().min(1).max(10_000).default(32),
  ALLOW_PLAINTEXT_HOSTS: z.string().default(''),
  METRICS: z.stringbool().default(true),
  RAPTOR_CONFIG: z.string().min(1).optional(),
  RAPTOR_RECORD_SECONDS: z.coerce.number().int().min(0).max(86_400).default(10),
  METRICS_TOKEN: z.string().min(16, 'needs at least 16 characters').optional(),
  ALERT_WEBHOOK_URL: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
  WEBHOOK_SECRET: z.string().min(16, 'needs at least 16 characters').optional(),
  ALERT_SLACK_URL: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
  ALERT_MAIL_TO: z.string().min(3).optional(),
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// URL' }).optional(),
  MAIL_FROM: z.string().min(3).optional(),
});

/** The frozen configuration that the rest of the program receives. */
export interface Config {
  readonly environment: 'development' | 'staging' | 'production';
  readonly host: string;
  readonly port: number;
  /** The data directory, absolute. */
  readonly home: string;
  /** Signs our own tokens; at least 32 characters. */
  readonly secretKey: string;
  readonly audit: AuditConfig;
  readonly databaseUrl: string | undefined;
  /** The login that owns the tables, where it is not that of `databaseUrl`. */
  readonly migrationDatabaseUrl: string | undefined;
  /** Where the bus keeps its events; undefined for a file in the data directory. */
  readonly redis: RedisConfig | undefined;
  /** How long a start waits for PostgreSQL and Redis to come up, in seconds. */
  readonly connectWaitSeconds: number;
  readonly logLevel: string;
  /** The monthly cap of a workspace, in micro-US-dollars. */
  readonly monthlyBudgetMicroUsd: number;
  /** What the kept answers of one workspace may take, in mebibytes; 0 keeps none. */
  readonly responseCacheMibMax: number;
  readonly models: {
    readonly googleCloudProject: string | undefined;
    readonly googleCloudLocation: string;
    readonly anthropicApiKey: string | undefined;
    readonly openaiBaseUrl: string | undefined;
    readonly openaiApiKey: string | undefined;
    readonly openaiModel: string | undefined;
    readonly pricesFile: string | undefined;
  };
  readonly identity: IdentityConfig;
  readonly monitoring: MonitoringConfig;
  /** The monitor of the machine. */
  readonly raptor: {
    /** Its configuration file, absolute; undefined looks for `config/raptor.ini` in the home. */
    readonly configFile: string | undefined;
    /** How often the machine's state is put into the table `raptor_metrics`; 0 for never. */
    readonly recordEverySeconds: number;
  };
  readonly http: {
    readonly corsOrigins: readonly string[];
    readonly publicUrl: string | undefined;
    readonly trustProxy: boolean;
    /** Whether people reach it by https: in production, and where `PUBLIC_URL` says so. */
    readonly secure: boolean;
    /** Requests a minute, 0 for no limit. */
    readonly limits: RateLimitOptions;
    readonly socketsPerUserMax: number;
  };
}

/** Where configuration comes from; tests pass their own. */
export interface ConfigSources {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The directory of `.env` and of a relative `RAPTORFLOW_HOME`. */
  readonly directory?: string;
}

type Environment = z.output<typeof environmentSchema>;

/**
 * Reads, checks and freezes the configuration. Creates `RAPTORFLOW_HOME/secret` (0600) in development when no
 * `SECRET_KEY` is set. Throws `invalid_configuration` naming every wrong variable.
 */
export function readConfig(sources: ConfigSources = {}): Config {
  const directory = sources.directory ?? process.cwd();
  const env = { ...readEnvFile(directory), ...dropEmpty(sources.env ?? process.env) };
  const parsed = environmentSchema.safeParse(env);
  if (!parsed.success) {
    throw refuse(
      parsed.error.issues.map((issue) => {
        const { code, message } = issue;
        return `${issue.path.join('.')}: ${instructionFor({ code, message, params: { ...issue } })}`;
      }),
    );
  }
  const values = parsed.data;
  const redis = readRedisConfig(values);
  if ('problem' in redis) throw refuse([redis.problem]);
  const monitoring = readMonitoringConfig(values);
  if ('problems' in monitoring) throw refuse(monitoring.problems);
  const identity = readIdentityConfig(values);
  if ('problems' in identity) throw refuse(identity.problems);
  const problems = [...databaseProblems(values), ...productionProblems(values, redis.config)];
  if (problems.length > 0) throw refuse(problems);
  const home = resolve(directory, values.RAPTORFLOW_HOME);
  const secretKey = values.SECRET_KEY ?? readOrMakeSecret(home);
  return freeze({
    environment: values.ENVIRONMENT,
    host: values.HOST,
    port: values.PORT,
    home,
    secretKey,
    audit: readAuditConfig(values, { home, secretKey }),
    databaseUrl: values.DATABASE_URL,
    migrationDatabaseUrl: values.MIGRATION_DATABASE_URL,
    redis: redis.config,
    connectWaitSeconds: values.CONNECT_WAIT_SECONDS,
    logLevel: values.LOG_LEVEL,
    monthlyBudgetMicroUsd: microUsd(values.MONTHLY_WORKSPACE_BUDGET_USD),
    responseCacheMibMax: values.RESPONSE_CACHE_MAX_MB,
    models: {
      googleCloudProject: values.GOOGLE_CLOUD_PROJECT,
      googleCloudLocation: values.GOOGLE_CLOUD_LOCATION,
      anthropicApiKey: values.ANTHROPIC_API_KEY,
      openaiBaseUrl: values.OPENAI_BASE_URL,
      openaiApiKey: values.OPENAI_API_KEY,
      openaiModel: values.OPENAI_MODEL,
      pricesFile: values.PRICES_FILE === undefined ? undefined : resolve(directory, values.PRICES_FILE),
    },
    identity: identity.config,
    monitoring: monitoring.config,
    raptor: {
      configFile: values.RAPTOR_CONFIG === undefined ? undefined : resolve(home, values.RAPTOR_CONFIG),
      recordEverySeconds: values.RAPTOR_RECORD_SECONDS,
    },
    http: {
      corsOrigins: list(values.CORS_ORIGINS),
      publicUrl: values.PUBLIC_URL,
      trustProxy: values.TRUST_PROXY,
      secure:
        values.PUBLIC_URL === undefined
          ? values.ENVIRONMENT === 'production'
          : values.PUBLIC_URL.startsWith('https:'),
      limits: {
        user: values.RATE_LIMIT_USER,
        workspace: values.RATE_LIMIT_WORKSPACE,
        address: values.RATE_LIMIT_ADDRESS,
        attempts: values.RATE_LIMIT_ATTEMPTS,
      },
      socketsPerUserMax: values.SOCKETS_PER_USER,
    },
  });
}

function readEnvFile(directory: string): Record<string, string | undefined> {
  const path = join(directory, '.env');
  return existsSync(path) ? dropEmpty(parseEnv(readFileSync(path, 'utf8'))) : {};
}

// `NAME=` in a shell or a compose file means "not set", not "set to nothing".
function dropEmpty(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}

function databaseProblems({ DATABASE_URL: url, MIGRATION_DATABASE_URL: owner }: Environment): string[] {
  if (owner === undefined || url !== undefined) return [];
  return ['MIGRATION_DATABASE_URL is set and DATABASE_URL is not; set both, or neither'];
}

function productionProblems(values: Environment, redis: RedisConfig | undefined): string[] {
  if (values.ENVIRONMENT !== 'production') return [];
  const problems: string[] = [];
  if (values.SECRET_KEY === undefined) {
    problems.push('SECRET_KEY must be set in production (make one with: openssl rand -hex 32)');
  } else if (
    /change.?this|changeme|default|secret.?key/i.test(values.SECRET_KEY) ||
    new Set(values.SECRET_KEY).size < 8
  ) {
    problems.push('SECRET_KEY looks like a placeholder; make one with: openssl rand -hex 32');
  }
  const auditKey = auditKeyProblem(values);
  if (auditKey !== undefined) problems.push(auditKey);
  for (const name of ['DATABASE_URL', 'MIGRATION_DATABASE_URL'] as const) {
    const plain = plaintextDatabaseHost(values[name], values);
    if (plain === undefined) continue;
    problems.push(
      `${name} connects to ${plain} without TLS; add ?sslmode=verify-full, or name the host in ALLOW_PLAINTEXT_HOSTS`,
    );
  }
  const allowed = list(values.ALLOW_PLAINTEXT_HOSTS);
  const [host] = redis ? plaintextRedisHosts(redis).filter((each) => !allowed.includes(each)) : [];
  if (redis && host !== undefined) {
    problems.push(
      `${redisVariable(redis)} connects to ${host} without TLS; use rediss://, or name the host in ALLOW_PLAINTEXT_HOSTS`,
    );
  }
  return problems;
}

function plaintextDatabaseHost(address: string | undefined, values: Environment): string | undefined {
  if (address === undefined) return undefined;
  const url = new URL(address);
  const local = ['', 'localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  const encrypted = /^(require|verify-ca|verify-full)$/.test(url.searchParams.get('sslmode') ?? '');
  const allowed = list(values.ALLOW_PLAINTEXT_HOSTS).includes(url.hostname);
  return local || encrypted || allowed ? undefined : url.hostname;
}

// Any page in a frame may have the origin "null", so it names nobody.
function isOrigin(text: string): boolean {
  return /^https?:/u.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

// Decimal text to integer micro-dollars without passing through a floating-point number.
function microUsd(amount: string): number {
  const [whole = '0', fraction = ''] = amount.split('.');
  return Number(whole) * 1_000_000 + Number(fraction.padEnd(6, '0'));
}

function readOrMakeSecret(home: string): string {
  const path = join(home, 'secret');
  if (existsSync(path)) {
    const secret = readFileSync(path, 'utf8').trim();
    if (secret.length >= secretKeyBytesMin) return secret;
    throw refuse([
      `${path} holds a secret of fewer than ${secretKeyBytesMin} characters; delete it to have a new one made`,
    ]);
  }
  const secret = randomBytes(32).toString('base64url');
  try {
    makeDirectory(home);
    writeFileSync(path, `${secret}\n`, { mode: 0o600, flag: 'wx' });
    chmodSync(path, 0o600);
  } catch (error) {
    // Another process of this directory, started at the same moment, was faster.
    const made = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
    if (made.length >= secretKeyBytesMin) return made;
    const reason = error instanceof Error ? error.message : String(error);
    throw refuse([`RAPTORFLOW_HOME: ${home} cannot be written to (${reason}); name a directory that can`]);
  }
  return secret;
}

function refuse(problems: readonly string[]): RaptorFlowError {
  return new RaptorFlowError(
    'invalid_configuration',
    `The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    { details: { problems } },
  );
}

// A configuration that is printed, logged or thrown by mistake shows no secret; its fields are read by name as ever.
function freeze(config: Config): Config {
  const shown = (): unknown => maskSecretsIn({ ...config });
  Object.defineProperties(config, {
    toJSON: { value: shown },
    [inspect.custom]: { value: shown },
  });
  Object.freeze(config.models);
  Object.freeze(config.identity);
  Object.freeze(config.monitoring);
  Object.freeze(config.raptor);
  Object.freeze(config.http);
  return Object.freeze(config);
}
