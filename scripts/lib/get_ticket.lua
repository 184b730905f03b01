-- wrk's requests for scripts/bench: a random key, a random ticket of its organization.
local function lines(path)
  local list = {}
  for line in io.lines(path) do list[#list + 1] = line end
  return list
end

local keys, tickets

function init(arguments)
  keys, tickets = lines(arguments[1] .. "/keys"), lines(arguments[1] .. "/tickets")
  math.randomseed(os.time())
end

function request()
  local key = math.random(#keys)
  local ticket = math.floor((key - 1) / 1000) * 500 + math.random(500)
  return wrk.format("GET", "/api/external/tickets/" .. tickets[ticket],
    { Authorization = "Bearer " .. keys[key] })
end
