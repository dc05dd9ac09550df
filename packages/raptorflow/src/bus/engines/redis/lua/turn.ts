import { procedure, type Procedure } from './procedure.ts';
import { claiming } from './claiming.ts';
import { prelude } from './prelude.ts';
import { storing } from './storing.ts';

/** What only turns do. */
const turning = `
local perReasonMax, dropped, seen
-- Records of handlings: one hash an event, kept as long as the event.
local function note(g, key, lane, h)
  local name = K .. 'y:' .. key
  local text = call('HGET', name, g)
  if text then
    local before = cjson.decode(text)
    h.b = before.b or h.b
    h.e = h.d and before.e or h.e
    h.k = (before.k or 0) + (h.k or 0)
    h.x = h.x or before.x
  end
  call('HSET', name, g, cjson.encode(h))
  local keep = string.sub(key, 1, 1) == '-' and 2592000000 or retentionOf(lane)
  call('PEXPIRE', name, int(keep + 120000))
end

local function laneOfKind(kind)
  kind.lane = kind.lane or laneOf(kind.channel, kind.ws, kind.prio, kind.retention)
  return kind.lane
end
local function refuse(events)
  local sums
  for _, ev in ipairs(events) do
    local kind = ev.kind
    if kind.eventsMax >= 0 or kind.bytesMax >= 0 then
      sums = sums or {}
      local s = sums[kind.channel]
      if not s then
        local c = countsOf(kind.channel)
        c.limited = true
        s = {
          e = c.e + tonumber(call('HGET', K .. 'cs', 'e|' .. kind.channel) or '0'),
          b = c.b + tonumber(call('HGET', K .. 'cs', 'b|' .. kind.channel) or '0'),
        }
        sums[kind.channel] = s
      end
      s.e, s.b = s.e + 1, s.b + #ev.body
      if kind.eventsMax >= 0 and s.e > kind.eventsMax then return { 'eventsMax', kind.channel, kind.eventsMax } end
      if kind.bytesMax >= 0 and s.b > kind.bytesMax then return { 'bytesMax', kind.channel, kind.bytesMax } end
    end
  end
end

local function dedupeName(kind, key) return K .. 'd:' .. kind.channel .. '|' .. kind.ws .. '|' .. key end

-- The id under which the event is stored: its own, an earlier one of its dedupe key, or false when its own was stored before.
local function storeEvent(ev)
  local kind, x = ev.kind, ev.x
  if x and x.d then
    local before = call('GET', dedupeName(kind, x.d))
    if before then
      local untilMs, id = string.match(before, '^(%d+) (.*)$')
      if tonumber(untilMs) > now then
        if id == ev.id then return false end
        return id
      end
    end
  end
  if seen[ev.id] or ev.stored then return false end
  seen[ev.id] = true
  local lane = laneOfKind(kind)
  if x and x.t then
    local due = now + x.t
    call('ZADD', K .. 'dl', int(due), ev.id)
    call('HSET', K .. 'db', ev.id, cjson.encode({ c = kind.channel, w = kind.ws, p = kind.prio, r = kind.retention, b = ev.body, x = x, m = (kind.eventsMax >= 0 or kind.bytesMax >= 0) or nil }))
    putId(ev.id, 'd', x.t + kind.retention)
    if not delayedAt or due < delayedAt then delayedAt = due end
  else
    local pos = store(lane, ev.id, ev.body, x and x.o, x and x.x, x and x.q)
    if x and x.l then noteLetter(lane, pos, ev.id, x.l, perReasonMax, dropped) end
  end
  if x and x.d then
    call('SET', dedupeName(kind, x.d), int(now + x.w) .. ' ' .. ev.id, 'PX', int(x.w + 60000))
  end
  return ev.id
end
`;

/**
 * The turn: what one process wants of one partition at once. It settles, stores, gives out what is due, hands out events, and tells others.
 * What a turn stores may be said again after a lost answer. Whether it settled, its claim records tell; its claims must be given back first.
 */
