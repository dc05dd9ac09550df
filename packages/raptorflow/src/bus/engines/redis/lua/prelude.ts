/** Wakes that a process may miss between two polls; whoever missed more looks everywhere. */
export const wakesMax = 1_000;

/**
 * What every procedure uses. A procedure works on one partition, whose keys all begin with its first key and share its hash tag; what they
 * hold is described in docs/internals/redis-engine.md. The first argument is the caller's time in epoch milliseconds.
 *
 * A position is `milliseconds × 2048 + counter`, strictly rising within a partition: a clock that never goes back. It is below 2^53 until the
 * year 2109, so Lua's numbers hold it exactly; texts of it are made by `int`, because `tostring` would round.
 */
const base = `
local perMs = 2048
-- What belongs to one call; 'begin' sets it anew.
local call, K, A, now, argAt, lanes, defs, cursors, gained
local function begin(keys, args)
  -- A library that is being loaded has no 'redis.call' yet.
  call = redis.call
  K, A, now, argAt = keys[1], args, tonumber(args[1]), 2
  lanes, defs, cursors, gained = {}, {}, {}, {}
end

local function int(n) return string.format('%.0f', n) end
-- The same, for numbers that are small more often than not: to write one costs as much as a call.
local smallTexts = {}
local function small(n)
  local text = smallTexts[n]
  if text then return text end
  text = int(n)
  if n >= 0 and n < 4096 then smallTexts[n] = text end
  return text
end
local function arg() local v = A[argAt]; argAt = argAt + 1; return v end
local function argn() return tonumber(arg()) end

local function matches(pattern, channel)
  if pattern == channel or pattern == '>' then return true end
  local p, c = {}, {}
  for s in string.gmatch(pattern, '[^.]+') do p[#p + 1] = s end
  for s in string.gmatch(channel, '[^.]+') do c[#c + 1] = s end
  for i = 1, #p do
    if p[i] == '>' then return #c >= i end
    if c[i] == nil or (p[i] ~= '*' and p[i] ~= c[i]) then return false end
  end
  return #p == #c
end

-- Whether a session may act: the partition knows it, and its connection was not made anew since this was said.
local function admits(session, generation)
  local isNew = string.sub(generation, 1, 1) == '+'
  if isNew then generation = string.sub(generation, 2) end
  local known = call('HGET', K .. 'sg', session)
  if known then return known == generation end
  if isNew then call('HSET', K .. 'sg', session, generation) end
  return isNew
end

local function posOf(streamId) return tonumber(string.sub(streamId, 1, -3)) end
local function msOf(pos) return math.floor(pos / perMs) end

local function bodyAt(lane, pos)
  local rows = call('XRANGE', K .. 'l:' .. lane, pos .. '-0', pos .. '-0')
  if rows[1] then return rows[1][2][2], rows[1][2] end
end

local function extra(fields, name)
  for i = 3, #fields, 2 do if fields[i] == name then return fields[i + 1] end end
  return nil
end

local function typeOf(body)
  local t = string.match(body, '^{"id":"[^"]*","type":"([^"]*)"')
  if t then return t end
  local ok, event = pcall(cjson.decode, body)
  return ok and type(event) == 'table' and event.type or ''
end

-- Lanes: one of a channel, a workspace and a priority.
local function laneInfo(lane)
  local known = lanes[lane]
  if known then return known end
  local name = call('HGET', K .. 'la', lane)
  if not name then return nil end
  local prio, channel, ws = string.match(name, '^(%d)|([^|]*)|(.*)$')
  known = { prio = prio, channel = channel, ws = ws, name = name }
  lanes[lane] = known
  return known
end

local function headOf(lane) return tonumber(call('ZSCORE', K .. 'lh', lane) or '0') end
local function retentionOf(lane)
  local info = laneInfo(lane)
  if not info then return 3600000 end
  if not info.retention then info.retention = tonumber(call('HGET', K .. 'lr', lane) or '3600000') end
  return info.retention
end

-- What a session has in its hands: group, entry (fencing number, key, and, where it is no plain event, lane, attempt, 1 for held, lock), and
-- whether its handler has begun.
local function eachInHand(session, visit)
  local fields = call('HGETALL', K .. 's:' .. session)
  local marks = {}
  for i = 1, #fields, 2 do
    local mark = string.match(fields[i], '^b(.*)$')
    if mark then marks[mark] = tonumber(fields[i + 1]) end
  end
  for i = 1, #fields, 2 do
    local g, member = string.match(fields[i], '^r([^|]*)|([^.]*)%.')
    if g then
      for _, entry in ipairs(cjson.decode(fields[i + 1])) do
        -- A member begins the events of a workspace in the order in which it got them.
        local info = next(marks) and laneInfo(entry[3] or string.match(entry[2], '^(%S+)'))
        local mark = info and marks[member .. '|' .. info.ws]
        visit(g, entry, mark and entry[1] <= mark or false)
      end
    end
  end
end

-- Groups. What a definition says depends on its text alone, so a library remembers it from call to call.
local parsed, parsedCount = {}, 0
local function parse(text)
  local d = parsed[text]
  if d then return d end
  d = cjson.decode(text)
  if d.types then
    d.wants = {}
    for _, t in ipairs(d.types) do d.wants[t] = true end
  end
  if parsedCount >= 500 then parsed, parsedCount = {}, 0 end
  parsed[text], parsedCount = d, parsedCount + 1
  return d
end
local function def(g)
  local d = defs[g]
  if d ~= nil then return d end
  local text = call('HGET', K .. 'gr', g)
  d = text and parse(text) or false
  defs[g] = d
  return d
end

local function fits(d, t)
  if not d.wants or d.wants[t] then return true end
  local base = string.match(t, '^([^:]*):')
  return base ~= nil and d.wants[base] == true
end

local function groupsOf(channel)
  local text = call('HGET', K .. 'cg', channel)
  if not text then
    local found = {}
    local all = call('HGETALL', K .. 'gr')
    for i = 1, #all, 2 do
      if matches(cjson.decode(all[i + 1]).pattern, channel) then found[#found + 1] = all[i] end
    end
    text = table.concat(found, ' ')
    call('HSET', K .. 'cg', channel, text)
  end
  local list = {}
  for g in string.gmatch(text, '%S+') do list[#list + 1] = g end
  return list
end

local function cursor(g, lane)
  local name = g .. '|' .. lane
  local c = cursors[name]
  if c then return c end
  local text = call('HGET', K .. 'c:' .. g, lane)
  c = { pos = 0, seq = 0, from = 0 }
  if text then
    local pos, seq, from = string.match(text, '(%d+) (%d+) (%d+)')
    c.pos, c.seq, c.from = tonumber(pos), tonumber(seq), tonumber(from)
  end
  cursors[name] = c
  return c
end
local function saveCursor(g, lane, c)
  call('HSET', K .. 'c:' .. g, lane, int(c.pos) .. ' ' .. int(c.seq) .. ' ' .. int(c.from))
end

-- Makes a lane known as one where a group finds something; 'gained' gathers such groups.
local function wake(g, lane)
  local d = def(g)
  local info = laneInfo(lane)
  if not d or not info then return end
  if d.ordered and call('HEXISTS', K .. 'k:' .. g, lane .. '|lane') == 1 then return end
  if call('SADD', K .. 'rs:' .. g, lane) == 0 then return end
  if call('RPUSH', K .. 'w:' .. g .. ':' .. info.prio .. ':' .. info.ws, lane) == 1 then
    call('RPUSH', K .. 'r:' .. g .. ':' .. info.prio, info.ws)
  end
  gained[g] = true
end
local function unready(g, lane)
  if call('SREM', K .. 'rs:' .. g, lane) == 0 then return end
  local info = laneInfo(lane)
  if not info then return end
  local list = K .. 'w:' .. g .. ':' .. info.prio .. ':' .. info.ws
  call('LREM', list, 0, lane)
  if call('EXISTS', list) == 0 then call('LREM', K .. 'r:' .. g .. ':' .. info.prio, 0, info.ws) end
end

-- Holds: events of a group that wait by themselves, for a retry or for a lock.
local function hold(g, key, r, due)
  call('HSET', K .. 'x:' .. g, key, cjson.encode(r))
  call('ZADD', K .. 'h:' .. g, int(math.min(due, r.e)), key)
  if due <= now then gained[g] = true end
end
local function lockField(lane, lock) return lane .. '|' .. lock end
local function unlock(g, lane, lock, key)
  local locks, field = K .. 'k:' .. g, lockField(lane, lock)
  if call('HGET', locks, field) ~= key then return end
  call('HDEL', locks, field)
  local parked = K .. 'pk:' .. g .. ':' .. field
  local first = call('ZRANGE', parked, 0, 0)[1]
  if first then
    call('ZREM', parked, first)
    local text = call('HGET', K .. 'x:' .. g, first)
    if text then
      local r = cjson.decode(text)
      r.p = nil
      call('HSET', locks, field, first)
      hold(g, first, r, now)
    end
  end
  for _, stalled in ipairs(call('SMEMBERS', K .. 'st:' .. g)) do
    call('SREM', K .. 'st:' .. g, stalled)
    wake(g, stalled)
  end
  if lock == 'lane' and cursor(g, lane).pos < headOf(lane) then wake(g, lane) end
end
`;

