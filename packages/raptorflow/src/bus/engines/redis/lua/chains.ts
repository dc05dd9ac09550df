import { procedure, type Procedure } from './procedure.ts';
import { prelude } from './prelude.ts';
import { storing } from './storing.ts';

/**
 * Events of a request in this partition, in the order of storing, and where each group is with them. Payloads are left out by the caller.
 * Answers triples of position, channel and body, the handlings as JSON, and whether there are more.
 */
export const chain: Procedure = procedure(
  'chain',
  [prelude, storing],
  `
  begin(KEYS, ARGS)
  beginStoring()
local request, limit = arg(), argn()
local keys = call('ZRANGE', K .. 't:' .. request, 0, limit)
if string.sub(request, 1, 4) == 'evt_' then
  local value = findId(request)
  if value and value ~= 'd' then
    local lane, offset = string.match(value, '^([^:]+):(.+)$')
    local ms = idParts(request)
    local key = lane .. ' ' .. int(ms * perMs + tonumber(offset))
    local known = false
    for _, k in ipairs(keys) do if k == key then known = true end end
    if not known then keys[#keys + 1] = key end
  end
end
if #keys == 0 then return { {}, {}, '0' } end
table.sort(keys, function(a, b) return tonumber(string.match(a, '(%d+)$')) < tonumber(string.match(b, '(%d+)$')) end)

-- What is in hands, and whether its handler has begun.
local flights = {}
for _, session in ipairs(call('HKEYS', K .. 'sg')) do
  eachInHand(session, function(g, entry, ran) flights[g .. '|' .. entry[2]] = { a = entry[4] or 1, began = ran } end)
end

local handlings = {}
local function put(eventId, g, h)
  h.i, h.g = eventId, g
  handlings[#handlings + 1] = cjson.encode(h)
end
local function recordOf(key, g)
  local text = call('HGET', K .. 'y:' .. key, g)
  return text and cjson.decode(text) or nil
end
-- What flights, holds and records say; nil when they say nothing.
local function ask(key, g)
  local record = recordOf(key, g)
  local known = record or { s = 'waiting', a = 0 }
  local text = call('HGET', K .. 'x:' .. g, key)
  local r = text and cjson.decode(text) or nil
  local last = r and r.h and r.h[#r.h]
  local err = last and last[3] or known.x
  local flight = flights[g .. '|' .. key]
  if flight or r then
    local attempts = flight and flight.a or r.a
    local state = 'running'
    if not (flight and flight.began) then
      if flight then attempts = attempts - 1 end
      state = (attempts == 0 and not err or (r and r.p)) and 'waiting' or 'retrying'
    end
    return { s = state, a = attempts, b = known.b, e = known.e, k = known.k, x = err }
  end
  return record
end

local out, more = {}, false
for n, key in ipairs(keys) do
  local lane, pos = string.match(key, '^(%S+) (%S+)$')
  local body, fields = bodyAt(lane, pos)
  local info = laneInfo(lane)
  if body and info then
    local x = (#fields > 2 and tonumber(extra(fields, 'x') or '') or nil) or (msOf(tonumber(pos)) + retentionOf(lane))
    if x > now then
      if #out >= limit * 3 then more = true; break end
      out[#out + 1], out[#out + 2], out[#out + 3] = pos, info.channel, body
      local id = string.match(body, '^{"id":"([^"]*)"') or ''
      local asked = {}
      for _, g in ipairs(groupsOf(info.channel)) do
        if fits(def(g), typeOf(body)) then
          asked[g] = true
          local h = ask(key, g)
          if not h then
            local c = cursor(g, lane)
            if tonumber(pos) > c.from then
              if c.pos < tonumber(pos) then h = { s = 'waiting', a = 0 } else h = { s = 'handled', a = 1 } end
            end
          end
          if h then put(id, g, h) end
        end
      end
      local records = call('HGETALL', K .. 'y:' .. key)
      for i = 1, #records, 2 do
        if not asked[records[i]] then put(id, records[i], cjson.decode(records[i + 1])) end
      end
      local letter = string.sub(info.channel, 1, 8) == 'sys.dlq.' and call('HGET', K .. 'dx', id)
      if letter then
        local facts = cjson.decode(letter)
        local h = facts.g and (ask('-' .. key, facts.g) or recordOf('-' .. key, facts.g))
        if h then
          h.d = h.d or id
          put(facts.i, facts.g, h)
        end
      end
    end
  end
end
return { out, handlings, more and '1' or '0' }
`,
);
