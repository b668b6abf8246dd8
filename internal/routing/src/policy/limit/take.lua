-- Takes up to `wanted` calls under a limit of `calls` per `per` microseconds, by the generic cell rate algorithm. KEYS[1]
-- holds the theoretical arrival time in microseconds and ends when that is past. Returns what was taken, what is still
-- free, and the microseconds until all is free and until something is.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local calls, per, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local interval = per / calls

-- Not beyond what a full burst leaves: a clock that was set back makes nobody wait for longer than the period.
local arrival = tonumber(redis.call('GET', KEYS[1]) or now)
arrival = math.min(math.max(arrival, now), now + per)

-- A thousandth of a call makes up for what doubles cannot hold.
local free = math.floor((now + per - arrival) / interval + 0.001)
local taken = math.min(free, wanted)
arrival = arrival + taken * interval
if taken > 0 then
    redis.call('SET', KEYS[1], string.format('%.17g', arrival), 'PX', math.ceil((arrival - now) / 1000))
end

local next_in = 0
if taken == free then
    next_in = math.max(1, math.ceil(arrival + interval - per - now))
end
return { taken, free - taken, math.ceil(arrival - now), next_in }
