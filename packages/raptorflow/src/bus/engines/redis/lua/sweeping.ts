import { procedure, type Procedure } from './procedure.ts';
import { claiming } from './claiming.ts';
import { prelude } from './prelude.ts';
import { storing } from './storing.ts';

/**
 * One slice of retention. First it claims, for the sweeping session, what groups had not handled when it expired (the caller buries it by a
 * turn); then it removes expired events that nobody needs any more, oldest first. Answers casualties, how many it removed, and when to come back;
 * nothing when the session was given up.
 */
export const sweep: Procedure = procedure(
  'sweep',
  [prelude, storing, claiming],
  `
  begin(KEYS, ARGS)
  beginStoring()
local session, generation, record, limit = arg(), arg(), arg(), argn()
if not admits(session, generation) then return false end
local out, named, names = {}, {}, {}
local taken, part = 0, 0

local function nameLanes(c)
  for _, entry in ipairs(c.entries) do
    local lane = entry[3] or string.match(entry[2], '^(%S+)')
    local info = laneInfo(lane)
    if info and not named[lane] then
      named[lane] = true
      names[#names + 1] = lane
      names[#names + 1] = info.name
      names[#names + 1] = int(retentionOf(lane))
    end
  end
end
local function casualties(g, act)
  if taken >= limit then return end
  local c = newClaim(g, limit - taken)
  act(c)
  if c.taken == 0 then return end
  taken = taken + c.taken
  part = part + 1
  endClaim(c, session, g .. '|sweep.' .. record .. '.' .. part)
  nameLanes(c)
  out[#out + 1] = g
  out[#out + 1] = g .. '|sweep.' .. record .. '.' .. part
  out[#out + 1] = int(c.base)
  out[#out + 1] = c.out
end

local groups = call('HKEYS', K .. 'gr')
for _, g in ipairs(groups) do
  casualties(g, function(c) takeDue(c, true) end)
end
local lanesDue = call('ZRANGEBYSCORE', K .. 'lx', '-inf', now, 'LIMIT', 0, 20)
for _, lane in ipairs(lanesDue) do
  local info = laneInfo(lane)
  if info then
    for _, g in ipairs(groupsOf(info.channel)) do
      casualties(g, function(c)
        local _, more = takeFresh(c, lane, c.want, true)
        if cursor(g, lane).pos >= headOf(lane) then unready(g, lane) end
      end)
    end
  end
end

-- What is in hands or held is not removed.
local needed = {}
for _, s in ipairs(call('HKEYS', K .. 'sg')) do
  eachInHand(s, function(_, entry)
    local key = entry[2]
    if string.sub(key, 1, 1) == '-' then key = string.sub(key, 2) end
    needed[key] = true
  end)
end
local function isHeld(key)
  for _, g in ipairs(groups) do
    if call('HEXISTS', K .. 'x:' .. g, key) == 1 or call('HEXISTS', K .. 'x:' .. g, '-' .. key) == 1 then return true end
  end
  return false
end
local function forgetLetter(body)
  local id = string.match(body, '^{"id":"([^"]+)"')
  local text = id and call('HGET', K .. 'dx', id)
  if not text then return end
  call('HDEL', K .. 'dx', id)
  call('ZREM', K .. 'dq', id)
  call('ZREM', K .. 'do:' .. cjson.decode(text).r, id)
end
local function uncount(channel, events, bytes)
  call('HINCRBY', K .. 'cs', 'r|' .. channel, events)
  call('HINCRBY', K .. 'cs', 'b|' .. channel, -bytes)
  if call('HEXISTS', K .. 'cs', 'e|' .. channel) == 1 then call('HINCRBY', K .. 'cs', 'e|' .. channel, -events) end
end

local removed = 0
-- Events that asked to expire before their channel says so.
for _, key in ipairs(call('ZRANGEBYSCORE', K .. 'ex', '-inf', now, 'LIMIT', 0, 100)) do
  local lane, pos = string.match(key, '^(%S+) (%S+)$')
  local body, fields = bodyAt(lane, pos)
  local info = laneInfo(lane)
  if not body or not info then
    call('ZREM', K .. 'ex', key)
    for _, g in ipairs(groups) do call('SREM', K .. 'sk:' .. g, key) end
  elseif needed[key] or isHeld(key) then call('ZADD', K .. 'ex', int(now + 1000), key)
  else
    local at = tonumber(pos)
    local waits = false
    for _, g in ipairs(groupsOf(info.channel)) do
      if cursor(g, lane).pos < at and fits(def(g), typeOf(body)) and call('SADD', K .. 'sk:' .. g, key) == 1 then
        casualties(g, function(c) give(c, key, lane, body, { a = 1, e = now, x = 1 }) end)
        waits = true
      end
    end
    if waits then call('ZADD', K .. 'ex', int(now), key)
    else
      call('ZREM', K .. 'ex', key)
      call('XDEL', K .. 'l:' .. lane, pos .. '-0')
      for _, g in ipairs(groupsOf(info.channel)) do call('SREM', K .. 'sk:' .. g, key) end
      uncount(info.channel, 1, #body)
      removed = removed + 1
    end
  end
end

for _, lane in ipairs(lanesDue) do
  if removed >= limit then break end
  local info = laneInfo(lane)
  if not info then call('ZREM', K .. 'lx', lane)
  else
    local retention, isLetters = retentionOf(lane), string.sub(info.channel, 1, 8) == 'sys.dlq.'
    local readers = groupsOf(info.channel)
    local rows = call('XRANGE', K .. 'l:' .. lane, '-', '+', 'COUNT', math.min(limit - removed, 500) + 1)
    local last, count, bytes, again = nil, 0, 0, nil
    for n, row in ipairs(rows) do
      local pos = posOf(row[1])
      if msOf(pos) + retention > now then again = msOf(pos) + retention; break end
      local key = lane .. ' ' .. int(pos)
      local unread = false
      for _, g in ipairs(readers) do if cursor(g, lane).pos < pos then unread = true end end
      if unread or needed[key] or isHeld(key) then again = unread and now or now + 1000; break end
      last, count, bytes = pos, count + 1, bytes + #row[2][2]
      if isLetters then forgetLetter(row[2][2]) end
    end
    if last then
      call('XTRIM', K .. 'l:' .. lane, 'MINID', int(last + 1) .. '-0')
      uncount(info.channel, count, bytes)
      removed = removed + count
    end
    if not again and #rows > count then again = now end
    if again then call('ZADD', K .. 'lx', int(again), lane)
    else
      call('ZREM', K .. 'lx', lane)
      call('ZADD', K .. 'le', int(now + 3600000), lane)
    end
  end
end

-- Lanes that have been empty for an hour are forgotten, and index buckets whose events are gone.
for _, lane in ipairs(call('ZRANGEBYSCORE', K .. 'le', '-inf', now, 'LIMIT', 0, 20)) do
  local info = laneInfo(lane)
  call('ZREM', K .. 'le', lane)
  if info and call('XLEN', K .. 'l:' .. lane) == 0 then
    call('DEL', K .. 'l:' .. lane)
    call('HDEL', K .. 'la', lane)
    call('HDEL', K .. 'ln', info.name)
    -- Its share of what the channel was given and lost goes with it.
    local given = tonumber(call('HGET', K .. 'lc', lane) or '0')
    call('HINCRBY', K .. 'cs', 'r|' .. info.channel, -given)
    call('HDEL', K .. 'lc', lane)
    call('HDEL', K .. 'lr', lane)
    call('ZREM', K .. 'lh', lane)
    for _, g in ipairs(groups) do
      call('HDEL', K .. 'c:' .. g, lane)
      call('SREM', K .. 'st:' .. g, lane)
    end
    if call('HINCRBY', K .. 'cl', info.channel, -1) <= 0 then
      call('HDEL', K .. 'cl', info.channel)
      call('HDEL', K .. 'cg', info.channel)
      call('HDEL', K .. 'cs', 'e|' .. info.channel, 'b|' .. info.channel, 'r|' .. info.channel)
    end
  end
end
for _, start in ipairs(call('ZRANGE', K .. 'ib', 0, 9)) do
  if call('EXISTS', K .. 'i:' .. start) == 1 then break end
  if call('ZCARD', K .. 'ib') > 1 then call('ZREM', K .. 'ib', start) end
end
tell(session, false)
local due = call('ZRANGE', K .. 'lx', 0, 0, 'WITHSCORES')[2]
for _, name in ipairs({ 'ex', 'le' }) do
  local at = call('ZRANGE', K .. name, 0, 0, 'WITHSCORES')[2]
  if at and (not due or tonumber(at) < tonumber(due)) then due = at end
end
for _, g in ipairs(groups) do
  local at = call('ZRANGE', K .. 'h:' .. g, 0, 0, 'WITHSCORES')[2]
  if at and tonumber(at) > now and (not due or tonumber(at) < tonumber(due)) then due = at end
end
return { out, names, removed, due or '' }
`,
  ['allow-oom'],
);
