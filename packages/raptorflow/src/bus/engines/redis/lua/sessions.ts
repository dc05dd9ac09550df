import { procedure, type Procedure } from './procedure.ts';
import { prelude } from './prelude.ts';

const giveBack = `
local function giveBack(session, g, entry, ran, note)
  local fence, key = entry[1], entry[2]
  local lane, attempt = entry[3] or string.match(key, '^(%S+)'), entry[4] or 1
  local lock = entry[6] ~= '' and entry[6] or nil
  local text = call('HGET', K .. 'x:' .. g, key)
  local r
  if text then r = cjson.decode(text)
  else
    local body, fields = bodyAt(lane, string.match(key, '(%S+)$'))
    if not body then
      if lock then unlock(g, lane, lock, key) end
      return
    end
    local x = #fields > 2 and tonumber(extra(fields, 'x') or '') or nil
    r = { a = 0, e = x or (msOf(tonumber(string.match(key, '(%S+)$'))) + retentionOf(lane)), o = lane, lk = lock }
  end
  r.a = ran and attempt or attempt - 1
  if ran and note then
    r.h = r.h or {}
    r.h[#r.h + 1] = { attempt, now, note }
    while #r.h > 20 do table.remove(r.h, 1) end
  end
  hold(g, key, r, now)
end
`;

/** Takes back everything that a dead session holds; events whose handlers had begun have an attempt counted. */
export const takeOver: Procedure = procedure(
  'takeOver',
  [prelude, giveBack],
  `
  begin(KEYS, ARGS)
local session, note = arg(), arg()
if call('HDEL', K .. 'lv', session) == 1 then call('HSET', K .. 'm', 'lv', call('HLEN', K .. 'lv')) end
if call('HDEL', K .. 'sg', session) == 0 then
  -- Marks of handlers may have come late.
  call('DEL', K .. 's:' .. session)
  return 0
end
local count = 0
eachInHand(session, function(g, entry, ran)
  giveBack(session, g, entry, ran, note)
  count = count + 1
end)
call('DEL', K .. 's:' .. session)
-- The dead session knew when things would be due; now the others have to find out.
tellAll()
return count
`,
  ['allow-oom'],
);

/**
 * After answers were lost: begins a new generation of the session, and gives back its claims that it does not know of. Answers of each record that
 * it knows whether it is kept as was said (`1`), otherwise (`0`), or not at all (`x`; that may be what was said, as an empty text). Nothing when
 * the session is unknown, or when a later call of this kind has come before.
 */
export const resync: Procedure = procedure(
  'resync',
  [prelude, giveBack],
  `
  begin(KEYS, ARGS)
local session, generation = arg(), argn()
local before = call('HGET', K .. 'sg', session)
if not before or tonumber(before) >= generation then return false end
call('HSET', K .. 'sg', session, int(generation))
local kept, known, states = {}, {}, {}
local fields = call('HGETALL', K .. 's:' .. session)
for i = 1, #fields, 2 do kept[fields[i]] = fields[i + 1] end
for n = 1, argn() do
  local field, said = 'r' .. arg(), arg()
  known[field] = true
  local text = kept[field]
  states[n] = (text or '') == said and '1' or text and '0' or 'x'
end
for field, text in pairs(kept) do
  local g = not known[field] and string.match(field, '^r([^|]*)|')
  if g then
    for _, entry in ipairs(cjson.decode(text)) do giveBack(session, g, entry, false, nil) end
    call('HDEL', K .. 's:' .. session, field)
  end
end
tell(session, false)
return states
`,
  ['allow-oom'],
);

/**
 * Global, not of a partition: ends a session, by itself (`quit`) or because its beat still stands where somebody saw it for too long (`silent`,
 * with that beat); answers 1 when it is over. Its members leave. It stays on the list with a beat of 0, so that whoever takes over may die in the
 * middle of it; `forget` takes it off when all is done.
 */
export const endSession: Procedure = procedure(
  'endSession',
  [],
  `
local session, why = ARGS[1], ARGS[2]
if why == 'forget' then return redis.call('HDEL', KEYS[1], session) end
local beat = redis.call('HGET', KEYS[1], session)
if not beat or (why == 'silent' and beat ~= ARGS[3] and beat ~= '0') then return 0 end
redis.call('HSET', KEYS[1], session, 0)
local members = redis.call('HGETALL', KEYS[2])
for i = 1, #members, 2 do
  if string.sub(members[i], 1, #session + 1) == session .. '|' then
    redis.call('HDEL', KEYS[2], members[i])
    local text = redis.call('HGET', KEYS[3], members[i + 1])
    if text then
      local d = cjson.decode(text)
      d.seen = tonumber(ARGS[4])
      redis.call('HSET', KEYS[3], members[i + 1], cjson.encode(d))
    end
  end
end
return 1
`,
  ['allow-oom'],
);

/**
 * Global: a member joins a group, which is created or redefined when it has no members. Answers `ok` and whether the definition is new, or
 * `conflict` with the present one. `check` asks without changing anything.
 */
export const joinGroup: Procedure = procedure(
  'joinGroup',
  [],
  `
local member, g, text, seen, check = ARGS[1], ARGS[2], ARGS[3], ARGS[4], ARGS[5]
local before = redis.call('HGET', KEYS[2], g)
local d = cjson.decode(text)
local state = 'new'
if before then
  local b = cjson.decode(before)
  if b.def == d.def then state = 'same'
  else
    for _, name in ipairs(redis.call('HVALS', KEYS[1])) do
      if name == g then return { 'conflict', before } end
    end
    state = 'other'
  end
end
if check == '1' then return { 'ok', state } end
redis.call('HSET', KEYS[1], member, g)
d.seen = tonumber(seen)
redis.call('HSET', KEYS[2], g, cjson.encode(d))
return { 'ok', state }
`,
);

/** Global: a member leaves its group. */
export const leaveGroup: Procedure = procedure(
  'leaveGroup',
  [],
  `
redis.call('HDEL', KEYS[1], ARGS[1])
local text = redis.call('HGET', KEYS[2], ARGS[2])
if text then
  local d = cjson.decode(text)
  d.seen = tonumber(ARGS[3])
  redis.call('HSET', KEYS[2], ARGS[2], cjson.encode(d))
end
return 1
`,
  ['allow-oom'],
);

/** Global: forgets a group; answers how many members it has, when that is why it was not done, 0 when done, -1 when it is unknown. */
export const deleteGroup: Procedure = procedure(
  'deleteGroup',
  [],
  `
if not redis.call('HGET', KEYS[2], ARGS[1]) then return -1 end
local n = 0
for _, name in ipairs(redis.call('HVALS', KEYS[1])) do if name == ARGS[1] then n = n + 1 end end
if n > 0 then return n end
redis.call('HDEL', KEYS[2], ARGS[1])
return 0
`,
);
