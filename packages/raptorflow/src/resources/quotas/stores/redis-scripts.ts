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
 * A slot holds, under keys that begin with its first key and share its hash tag: `c:<counter>`, a text of usage and period, and of dynamic counters the
 * raised limit and the periods before; `held:<holder>`, what a process holds of each counter; and `holders`, when each process is taken for dead.
 * Time is the server's. All keys are made from the first one, so a script touches one slot of a cluster only.
 */
const prelude = `
local K = KEYS[1]
local call = redis.call
local t = call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
local at = 0
local function arg() at = at + 1; return ARGV[at] end
local function num() at = at + 1; return tonumber(ARGV[at]) end

local function drop(key, amount)
  local counter = K .. 'c:' .. key
  local left = tonumber(string.match(call('GET', counter) or '0', '^%d+')) - amount
  if left > 0 then call('SET', counter, string.format('%.0f 0', left)) else call('DEL', counter) end
end
local function bury(holder)
  local held = K .. 'held:' .. holder
  local flat = call('HGETALL', held)
  for n = 1, #flat, 2 do drop(flat[n], tonumber(flat[n + 1])) end
  call('DEL', held)
  call('ZREM', K .. 'holders', holder)
end
local function buryDead()
  local dead = call('ZRANGEBYSCORE', K .. 'holders', '-inf', now, 'LIMIT', 0, 100)
  for _, holder in ipairs(dead) do bury(holder) end
end
`;

/*
 * Its arguments: the holder (empty when nothing is held or given), 1 when it is new, its lease, 1 for a mere look; then, each list after its length,
 * what is given (key, amount, period), the rules of quotas, counters (key, rule), shapes of requests (amount, for a share how much more there is use
 * for and how much more would be welcome, the maximum of each counter) and runs of equal requests (shape, number, counters). It answers the time, the raises
 * (counter, from, to, periods before), and for each run how many were granted, who refused the others, what came beyond the amount, and of each
 * counter the usage, the limit if it is dynamic, and the period if it was asked for a share.
 */
