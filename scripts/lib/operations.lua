-- wrk's requests for scripts/bench: of the operation that the second argument names, with a random key
-- and a random ticket or conversation of its organization. All are made before the clock starts: the
-- machine's processors are for the server and the database.
local function lines(path)
  local list = {}
  for line in io.lines(path) do list[#list + 1] = line end
  return list
end

local keys, refused_keys, tickets, conversations
local requests, sent = {}, 0
local make

function init(arguments)
  local folder = arguments[1]
  keys, refused_keys = lines(folder .. "/keys"), lines(folder .. "/refused_keys")
  tickets, conversations = lines(folder .. "/tickets"), lines(folder .. "/conversations")
  math.randomseed(os.time())
  for i = 1, 20000 do requests[i] = make(arguments[2]) end
end

-- A random one of those that belong to the same organization as the key: 1,000 keys have each.
local function of_same(list, key)
  local each = #list / (#keys / 1000)
  return list[math.floor((key - 1) / 1000) * each + math.random(each)]
end

local description = string.rep("When I try to log in using Safari, nothing happens. ", 6)

local operations = {
  get_ticket = function(key) return "GET", "/tickets/" .. of_same(tickets, key) end,
  list_tickets = function() return "GET", "/tickets?limit=50" end,
  create_ticket = function()
    return "POST", "/tickets", '{"subject":"The login page shows a blank screen","description":"'
      .. description .. '","createdByEmail":"client' .. math.random(50)
      .. '@example.com","tags":["bug","safari"]}'
  end,
  comment = function(key)
    return "POST", "/tickets/" .. of_same(tickets, key) .. "/comments",
      '{"content":"Thank you for the report, we have identified the cause.","authorEmail":"client'
      .. math.random(50) .. '@example.com"}'
  end,
  message = function(key)
    return "POST", "/chat/conversations/" .. of_same(conversations, key) .. "/messages",
      '{"content":"Is anybody there? I cannot log in.","senderType":"visitor"}'
  end,
  refused = function(key) return "GET", "/tickets/" .. of_same(tickets, key) end,
}

function make(operation)
  local key = math.random(#keys)
  local method, path, body = operations[operation](key)
  local token = operation == "refused" and refused_keys[math.random(#refused_keys)] or keys[key]
  return wrk.format(method, "/api/external" .. path,
    { Authorization = "Bearer " .. token, ["Content-Type"] = "application/json" }, body)
end

function request()
  sent = sent % #requests + 1
  return requests[sent]
end
