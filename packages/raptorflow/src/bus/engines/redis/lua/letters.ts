import { procedure, type Procedure } from './procedure.ts';
import { prelude } from './prelude.ts';

const filter = `
local function keeps(f, x)
  return (f.state or 'open') == x.st and (not f.reason or f.reason == x.r) and (not f.channel or f.channel == x.c)
    and (not f.group or f.group == x.g) and (not f.workspace or f.workspace == x.w) and (not f.since or x.at >= f.since)
end
`;

/**
 * One slice of the dead letters, newest first down from a bound, or oldest first up from one: ids, positions, state and bodies of
 * those that the filter keeps. The last answers are how many were looked at and where to go on.
 */
export const list: Procedure = procedure(
  'list',
  [prelude, filter],
  `
  begin(KEYS, ARGS)
local f, from, oldestFirst, slice, bodies = cjson.decode(arg()), arg(), arg() == '1', argn(), argn()
local ids
if oldestFirst then ids = call('ZRANGEBYSCORE', K .. 'dq', from, '+inf', 'WITHSCORES', 'LIMIT', 0, slice)
else ids = call('ZREVRANGEBYSCORE', K .. 'dq', from, '-inf', 'WITHSCORES', 'LIMIT', 0, slice) end
local out, last = {}, ''
for i = 1, #ids, 2 do
  local text = call('HGET', K .. 'dx', ids[i])
  last = ids[i + 1]
  local x = text and cjson.decode(text)
  if x and keeps(f, x) then
    out[#out + 1] = ids[i]
    out[#out + 1] = x.p
    out[#out + 1] = x.st
    out[#out + 1] = x.set and int(x.set) or ''
    out[#out + 1] = #out / 5 < bodies and (bodyAt(x.l, x.p) or '') or ''
  end
end
return { out, #ids < slice * 2 and '' or last }
`,
  ['no-writes'],
);

/** One dead letter by id: position, state, when it was settled, body. */
export const get: Procedure = procedure(
  'get',
  [prelude],
  `
  begin(KEYS, ARGS)
local text = call('HGET', K .. 'dx', arg())
if not text then return false end
local x = cjson.decode(text)
local body = bodyAt(x.l, x.p)
if not body then return false end
return { x.p, x.st, x.set and int(x.set) or '', body }
`,
  ['no-writes'],
);

/** Discards a letter, or gives its event back to the group that failed. Answers an empty text when it did, else why not. */
export const change: Procedure = procedure(
  'change',
  [prelude],
  `
  begin(KEYS, ARGS)
local id, action, session = arg(), arg(), arg()
local text = call('HGET', K .. 'dx', id)
if not text then return 'There is no such dead letter.' end
local x = cjson.decode(text)
if action == 'redrive' then
  if not x.g then return 'It was refused at publishing; publish the event anew.' end
  local d = def(x.g)
  if not d then return 'The group "' .. x.g .. '" does not exist any more.' end
  if x.st ~= 'open' then return 'It is ' .. x.st .. ' already.' end
  local lane, okey, body, due, e = arg(), arg(), arg(), argn(), argn()
  local known = string.match(call('HGET', K .. 'ln', lane) or '', '^(%d+)')
  if not known then
    known = tostring(call('HINCRBY', K .. 'm', 'lanes', 1))
    call('HSET', K .. 'ln', lane, known .. ' 3600000')
    call('HSET', K .. 'la', known, lane)
    call('HSET', K .. 'lr', known, 3600000)
    call('HINCRBY', K .. 'cl', string.match(lane, '^%d|([^|]*)|'), 1)
    call('ZADD', K .. 'le', int(now + 3600000), known)
  end
  local lock = d.ordered and 'lane' or (okey ~= '' and ('key:' .. okey)) or nil
  hold(x.g, '-' .. x.l .. ' ' .. x.p, { a = 0, e = e, o = known, lk = lock, b = body }, due)
  x.st = 'redriven'
else
  if x.st ~= 'open' then return 'It is ' .. x.st .. ' already.' end
  x.st = 'discarded'
end
x.set = now
call('HSET', K .. 'dx', id, cjson.encode(x))
call('ZREM', K .. 'do:' .. x.r, id)
tell(session, false)
return ''
`,
);