const counting = `
local holder, isNew, lease, isLook = arg(), arg() == '1', num(), arg() == '1'
local gives = {}
for n = 1, num() do gives[n] = {arg(), num(), arg()} end
local rules = {}
for n = 1, num() do
  local r = {kind = arg(), held = arg() == '1', length = num(), index = num(), start = num(), stop = num(), limit = num(), most = num()}
  if r.length > 0 then
    r.index = math.floor(now / r.length)
    r.stop = (r.index + 1) * r.length
  elseif r.stop > 0 and (now < r.start or now >= r.stop) then
    return {1, now}
  end
  rules[n] = r
end

if holder ~= '' then
  buryDead()
  if not isNew and not call('ZSCORE', K .. 'holders', holder) then return {2, now} end
  if not isLook then call('ZADD', K .. 'holders', now + lease, holder) end
  local held = K .. 'held:' .. holder
  for _, give in ipairs(gives) do
    if give[3] == '' then
      local amount = math.min(give[2], tonumber(call('HGET', held, give[1]) or 0))
      if amount > 0 then
        drop(give[1], amount)
        if call('HINCRBY', held, give[1], -amount) <= 0 then call('HDEL', held, give[1]) end
      end
    else
      local used, index, rest = string.match(call('GET', K .. 'c:' .. give[1]) or '', '^(%d+) (%d+)(.*)$')
      if index == give[3] then
        call('SET', K .. 'c:' .. give[1], string.format('%.0f ', math.max(0, tonumber(used) - give[2])) .. index .. rest, 'KEEPTTL')
      end
    end
  end
end

local answer = {0, now, 0}
local function turn(c, r, n, elapsed)
  if r.kind == 'burst' then
    c.used = math.max(0, c.used - r.limit * elapsed)
    return
  end
  if r.kind == 'dynamic' and not isLook then
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
      local to = math.min(2 * r.limit, math.max(c.now, math.floor((1.2 * sum) / 5)))
      if to > c.now then
        answer[3] = answer[3] + 1
        for _, part in ipairs({n, c.now, to, c.past}) do answer[#answer + 1] = part end
        c.raised, c.now, c.isDirty = to, to, true
      end
    end
  end
  c.used = 0
end

local counters, keys = {}, {}
local count = num()
for n = 1, count do
  local key = arg()
  keys[n] = K .. 'c:' .. key
  counters[n] = {key = key, r = rules[num()], taken = 0}
end
for from = 1, count, 500 do
  local texts = call('MGET', unpack(keys, from, math.min(from + 499, count)))
  for place, text in ipairs(texts) do
    local n = from + place - 1
    local c = counters[n]
    local r = c.r
    c.used, c.index, c.now = 0, r.index, r.limit
    if r.kind == 'dynamic' then c.raised, c.past = 0, '' end
    if text then
      local used, index, rest = string.match(text, '^(%d+) (%d+) ?(.*)$')
      c.used, c.index = tonumber(used), tonumber(index)
      if r.kind == 'dynamic' then
        local raised, past = string.match(rest, '^(%d+) ?(.*)$')
        c.raised, c.past = tonumber(raised or 0), past or ''
        c.now = math.max(r.limit, c.raised)
      end
      local elapsed = r.index - c.index
      if elapsed > 0 then
        c.index = r.index
        turn(c, r, n, elapsed)
      end
    end
  end
end

local shapes = {}
for n = 1, num() do
  local shape = {amount = num(), want = num(), spare = num(), maxima = {}}
  for e = 1, num() do shape.maxima[e] = num() end
  shapes[n] = shape
end

for run = 1, num() do
  local shape, count = shapes[num()], num()
  local amount, maxima, isShare = shape.amount, shape.maxima, shape.want + shape.spare > 0
  local entries, most, granted = {}, {}, count
  for e = 1, #maxima do
    local c, max = counters[num()], maxima[e]
    if c.raised and c.now > max then max = c.now end
    entries[e], most[e] = c, max
    local room = math.max(0, math.floor((max - c.used) / amount))
    if room < granted then granted = room end
  end
  local more = 0
  if granted == 1 and isShare then
    local c = entries[1]
    local room = math.max(0, c.now - c.used - amount)
    more = math.min(shape.want, room)
    more = more + math.min(shape.spare, math.floor((room - more) / 8))
  end
  local taken = amount * granted + more
  local refusedBy = 0
  for e, c in ipairs(entries) do
    if taken > 0 then c.used, c.taken, c.isDirty = c.used + taken, c.taken + taken, true end
    if granted < count and refusedBy == 0 and c.used + amount > most[e] then refusedBy = e end
  end
  local n = #answer
  answer[n + 1], answer[n + 2], answer[n + 3] = granted, refusedBy, more
  n = n + 3
  for e, c in ipairs(entries) do
    n = n + 1
    answer[n] = c.used
    if c.raised then n = n + 1; answer[n] = c.now end
    if isShare then n = n + 1; answer[n] = c.index end
  end
end

if isLook then return answer end
for n, c in ipairs(counters) do
  if c.isDirty then
    local r = c.r
    local text = string.format('%.0f %.0f', c.used, c.index)
    if r.kind == 'dynamic' then text = text .. string.format(' %.0f ', c.raised) .. c.past end
    if r.held then
      call('SET', keys[n], text)
      call('HINCRBY', K .. 'held:' .. holder, c.key, c.taken)
    elseif r.stop == 0 or (c.raised or 0) > 0 then
      call('SET', keys[n], text)
    else
      local over = r.stop
      if r.kind == 'burst' then over = over + math.ceil(c.used / r.limit) * r.most end
      if r.kind == 'dynamic' then over = over + 5 * r.most end
      call('SET', keys[n], text, 'PXAT', string.format('%.0f', over))
    end
  end
end
return answer
`;

// Holder, lease, and all that it believes to hold: what the slot has beyond that was granted to a process that never heard of it.
const renewing = `
local holder, lease = arg(), num()
buryDead()
if not call('ZSCORE', K .. 'holders', holder) then return {2, now} end
call('ZADD', K .. 'holders', now + lease, holder)
local claims = {}
for n = 1, num() do claims[arg()] = num() end
local held = K .. 'held:' .. holder
local flat = call('HGETALL', held)
for n = 1, #flat, 2 do
  local surplus = tonumber(flat[n + 1]) - (claims[flat[n]] or 0)
  if surplus > 0 then
    drop(flat[n], surplus)
    if call('HINCRBY', held, flat[n], -surplus) <= 0 then call('HDEL', held, flat[n]) end
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
