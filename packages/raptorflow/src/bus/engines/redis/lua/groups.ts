import { procedure, type Procedure } from './procedure.ts';
import { prelude } from './prelude.ts';

/** Makes a partition know a group's definition. Lanes that the group did not read before begin where `start` says; the others keep their place. */
export const define: Procedure = procedure(
  'define',
  [prelude],
  `
  begin(KEYS, ARGS)
local g, text, start, at = arg(), arg(), arg(), argn()
local before = call('HGET', K .. 'gr', g)
if before == text then return 0 end
local was = before and cjson.decode(before) or nil
local d = cjson.decode(text)
call('HSET', K .. 'gr', g, text)
call('DEL', K .. 'cg')

local function countAfter(lane, pos)
  local n, from = 0, pos
  while true do
    local rows = call('XRANGE', K .. 'l:' .. lane, int(from + 1) .. '-0', '+', 'COUNT', 1000)
    n = n + #rows
    if #rows < 1000 then return n end
    from = posOf(rows[#rows][1])
  end
end

local all = call('HGETALL', K .. 'la')
for i = 1, #all, 2 do
  local lane = all[i]
  local info = laneInfo(lane)
  local reads = matches(d.pattern, info.channel)
  local read = was and matches(was.pattern, info.channel)
  if reads and not read then
    local top, count = headOf(lane), tonumber(call('HGET', K .. 'lc', lane) or '0')
    local pos = top
    if start == 'begin' then pos = 0
    elseif start == 'since' then pos = math.min(top, at * perMs - 1)
    elseif start == 'after' then pos = math.min(top, at) end
    local c = { pos = pos, seq = count, from = pos }
    if pos < top then c.seq = count - countAfter(lane, pos) end
    saveCursor(g, lane, c)
    if pos < top then wake(g, lane) end
  elseif reads then
    if cursor(g, lane).pos < headOf(lane) then
      unready(g, lane)
      wake(g, lane)
    end
  elseif read then
    unready(g, lane)
    call('HDEL', K .. 'c:' .. g, lane)
    call('SREM', K .. 'st:' .. g, lane)
  end
end
if was and was.pattern ~= d.pattern then
  for _, key in ipairs(call('HKEYS', K .. 'x:' .. g)) do
    local r = cjson.decode(call('HGET', K .. 'x:' .. g, key))
    local info = laneInfo(r.o)
    if not info or not matches(d.pattern, info.channel) then
      call('HDEL', K .. 'x:' .. g, key)
      call('ZREM', K .. 'h:' .. g, key)
      if r.lk then unlock(g, r.o, r.lk, key) end
    end
  end
end
tell('-', false)
return 1
`,
);

/** Forgets a group and all that a partition keeps for it. */
export const drop: Procedure = procedure(
  'drop',
  [prelude],
  `
  begin(KEYS, ARGS)
local g = arg()
if not call('HGET', K .. 'gr', g) then return 0 end
for _, lane in ipairs(call('SMEMBERS', K .. 'rs:' .. g)) do unready(g, lane) end
for _, field in ipairs(call('HKEYS', K .. 'k:' .. g)) do call('DEL', K .. 'pk:' .. g .. ':' .. field) end
for _, name in ipairs({ 'c:', 'h:', 'x:', 'k:', 'q:', 'sk:', 'st:', 'rs:', 'r:' }) do call('DEL', K .. name .. g) end
call('HDEL', K .. 'q', g)
for p = 0, 3 do call('DEL', K .. 'r:' .. g .. ':' .. p) end
call('HDEL', K .. 'gr', g)
call('DEL', K .. 'cg')
return 1
`,
);

/** How far groups are: of each backlog, holds, in hand, and the oldest event not handled. `*` asks for all. */
export const progress: Procedure = procedure(
  'progress',
  [prelude],
  `
  begin(KEYS, ARGS)
local only = arg()
local inHand = {}
for _, session in ipairs(call('HKEYS', K .. 'sg')) do
  eachInHand(session, function(g, entry)
    local h, pos = inHand[g] or { n = 0 }, tonumber(string.match(entry[2], '(%d+)$'))
    h.n = h.n + 1
    if not h.oldest or pos < h.oldest then h.oldest = pos end
    inHand[g] = h
  end)
end
local out = {}
local names = only == '*' and call('HKEYS', K .. 'gr') or { only }
local all = call('HGETALL', K .. 'la')
for _, g in ipairs(names) do
  local d = def(g)
  if d then
    local backlog, oldest = 0, nil
    local function note(pos) if pos and (not oldest or pos < oldest) then oldest = pos end end
    for i = 1, #all, 2 do
      local lane, info = all[i], laneInfo(all[i])
      if matches(d.pattern, info.channel) then
        local c, top = cursor(g, lane), headOf(lane)
        if c.pos < top then
          backlog = backlog + math.max(0, tonumber(call('HGET', K .. 'lc', lane) or '0') - c.seq)
          local row = call('XRANGE', K .. 'l:' .. lane, int(c.pos + 1) .. '-0', '+', 'COUNT', 1)[1]
          if row then note(posOf(row[1])) end
        end
      end
    end
    local h = inHand[g] or { n = 0 }
    note(h.oldest)
    local holds = call('ZCARD', K .. 'h:' .. g)
    if holds > 0 then
      for _, key in ipairs(call('ZRANGE', K .. 'h:' .. g, 0, 999)) do note(tonumber(string.match(key, '(%d+)$'))) end
    end
    out[#out + 1] = g
    out[#out + 1] = int(backlog)
    out[#out + 1] = int(holds)
    out[#out + 1] = int(h.n)
    out[#out + 1] = oldest and int(msOf(oldest)) or ''
  end
end
return out
`,
  ['no-writes'],
);