/** Tells others over the partition's channel. */
const publishing = `
local function tell(session, appended)
  local list = {}
  for g in pairs(gained) do list[#list + 1] = g end
  if #list == 0 and not appended then return end
  call('PUBLISH', K .. 'wake', session .. ' ' .. (appended and '1' or '0') .. ' ' .. table.concat(list, ' '))
end
local function tellAll() call('PUBLISH', K .. 'wake', '- 0 *') end
`;

/** Where nobody may publish: tells by a stream of the installation, which processes read when they poll. It names the end of the log. */
const listing = `
local function list(text)
  local prefix, partition = string.match(K, '^{(.*):(%d+)}:$')
  call('XADD', '{' .. prefix .. '}:wakes', 'MAXLEN', '~', ${wakesMax}, '*', 'p', partition, 'w', text)
end
local function tell(session, appended)
  local names = {}
  for g in pairs(gained) do names[#names + 1] = g end
  if #names == 0 and not appended then return end
  local log = appended and call('HGET', K .. 'm', 'pos') or '0'
  list(session .. ' ' .. log .. ' ' .. table.concat(names, ' '))
end
local function tellAll() list('- 0 *') end
`;

/** What procedures of partitions use. */
export const prelude: string = base + publishing;

/** The same for processes that poll. */
export const pollingPrelude: string = base + listing;
