/** Handing out events: what is due again first, then new ones by priority, workspace and age. */
export const claiming = `
local shares = { [0] = 8, 4, 2, 1 }
local scannedMax, pageMax, parkedMax = 2000, 256, 10000

local function ringOf(g, prio) return K .. 'r:' .. g .. ':' .. prio end
-- How many priorities have anything ready: one question, which mostly answers all.
local function ringsOf(g) return call('EXISTS', ringOf(g, 0), ringOf(g, 1), ringOf(g, 2), ringOf(g, 3)) end

local function park(g, key, lane, pos, r)
  r.p = 1
  call('HSET', K .. 'x:' .. g, key, cjson.encode(r))
  call('ZADD', K .. 'h:' .. g, int(r.e), key)
  call('ZADD', K .. 'pk:' .. g .. ':' .. lockField(lane, r.lk), pos, key)
end

-- One claim of a member: 'give' collects what it is handed.
local function newClaim(g, want)
  local c = { g = g, want = want, taken = 0, out = {}, entries = {}, scanned = 0, byWs = {}, inHand = {} }
  c.base = call('HINCRBY', K .. 'm', 'fence', want) - want
  return c
end
local function give(c, key, lane, body, special)
  c.taken = c.taken + 1
  local fence = c.base + c.taken
  if special then
    special.f, special.k, special.o = fence, key, lane
    c.out[#c.out + 1] = cjson.encode(special)
    c.entries[c.taken] = { fence, key, lane, special.a, special.held or 0, special.lk or '' }
  else
    c.out[#c.out + 1] = key
    c.entries[c.taken] = { fence, key }
  end
  c.out[#c.out + 1] = body
end

local function vanish(g, key, r)
  call('ZREM', K .. 'h:' .. g, key)
  call('HDEL', K .. 'x:' .. g, key)
  if r and r.lk then unlock(g, r.o, r.lk, key) end
end

-- Whether the workspace of a lane holds its half while others wait.
local othersReady
local function isFull(c, lane, half, strict)
  local info = laneInfo(lane)
  if not info then return false end
  local held = (c.inHand[info.ws] or 0) + (c.byWs[info.ws] or 0)
  if c.alone and held >= c.alone then return true end
  if held < half then return false end
  return strict or othersReady(c.g, { [info.ws] = true })
end
-- What is due again. With onlyExpired, just what has expired meanwhile.
local function takeDue(c, onlyExpired, half, strict)
  local g = c.g
  local fair = half and half > 0
  local h, x = K .. 'h:' .. g, K .. 'x:' .. g
  for _, key in ipairs(call('ZRANGEBYSCORE', h, '-inf', now, 'LIMIT', 0, c.want - c.taken)) do
    local text = call('HGET', x, key)
    local r = text and cjson.decode(text)
    local body = r and (r.b or bodyAt(string.match(key, '^(%S+) (%S+)$')))
    if not body then vanish(g, key, r)
    else
      local expired = r.e <= now
      local holder = r.lk and call('HGET', K .. 'k:' .. g, lockField(r.o, r.lk)) or nil
      if holder and holder ~= key and not expired then park(g, key, r.o, string.match(key, '(%S+)$'), r)
      elseif fair and not expired and isFull(c, r.o, half, strict) then c.capped = true
      elseif expired or not onlyExpired then
        call('ZREM', h, key)
        if fair then
          local info = laneInfo(r.o)
          if info then c.byWs[info.ws] = (c.byWs[info.ws] or 0) + 1 end
        end
        if r.p and r.lk then call('ZREM', K .. 'pk:' .. g .. ':' .. lockField(r.o, r.lk), key) end
        if r.lk and not expired then call('HSET', K .. 'k:' .. g, lockField(r.o, r.lk), key) end
        r.p = nil
        call('HSET', x, key, cjson.encode(r))
        local s = { a = r.a + 1, e = r.e, h = r.h, lk = r.lk, held = 1 }
        if expired then s.x = 1 end
        if r.b then s.rd = 1 end
        give(c, key, r.o, body, s)
      end
    end
  end
end

-- Reads on in a lane; answers how many it gave and whether more may be there. With onlyExpired it ends at the first that lives.
local function takeFresh(c, lane, limit, onlyExpired)
  local g, d, cur, top = c.g, def(c.g), cursor(c.g, lane), headOf(lane)
  if cur.pos >= top then return 0, false end
  local locks = K .. 'k:' .. g
  if d.ordered and not onlyExpired and call('HEXISTS', locks, lane .. '|lane') == 1 then return 0, false end
  local retention = retentionOf(lane)
  local page = (d.wants or onlyExpired) and pageMax or math.min(limit, pageMax)
  local rows = call('XRANGE', K .. 'l:' .. lane, int(cur.pos + 1) .. '-0', '+', 'COUNT', page)
  local got, stopped, more = 0, false, nil
  for _, row in ipairs(rows) do
    local pos, fields = posOf(row[1]), row[2]
    local body, okey, x = fields[2], nil, nil
    if #fields > 2 then okey, x = extra(fields, 'k'), tonumber(extra(fields, 'x') or '') end
    local key = lane .. ' ' .. int(pos)
    local e = x or (msOf(pos) + retention)
    c.scanned = c.scanned + 1
    if onlyExpired and e > now then stopped = true; break end
    if d.wants == nil or fits(d, typeOf(body)) then
      local lock = d.ordered and 'lane' or (okey and ('key:' .. okey)) or nil
      local holder = lock and call('HGET', locks, lockField(lane, lock)) or nil
      if got >= limit then stopped = true; more = true; break end
      if e <= now then
        if not (x and call('SREM', K .. 'sk:' .. g, key) == 1) then
          give(c, key, lane, body, { a = 1, e = e, x = 1 })
          got = got + 1
        end
      elseif holder and d.ordered then stopped = true; more = false; break
      elseif holder then
        if call('HLEN', K .. 'x:' .. g) >= parkedMax then
          call('SADD', K .. 'st:' .. g, lane)
          stopped = true; more = false; break
        end
        park(g, key, lane, int(pos), { a = 0, e = e, o = lane, lk = lock })
      else
        if lock then call('HSET', locks, lockField(lane, lock), key) end
        if lock or x then give(c, key, lane, body, { a = 1, e = e, lk = lock })
        else give(c, key, lane, body) end
        got = got + 1
      end
    end
    cur.pos, cur.seq = pos, cur.seq + 1
  end
  if not stopped and #rows < page then
    cur.pos, cur.seq = top, tonumber(call('HGET', K .. 'lc', lane) or '0')
  end
  saveCursor(g, lane, cur)
  if more == nil then more = cur.pos < top end
  if d.ordered and call('HEXISTS', locks, lane .. '|lane') == 1 then more = false end
  return got, more
end

-- Whether a workspace that is not capped has anything ready.
othersReady = function(g, capped)
  for prio = 0, 3 do
    for _, ws in ipairs(call('LRANGE', ringOf(g, prio), 0, -1)) do
      if not capped[ws] then return true end
    end
  end
  return false
end

-- Workspaces that hold all that one may hold although nobody else waits.
local function fullOnes(c)
  local full = {}
  for ws, n in pairs(c.inHand) do if n + (c.byWs[ws] or 0) >= c.alone then full[ws] = true end end
  for ws, n in pairs(c.byWs) do if n + (c.inHand[ws] or 0) >= c.alone then full[ws] = true end end
  return next(full) and full or nil
end

-- Serves one workspace of a priority; true when anything moved.
local function serveWorkspace(c, prio, limit, capped, half, strict)
  local g, ring = c.g, ringOf(c.g, prio)
  local count = call('LLEN', ring)
  local ws
  for _ = 1, count do
    local candidate = call('LPOP', ring)
    if not ws and not (capped and capped[candidate]) then ws = candidate; break end
    call('RPUSH', ring, candidate)
  end
  if not ws then return nil end
  local slice = count > 1 and math.max(1, math.ceil(limit / count)) or limit
  if half > 0 and (strict or count > 1 or (ringsOf(g) > 0 and othersReady(g, { [ws] = true }))) then
    slice = math.min(slice, math.max(1, half - (c.inHand[ws] or 0) - (c.byWs[ws] or 0)))
  elseif c.alone then
    slice = math.min(slice, math.max(1, c.alone - (c.inHand[ws] or 0) - (c.byWs[ws] or 0)))
  end
  local list = K .. 'w:' .. g .. ':' .. prio .. ':' .. ws
  local got, rounds = 0, call('LLEN', list)
  while got < slice and rounds > 0 and c.scanned < scannedMax do
    rounds = rounds - 1
    local lane = call('LPOP', list)
    if not lane then break end
    local n, more = takeFresh(c, lane, slice - got)
    got = got + n
    if more then call('RPUSH', list, lane) else call('SREM', K .. 'rs:' .. g, lane) end
    if n > 0 then c.byWs[ws] = (c.byWs[ws] or 0) + n end
  end
  if call('EXISTS', list) == 1 then call('RPUSH', ring, ws) end
  return got
end

local function takeNew(c, capped, half, strict)
  local g = c.g
  local q = {}
  local text = call('HGET', K .. 'q', g)
  if text then q[0], q[1], q[2], q[3] = string.match(text, '(%d+) (%d+) (%d+) (%d+)') end
  for p = 0, 3 do q[p] = tonumber(q[p]) or shares[p] end
  local idle = {}
  while c.taken < c.want and c.scanned < scannedMax do
    if half > 0 then
      for ws, n in pairs(c.byWs) do if (c.inHand[ws] or 0) + n >= half then capped[ws] = true end end
    end
    local caps = next(capped) and (strict or othersReady(g, capped)) and capped or nil
    if not caps and c.alone then caps = fullOnes(c) end
    local first, only, count, left = nil, nil, 0, ringsOf(g)
    for p = 0, 3 do
      if left == 0 then break end
      if call('EXISTS', ringOf(g, p)) == 1 then
        left = left - 1
        if not idle[p] then
          count = count + 1
          only = only or p
          if not first and q[p] > 0 then first = p end
        end
      end
    end
    if count == 0 then break end
    if not first then
      for p = 0, 3 do q[p] = shares[p] end
      first = only
    end
    local limit = c.want - c.taken
    if count > 1 then limit = math.min(limit, q[first]) end
    local got = serveWorkspace(c, first, limit, caps, half, strict)
    if got == nil then idle[first], c.capped = true, true else q[first] = q[first] - got end
  end
  if c.alone and not c.capped then
    local full = fullOnes(c)
    c.capped = full and othersReady(g, {}) and not othersReady(g, full)
  end
  call('HSET', K .. 'q', g, table.concat({ math.max(0, q[0]), math.max(0, q[1]), math.max(0, q[2]), math.max(0, q[3]) }, ' '))
end

-- Ends a claim: its record is the session's until it is settled.
local function endClaim(c, session, record)
  if c.taken > 0 then call('HSET', K .. 's:' .. session, 'r' .. record, cjson.encode(c.entries)) end
end
`;
