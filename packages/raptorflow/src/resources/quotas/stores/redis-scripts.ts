import { createHash } from 'node:crypto';

/** A script that servers know by its digest. */
export interface Script {
  readonly text: string;
  readonly digest: string;
}

function script(...parts: readonly string[]): Script {
  const text = parts.join('\n');
  return { text, digest: createHash('sha1').update(text).digest('hex') };
}

/** What scripts answer first: everything was done; */
export const answered = 0;
/** nothing was done, because a period is not the one that the caller takes it for; */
export const otherPeriod = 1;
/** nothing was done, because what the caller holds was given to others. */
export const lostLease = 2;

/*
 * A slot holds, under keys that begin with its first key and share its hash tag: `c:<counter>`, a hash of used (u), period (i), raised limit (r) and
 * the periods before (p); `held:<holder>`, what a process holds of each counter; and `holders`, when each process is taken for dead.
 * Time is the server's. All keys are made from the first one, so a script touches one slot of a cluster only.
 */
const prelude = `
local K = KEYS[1]
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
local at = 0
local function arg() at = at + 1; return ARGV[at] end
local function num() at = at + 1; return tonumber(ARGV[at]) end

local function drop(key, amount)
  local counter = K .. 'c:' .. key
  if redis.call('EXISTS', counter) == 1 and redis.call('HINCRBY', counter, 'u', -amount) <= 0 then
    redis.call('DEL', counter)
  end
end
local function bury(holder)
  local held = K .. 'held:' .. holder
  local flat = redis.call('HGETALL', held)
  for n = 1, #flat, 2 do drop(flat[n], tonumber(flat[n + 1])) end
  redis.call('DEL', held)
  redis.call('ZREM', K .. 'holders', holder)
end
local function buryDead()
  local dead = redis.call('ZRANGEBYSCORE', K .. 'holders', '-inf', now, 'LIMIT', 0, 100)
  for _, holder in ipairs(dead) do bury(holder) end
end
`;

