import { procedure, type Procedure } from './procedure.ts';
import { prelude } from './prelude.ts';
import { storing } from './storing.ts';

/** The event with an id: lane name, position and body; nothing when it is unknown, delayed or expired. */
export const find: Procedure = procedure(
  'find',
  [prelude, storing],
  `
  begin(KEYS, ARGS)
  beginStoring()
local value = findId(arg())
if not value or value == 'd' then return false end
local lane, offset = string.match(value, '^([^:]+):(.+)$')
local ms = idParts(ARGS[2])
local pos = int(ms * perMs + tonumber(offset))
local body, fields = bodyAt(lane, pos)
local info = laneInfo(lane)
if not body or not info then return false end
local x = (#fields > 2 and tonumber(extra(fields, 'x') or '') or nil) or (msOf(tonumber(pos)) + retentionOf(lane))
if x <= now then return false end
return { info.name, pos, body }
`,
  ['no-writes'],
);

/**
 * The lanes of a pattern that hold anything behind a position: where the partition's log ends, then name, channel and retention of each. What
 * they hold up to that end is read with plain `XRANGE`, at a tenth of what it would cost a procedure.
 */
export const lanesBehind: Procedure = procedure(
  'lanesBehind',
  [prelude],
  `
  begin(KEYS, ARGS)
local pattern, after = arg(), argn()
local out = { call('HGET', K .. 'm', 'pos') or '0' }
for _, lane in ipairs(call('ZRANGEBYSCORE', K .. 'lh', '(' .. int(after), '+inf')) do
  local info = laneInfo(lane)
  if info and matches(pattern, info.channel) then
    local n = #out
    out[n + 1], out[n + 2], out[n + 3] = lane, info.channel, int(retentionOf(lane))
  end
end
return out
`,
  ['no-writes'],
);

/**
 * Everything that was stored behind a position, in the order of storing, at most `limit`, in one call: what watchers wait for. The second answer
 * says how far the page reached, when there is more; the third where the log ends.
 */
export const page: Procedure = procedure(
  'page',
  [prelude],
  `
  begin(KEYS, ARGS)
local after, limit = argn(), argn()
local found, reached = {}, nil
local lanesHere = call('ZRANGEBYSCORE', K .. 'lh', '(' .. int(after), '+inf')
local share = math.max(10, math.ceil(2 * limit / math.max(1, #lanesHere)))
if #lanesHere == 1 then share = limit end
for _, lane in ipairs(lanesHere) do
  local info = laneInfo(lane)
  if info then
    local rows = call('XRANGE', K .. 'l:' .. lane, int(after + 1) .. '-0', '+', 'COUNT', share)
    for _, row in ipairs(rows) do found[#found + 1] = { posOf(row[1]), info.channel, row[2][2], row[1] } end
    if #rows == share then
      local last = posOf(rows[#rows][1])
      if not reached or last < reached then reached = last end
    end
  end
end
if #lanesHere > 1 then table.sort(found, function(a, b) return a[1] < b[1] end) end
local out = {}
for _, f in ipairs(found) do
  if reached and f[1] > reached then break end
  local n = #out
  if n >= limit * 3 then
    reached = tonumber(out[n - 2])
    break
  end
  out[n + 1], out[n + 2], out[n + 3] = string.sub(f[4], 1, -3), f[2], f[3]
end
local head = call('HGET', K .. 'm', 'pos') or '0'
return { out, reached and int(reached) or '', head }
`,
  ['no-writes'],
);

/** Adds or removes a session that watches; answers where the partition's log ends. */
export const watch: Procedure = procedure(
  'watch',
  [prelude],
  `
  begin(KEYS, ARGS)
local session, on = arg(), arg()
if on == '1' then call('HSET', K .. 'lv', session, 1) else call('HDEL', K .. 'lv', session) end
call('HSET', K .. 'm', 'lv', call('HLEN', K .. 'lv'))
return call('HGET', K .. 'm', 'pos') or '0'
`,
);

/** Counts of a partition: events and bytes by channel, open dead letters by reason. */
export const counts: Procedure = procedure(
  'counts',
  [prelude],
  `
  begin(KEYS, ARGS)
local open = {}
for _, reason in ipairs({ 'max_retries_exceeded', 'schema_violation', 'routing_error', 'processing_timeout', 'expired', 'loop_detected' }) do
  open[#open + 1] = reason
  open[#open + 1] = call('ZCARD', K .. 'do:' .. reason)
end
-- What lanes were given in all, less what was removed again.
local published = {}
local all = call('HGETALL', K .. 'lc')
for i = 1, #all, 2 do
  local info = laneInfo(all[i])
  if info then published[info.channel] = (published[info.channel] or 0) + tonumber(all[i + 1]) end
end
local out = {}
for channel, p in pairs(published) do
  local facts = call('HMGET', K .. 'cs', 'r|' .. channel, 'b|' .. channel)
  out[#out + 1] = channel
  out[#out + 1] = int(p)
  out[#out + 1] = int(p - tonumber(facts[1] or '0'))
  out[#out + 1] = int(tonumber(facts[2] or '0'))
end
return { out, open }
`,
  ['no-writes'],
);