export const turn: Procedure = procedure(
  'turn',
  [prelude, storing, claiming, turning],
  `
  begin(KEYS, ARGS)
  beginStoring()
local session = arg()
if session ~= '-' and not admits(session, arg()) then return { 'gone' } end
perReasonMax, dropped, seen = argn(), {}, {}
local asksDue = arg() == '1'

-- What became of deliveries.
for _ = 1, argn() do
  local kind, g, key, lane, lock = arg(), arg(), arg(), arg(), arg()
  if kind == 'end' then
    call('HDEL', K .. 'x:' .. g, key)
    if lock ~= '' then unlock(g, lane, lock, key) end
  elseif kind == 'hold' then
    hold(g, key, cjson.decode(arg()), argn())
  elseif kind == 'note' then note(g, key, lane, cjson.decode(arg()))
  elseif kind == 'nudge' then gained[g] = true end
end
for _ = 1, argn() do
  local record, value = arg(), arg()
  if value == '' then call('HDEL', K .. 's:' .. session, 'r' .. record)
  else call('HSET', K .. 's:' .. session, 'r' .. record, value) end
end

-- New events.
local kinds = {}
for k = 1, argn() do
  local channel, ws, prio, retention, eventsMax, bytesMax = arg(), arg(), arg(), argn(), argn(), argn()
  kinds[k] = { channel = channel, ws = ws, prio = prio, retention = retention, eventsMax = eventsMax, bytesMax = bytesMax }
end
local outcomes = {}
for _ = 1, argn() do
  local kind, ms, count = kinds[argn()], argn(), argn()
  storeRun(laneOfKind(kind), ms, count)
end
local units, all = {}, {}
for _ = 1, argn() do
  local u, events = argn(), {}
  for n = 1, argn() do
    local kind, id, body, x = kinds[argn()], arg(), arg(), arg()
    local ev = { kind = kind, id = id, body = body }
    events[n] = ev
    -- 'f' marks an id that was made just now: nobody can have stored it.
    if x == 'f' then x = ''
    elseif string.sub(x, 1, 1) == 'f' then x = string.sub(x, 2)
    else all[#all + 1] = ev end
    if x ~= '' then ev.x = cjson.decode(x) end
  end
  units[#units + 1] = { u, events }
end
-- Which ids are stored already, bucket by bucket.
local asked = {}
for _, ev in ipairs(all) do
  local ms, tail = idParts(ev.id)
  local start = bucketOf(ms)
  if start then
    local ask = asked[start]
    if not ask then ask = { tails = {}, events = {} }; asked[start] = ask end
    ask.tails[#ask.tails + 1], ask.events[#ask.events + 1] = tail, ev
  end
end
for start, ask in pairs(asked) do
  for from = 1, #ask.tails, 400 do
    local to = math.min(from + 399, #ask.tails)
    local found = call('HMGET', K .. 'i:' .. start, unpack(ask.tails, from, to))
    for n = 1, to - from + 1 do if found[n] then ask.events[from + n - 1].stored = true end end
  end
end
for _, unit in ipairs(units) do
  local u, events = unit[1], unit[2]
  local refused = refuse(events)
  if refused then
    outcomes[#outcomes + 1] = u
    outcomes[#outcomes + 1] = cjson.encode(refused)
  else
    local ids, duplicates = nil, 0
    for n, ev in ipairs(events) do
      local id = storeEvent(ev)
      if id ~= ev.id then
        duplicates = duplicates + 1
        ids = ids or {}
        ids[tostring(n)] = id or ev.id
      end
    end
    if ids then
      outcomes[#outcomes + 1] = u
      outcomes[#outcomes + 1] = cjson.encode({ 'ids', duplicates, ids })
    end
  end
end

-- Delayed events whose time has come.
local delayedBefore = tonumber(meta[7] or nil or '')
if delayedAt and delayedAt <= now then
  for _, id in ipairs(call('ZRANGEBYSCORE', K .. 'dl', '-inf', now, 'LIMIT', 0, 100)) do
    local text = call('HGET', K .. 'db', id)
    call('ZREM', K .. 'dl', id)
    call('HDEL', K .. 'db', id)
    if text then
      local d = cjson.decode(text)
      if d.m then countsOf(d.c).limited = true end
      store(laneOf(d.c, d.w, d.p, d.r), id, d.b, d.x.o, d.x.x, d.x.q)
    end
  end
  delayedAt = tonumber(call('ZRANGE', K .. 'dl', 0, 0, 'WITHSCORES')[2] or nil or '')
end
if delayedAt ~= delayedBefore then
  if delayedAt then call('HSET', K .. 'm', 'dmin', int(delayedAt)) else call('HDEL', K .. 'm', 'dmin') end
end
finishStoring()

-- Claims.
local claims, named, names = {}, {}, {}
for _ = 1, argn() do
  local g, record, want, half, alone, hands = arg(), arg(), argn(), argn(), argn(), arg()
  local strict = alone == 1
  local c
  if def(g) and want > 0 then
    c = newClaim(g, want)
    c.inHand = hands ~= '' and cjson.decode(hands) or {}
    c.alone = alone < 0 and -alone or nil
    local capped = {}
    if half > 0 then for ws, n in pairs(c.inHand) do if n >= half then capped[ws] = true end end end
    takeDue(c, false, half, strict)
    takeNew(c, capped, half, strict)
    endClaim(c, session, record)
    for _, entry in ipairs(c.entries) do
      local lane = entry[3] or string.match(entry[2], '^(%S+)')
      if not named[lane] then
        named[lane] = true
        local info = laneInfo(lane)
        if info then
          names[#names + 1] = lane
          names[#names + 1] = info.name
          names[#names + 1] = int(retentionOf(lane))
        end
      end
    end
  end
  local due = call('ZRANGE', K .. 'h:' .. g, 0, 0, 'WITHSCORES')[2]
  local ready = ringsOf(g) > 0
  -- What this claim took nobody else needs to come for.
  if c and not ready and not (due and tonumber(due) <= now) then gained[g] = nil end
  claims[#claims + 1] = c and int(c.base) or '0'
  -- '2': what is left is of workspaces that hold their half.
  claims[#claims + 1] = c and c.capped and (c.taken == 0 or c.alone) and '2' or (ready and '1' or '0')
  claims[#claims + 1] = due or ''
  claims[#claims + 1] = c and c.out[1] and c.out or ''
end
tell(session, born > 0 and watchers > 0)
-- A turn that is a look around tells what falls due; others only what they added.
if asksDue then
  for _, name in ipairs({ 'lx', 'ex', 'le' }) do
    local at = tonumber(call('ZRANGE', K .. name, 0, 0, 'WITHSCORES')[2] or nil or '')
    if at then dueAt(at) end
  end
end
-- Lists cost Redis much, so that what is empty is no list, and a turn with nothing to tell is one word.
if #outcomes + #claims == 0 and not delayedAt and not dueSoon and not next(dropped) and not next(gained) then return 'ok' end
local drops, wokenHere = {}, {}
for reason, n in pairs(dropped) do drops[#drops + 1] = reason; drops[#drops + 1] = n end
for g in pairs(gained) do wokenHere[#wokenHere + 1] = g end
local function told(list) return list[1] and list or '' end
return {
  'ok', told(outcomes), told(names), told(claims), delayedAt and int(delayedAt) or '', dueSoon and int(dueSoon) or '',
  told(drops), told(wokenHere),
}
`,
);

/** A turn that stores nothing new: it is not refused when memory has run out, because acknowledgements make room. */
export const settle: Procedure = procedure('settle', turn.parts, turn.body, ['allow-oom']);
