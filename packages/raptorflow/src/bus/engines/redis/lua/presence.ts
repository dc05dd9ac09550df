import { wakesMax } from './prelude.ts';
import { procedure, type Procedure } from './procedure.ts';

const serverTime = `
local function serverTime()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
`;

/**
 * Global: the first beat of a session, which vouches for so many milliseconds ahead. Answers the server's time, everybody's beats and where the
 * list of wakes ends. All processes have to learn of work in the same way: while one lives that does it otherwise, the answer is that way alone.
 */
export const beginSession: Procedure = procedure(
  'beginSession',
  [serverTime],
  `
local session, way, ahead = ARGS[1], ARGS[2], tonumber(ARGS[3])
local now, beats = serverTime(), redis.call('HGETALL', KEYS[1])
local other = redis.call('GET', KEYS[2])
if other and other ~= way then
  for i = 2, #beats, 2 do if tonumber(beats[i]) > now - 10000 then return { other } end end
end
if other ~= way then redis.call('SET', KEYS[2], way) end
redis.call('HSET', KEYS[1], session, string.format('%.0f', now + ahead))
local last = way == 'polling' and redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)[1]
return { way, string.format('%.0f', now), redis.call('HGETALL', KEYS[1]), last and last[1] or '0-0' }
`,
);

/**
 * Global: all that a process which polls sends while it is idle. It beats, vouching for so many milliseconds ahead, and answers the server's time,
 * everybody's beats, and the wakes since a place of the list: of each partition the groups that others woke and where its log ended, and whether
 * there were more than the list keeps. `gone` when the session was given up.
 */
export const poll: Procedure = procedure(
  'poll',
  [serverTime],
  `
local session, ahead, last = ARGS[1], tonumber(ARGS[2]), ARGS[3]
local beat = redis.call('HGET', KEYS[1], session)
if not beat or beat == '0' then return { 'gone' } end
local now = serverTime()
redis.call('HSET', KEYS[1], session, string.format('%.0f', now + ahead))
local rows = redis.call('XRANGE', KEYS[2], '(' .. last, '+')
local order, found = {}, {}
for _, row in ipairs(rows) do
  last = row[1]
  local partition = row[2][2]
  local by, log, groups = string.match(row[2][4], '^(%S+) (%d+) (.*)$')
  local p = found[partition]
  if not p then
    p = { log = '0', groups = {}, names = {} }
    found[partition] = p
    order[#order + 1] = partition
  end
  if log ~= '0' then p.log = log end
  -- What a turn of its own gained, a process knows from the answer.
  if by ~= session then
    for g in string.gmatch(groups, '%S+') do
      if not p.names[g] then
        p.names[g] = true
        p.groups[#p.groups + 1] = g
      end
    end
  end
end
local wakes = {}
for _, partition in ipairs(order) do
  local p = found[partition]
  if p.log ~= '0' or #p.groups > 0 then
    wakes[#wakes + 1] = partition
    wakes[#wakes + 1] = p.log
    wakes[#wakes + 1] = table.concat(p.groups, ' ')
  end
end
return { 'ok', string.format('%.0f', now), redis.call('HGETALL', KEYS[1]), last, wakes, #rows >= ${wakesMax} and '1' or '0' }
`,
);
