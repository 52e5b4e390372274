-- Sends the requests of a file in turn, a running number in each that asks for one. Arguments: file, first number.
-- In the file a request is what stands before the number, \31, what stands after it, \30.

local requests, at, number = {}, 0, 0

function init(args)
  local text = assert(io.open(args[1], "rb")):read("*a")
  for head, tail in text:gmatch("([^\30\31]*)\31([^\30\31]*)\30") do
    requests[#requests + 1] = { head, tail }
  end
  number = tonumber(args[2])
end

function request()
  at = at % #requests + 1
  local parts = requests[at]
  if parts[2] == "" then
    return parts[1]
  end
  number = number + 1
  return parts[1] .. string.format("%08d", number) .. parts[2]
end

function done(summary, latency)
  local failed = summary.errors
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "bad": %d, "broken": %d, "late": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), failed.status,
    failed.connect + failed.read + failed.write, failed.timeout))
end