// Holder (empty when nothing is held or given), 1 when it is new, lease; 1 for a mere look; then gives, counters and runs, each after their number.
// A run is a number of equal requests; a request for a share says besides how much more it has use for, and how much more it would like to have.
const counting = `
local holder, isNew, lease, isLook = arg(), arg() == '1', num(), arg() == '1'
local gives = {}
for n = 1, num() do gives[n] = {arg(), num(), arg()} end
local counters = {}
for n = 1, num() do
  local c = {key = arg(), kind = arg(), held = arg() == '1', length = num(), index = num(), start = num(), stop = num(), limit = num(), most = num()}
  if c.length > 0 then
    c.index = math.floor(now / c.length)
    c.stop = (c.index + 1) * c.length
  elseif c.stop > 0 and (now < c.start or now >= c.stop) then
    return {1, now}
  end
  counters[n] = c
end

if holder ~= '' then
  buryDead()
  if not isNew and not redis.call('ZSCORE', K .. 'holders', holder) then return {2, now} end
  if not isLook then redis.call('ZADD', K .. 'holders', now + lease, holder) end
  local held = K .. 'held:' .. holder
  for _, give in ipairs(gives) do
    if give[3] == '' then
      local amount = math.min(give[2], tonumber(redis.call('HGET', held, give[1]) or 0))
      if amount > 0 then
        drop(give[1], amount)
        if redis.call('HINCRBY', held, give[1], -amount) <= 0 then redis.call('HDEL', held, give[1]) end
      end
    elseif redis.call('HGET', K .. 'c:' .. give[1], 'i') == give[3] then
      if redis.call('HINCRBY', K .. 'c:' .. give[1], 'u', -give[2]) < 0 then redis.call('HSET', K .. 'c:' .. give[1], 'u', 0) end
    end
  end
end

local answer = {0, now, 0}
for n, c in ipairs(counters) do
  local v = redis.call('HMGET', K .. 'c:' .. c.key, 'u', 'i', 'r', 'p')
  c.used, c.raised, c.past = tonumber(v[1] or 0), tonumber(v[3] or 0), v[4] or ''
  local before = tonumber(v[2] or c.index)
  c.isNew, c.taken = not v[2], 0
  c.now = math.max(c.limit, c.raised)
  local elapsed = c.index - before
  if elapsed > 0 then
    c.isNew = true
    if c.kind == 'burst' then
      c.used = math.max(0, c.used - c.limit * elapsed)
    else
      if c.kind == 'dynamic' and not isLook then
        local past = {}
        for used in string.gmatch(c.past, '[^,]+') do past[#past + 1] = tonumber(used) end
        past[#past + 1] = c.used
        for skipped = 1, math.min(elapsed - 1, 5) do past[#past + 1] = 0 end
        local busy, sum, texts = 0, 0, {}
        for p = math.max(1, #past - 4), #past do
          sum = sum + past[p]
          if past[p] > c.now * 0.8 then busy = busy + 1 end
          texts[#texts + 1] = string.format('%.0f', past[p])
        end
        c.past = table.concat(texts, ',')
        if #texts == 5 and busy > 0.8 * 5 then
          local to = math.min(2 * c.limit, math.max(c.now, math.floor((1.2 * sum) / 5)))
          if to > c.now then
            answer[3] = answer[3] + 1
            for _, part in ipairs({n, c.now, to, c.past}) do answer[#answer + 1] = part end
            c.raised, c.now, c.isDirty = to, to, true
          end
        end
      end
      c.used = 0
    end
  elseif elapsed < 0 then
    c.index = before
  end
end

for run = 1, num() do
  local amount, count, want, spare = num(), num(), num(), num()
  local entries, granted = {}, count
  for e = 1, num() do
    local c, max = counters[num()], num()
    if c.kind == 'dynamic' and c.now > max then max = c.now end
    entries[e] = {c, max}
    local room = math.max(0, math.floor((max - c.used) / amount))
    if room < granted then granted = room end
  end
  local more = 0
  if granted == 1 and want + spare > 0 then
    local c = entries[1][1]
    local room = math.max(0, c.now - c.used - amount)
    more = math.min(want, room)
    more = more + math.min(spare, math.floor((room - more) / 8))
  end
  local refusedBy, used = 0, {}
  for e, entry in ipairs(entries) do
    local c = entry[1]
    if granted > 0 then
      c.used, c.taken, c.isDirty = c.used + amount * granted + more, c.taken + amount * granted + more, true
    end
    used[e] = c.used
    if granted < count and refusedBy == 0 and c.used + amount > entry[2] then refusedBy = e end
  end
  answer[#answer + 1] = granted
  answer[#answer + 1] = refusedBy
  answer[#answer + 1] = more
  for e, entry in ipairs(entries) do
    answer[#answer + 1] = used[e]
    answer[#answer + 1] = entry[1].now
    answer[#answer + 1] = entry[1].index
  end
end

if isLook then return answer end
for _, c in ipairs(counters) do
  if c.isDirty then
    local key = K .. 'c:' .. c.key
    if c.kind == 'dynamic' then
      redis.call('HSET', key, 'u', c.used, 'i', c.index, 'r', c.raised, 'p', c.past)
    else
      redis.call('HSET', key, 'u', c.used, 'i', c.index)
    end
    if c.held then
      redis.call('HINCRBY', K .. 'held:' .. holder, c.key, c.taken)
    elseif c.raised > 0 then
      redis.call('PERSIST', key)
    elseif c.stop > 0 and (c.isNew or c.kind == 'burst') then
      local over = c.stop
      if c.kind == 'burst' then over = over + math.ceil(c.used / c.limit) * c.most end
      if c.kind == 'dynamic' then over = over + 5 * c.most end
      redis.call('PEXPIREAT', key, string.format('%.0f', over))
    end
  end
end
return answer
`;

// Holder, lease, and all that it believes to hold: what the slot has beyond that was granted to a process that never heard of it.
const renewing = `
local holder, lease = arg(), num()
buryDead()
if not redis.call('ZSCORE', K .. 'holders', holder) then return {2, now} end
redis.call('ZADD', K .. 'holders', now + lease, holder)
local claims = {}
for n = 1, num() do claims[arg()] = num() end
local held = K .. 'held:' .. holder
local flat = redis.call('HGETALL', held)
for n = 1, #flat, 2 do
  local surplus = tonumber(flat[n + 1]) - (claims[flat[n]] or 0)
  if surplus > 0 then
    drop(flat[n], surplus)
    if redis.call('HINCRBY', held, flat[n], -surplus) <= 0 then redis.call('HDEL', held, flat[n]) end
  end
end
return {0, now}
`;

const leaving = `
bury(arg())
return {0, now}
`;

// How many to keep, then id, time and text of each record.
const noting = `
local most = tonumber(ARGV[1])
for n = 2, #ARGV, 3 do
  redis.call('HSET', KEYS[1], ARGV[n], ARGV[n + 2])
  redis.call('ZADD', KEYS[2], 'NX', ARGV[n + 1], ARGV[n])
end
local surplus = redis.call('ZCARD', KEYS[2]) - most
if surplus > 0 then
  local gone = redis.call('ZPOPMIN', KEYS[2], surplus)
  for n = 1, #gone, 2 do redis.call('HDEL', KEYS[1], gone[n]) end
end
return 0
`;

/** What the store asks of Redis. */
export const scripts: Readonly<Record<'count' | 'renew' | 'leave' | 'note', Script>> = {
  count: script(prelude, counting),
  renew: script(prelude, renewing),
  leave: script(prelude, leaving),
  note: script(noting),
};
