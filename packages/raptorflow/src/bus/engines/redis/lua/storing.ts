/** Storing events: the one place where entries of lanes are born. Also used where scripts bury events. */
export const storing = `
local meta, head, index, delayedAt, watchers, touched, touchedOrder, counts, born, dueSoon
local function beginStoring()
  meta = call('HMGET', K .. 'm', 'pos', 'imax', 'inew', 'icnt', 'ittl', 'ikeep', 'dmin', 'lv')
  head = tonumber(meta[1] or '0')
  index = {
    max = tonumber(meta[2] or '-1'),
    newest = meta[3] or nil,
    count = tonumber(meta[4] or '0'),
    setAt = tonumber(meta[5] or '0'),
    keep = tonumber(meta[6] or '0'),
    isNew = false,
    at = {},
    puts = {},
    need = {},
  }
  delayedAt = tonumber(meta[7] or nil or '')
  watchers = tonumber(meta[8] or '0')
  touched, touchedOrder, counts, born, dueSoon = {}, {}, {}, 0, nil
end
local function dueAt(at) if not dueSoon or at < dueSoon then dueSoon = at end end

-- The name of a lane leads to its number and how long it keeps events.
local function laneOf(channel, ws, prio, retention)
  local name = prio .. '|' .. channel .. '|' .. ws
  local known = call('HGET', K .. 'ln', name)
  local lane, kept
  if known then lane, kept = string.match(known, '^(%d+) (%d+)$')
  else
    lane = tostring(call('HINCRBY', K .. 'm', 'lanes', 1))
    call('HSET', K .. 'la', lane, name)
    call('HINCRBY', K .. 'cl', channel, 1)
  end
  if not kept or tonumber(kept) ~= retention then
    call('HSET', K .. 'ln', name, lane .. ' ' .. int(retention))
    call('HSET', K .. 'lr', lane, int(retention))
  end
  lanes[lane] = lanes[lane] or { prio = tostring(prio), channel = channel, ws = ws, name = name }
  lanes[lane].retention = retention
  return lane
end

-- The index by id: buckets of about 128 ids that follow each other in time; one begins when the newest is full.
local bucketMax = 128
local function bucketOf(ms)
  if index.newest and ms >= tonumber(index.newest) then return index.newest end
  local known = index.at[ms]
  if known then return known end
  local start = call('ZREVRANGEBYSCORE', K .. 'ib', ms, '-inf', 'LIMIT', 0, 1)[1]
  if start then index.at[ms] = start end
  return start
end
local function idParts(id)
  local ms = tonumber(string.sub(id, 5, 12) .. string.sub(id, 14, 17), 16)
  return ms or 0, string.sub(id, 20)
end
local function bucketFor(ms)
  if index.newest and index.count >= bucketMax and ms > index.max then
    index.newest = int(ms)
    index.count, index.setAt, index.keep, index.isNew = 0, 0, 0, true
    call('ZADD', K .. 'ib', index.newest, index.newest)
    index.at = {}
  end
  if ms > index.max then index.max = ms end
  local start = bucketOf(ms)
  if not start then
    start = '0'
    call('ZADD', K .. 'ib', 0, '0')
    index.newest, index.isNew = index.newest or '0', true
    index.at[ms] = start
  end
  if start == index.newest then index.count = index.count + 1 end
  return start
end
local function putId(id, value, keepMs)
  local ms, tail = idParts(id)
  local start = bucketFor(ms)
  local puts = index.puts[start]
  if not puts then puts = {}; index.puts[start] = puts; index.need[start] = 0 end
  puts[#puts + 1] = tail
  puts[#puts + 1] = value
  if keepMs > index.need[start] then index.need[start] = keepMs end
  if #puts >= 400 then
    call('HSET', K .. 'i:' .. start, unpack(puts))
    index.puts[start] = {}
  end
end
local function findId(id)
  local ms, tail = idParts(id)
  local start = bucketOf(ms)
  if not start then return nil end
  local put = index.puts[start]
  if put then for i = 1, #put, 2 do if put[i] == tail then return put[i + 1] end end end
  return call('HGET', K .. 'i:' .. start, tail) or nil
end
-- A bucket lives as long as the longest-lived event in it; of the newest it is known when that was said last.
local function keepBucket(start, needMs)
  local keep = needMs + 120000
  if start == index.newest then
    if keep <= index.keep and now < index.setAt + 60000 then return end
    index.keep, index.setAt, index.isNew = math.max(keep, index.keep), now, true
    call('PEXPIRE', K .. 'i:' .. start, int(index.keep + 60000))
  elseif call('PTTL', K .. 'i:' .. start) < keep then call('PEXPIRE', K .. 'i:' .. start, int(keep)) end
end

local function countsOf(channel)
  local c = counts[channel]
  if not c then c = { e = 0, b = 0 }; counts[channel] = c end
  return c
end

-- Stores one event in a lane; the caller has seen to it that its id is new.
local function store(lane, id, body, okey, expiresInMs, request)
  head = math.max(head + 1, now * perMs)
  local info = lanes[lane]
  local pos, e = int(head), nil
  if expiresInMs and expiresInMs < info.retention then e = int(now + expiresInMs) end
  if okey and e then call('XADD', K .. 'l:' .. lane, pos .. '-0', 'e', body, 'k', okey, 'x', e)
  elseif okey then call('XADD', K .. 'l:' .. lane, pos .. '-0', 'e', body, 'k', okey)
  elseif e then call('XADD', K .. 'l:' .. lane, pos .. '-0', 'e', body, 'x', e)
  else call('XADD', K .. 'l:' .. lane, pos .. '-0', 'e', body) end
  if e then
    call('ZADD', K .. 'ex', e, lane .. ' ' .. pos)
    dueAt(now + expiresInMs)
  end
  if request then
    local chain = K .. 't:' .. request
    call('ZADD', chain, pos, lane .. ' ' .. pos)
    if call('PTTL', chain) < info.retention + 60000 then call('PEXPIRE', chain, int(info.retention + 120000)) end
  end
  local ms = idParts(id)
  putId(id, lane .. ':' .. small(head - ms * perMs), info.retention)
  local t = touched[lane]
  if not t then
    t = { n = 0, first = head }
    touched[lane] = t
    touchedOrder[#touchedOrder + 1] = lane
  end
  t.n = t.n + 1
  t.head = head
  local c = countsOf(info.channel)
  c.e, c.b = c.e + 1, c.b + #body
  born = born + 1
  return pos
end

-- Stores events that need no second look: new ids of one millisecond, all for one lane, as pairs of the id's tail and the body.
local function storeRun(lane, ms, count)
  local info, stream = lanes[lane], K .. 'l:' .. lane
  head = math.max(head, now * perMs - 1)
  local first, bytes, from = head + 1, 0, ms * perMs
  local start = bucketFor(ms)
  index.count = index.count + (start == index.newest and count - 1 or 0)
  local puts = index.puts[start]
  if not puts then puts = {}; index.puts[start] = puts; index.need[start] = 0 end
  if info.retention > index.need[start] then index.need[start] = info.retention end
  local n = #puts
  for at = argAt, argAt + 2 * count - 2, 2 do
    head = head + 1
    local body = A[at + 1]
    call('XADD', stream, string.format('%d%06d-0', math.floor(head / 1000000), head % 1000000), 'e', body)
    puts[n + 1], puts[n + 2] = A[at], lane .. ':' .. small(head - from)
    n = n + 2
    bytes = bytes + #body
    if n >= 400 then
      call('HSET', K .. 'i:' .. start, unpack(puts))
      puts, n = {}, 0
      index.puts[start] = puts
    end
  end
  argAt = argAt + 2 * count
  local t = touched[lane]
  if not t then
    t = { n = 0, first = first }
    touched[lane] = t
    touchedOrder[#touchedOrder + 1] = lane
  end
  t.n, t.head = t.n + count, head
  local c = countsOf(info.channel)
  c.e, c.b = c.e + count, c.b + bytes
  born = born + count
end

-- Notes the dead letter that has just been stored at a position.
local function noteLetter(lane, pos, id, facts, perReasonMax, dropped)
  facts.st, facts.l, facts.p, facts.at, facts.w = 'open', lane, pos, now, lanes[lane].ws
  call('HSET', K .. 'dx', id, cjson.encode(facts))
  call('ZADD', K .. 'dq', pos, id)
  local open = K .. 'do:' .. facts.r
  call('ZADD', open, pos, id)
  local over = call('ZCARD', open) - perReasonMax
  if over > 0 then
    for _, old in ipairs(call('ZRANGE', open, 0, over - 1)) do
      call('ZREM', open, old)
      call('ZREM', K .. 'dq', old)
      call('HDEL', K .. 'dx', old)
      dropped[facts.r] = (dropped[facts.r] or 0) + 1
    end
  end
end

-- Writes what storing has gathered, and wakes groups. Call it once, before events are handed out.
local function finishStoring()
  if born == 0 and next(index.puts) == nil then return end
  for start, puts in pairs(index.puts) do
    if #puts > 0 then call('HSET', K .. 'i:' .. start, unpack(puts)) end
    keepBucket(start, index.need[start])
  end
  local headText = int(head)
  if index.isNew then
    call('HSET', K .. 'm', 'pos', headText, 'imax', int(index.max), 'inew', index.newest, 'icnt', int(index.count), 'ittl',
      int(index.setAt), 'ikeep', int(index.keep))
  else call('HSET', K .. 'm', 'pos', headText, 'imax', int(index.max), 'icnt', small(index.count)) end
  for _, lane in ipairs(touchedOrder) do
    local t, info = touched[lane], lanes[lane]
    call('ZADD', K .. 'lh', t.head == head and headText or int(t.head), lane)
    call('HINCRBY', K .. 'lc', lane, small(t.n))
    local expiry = msOf(t.first) + info.retention
    if call('ZADD', K .. 'lx', 'NX', int(expiry), lane) == 1 then
      call('ZREM', K .. 'le', lane)
      dueAt(expiry)
    end
    for _, g in ipairs(groupsOf(info.channel)) do wake(g, lane) end
  end
  for channel, c in pairs(counts) do
    if c.e > 0 then call('HINCRBY', K .. 'cs', 'b|' .. channel, c.b) end
    if c.limited then call('HINCRBY', K .. 'cs', 'e|' .. channel, c.e) end
  end
end
`;
