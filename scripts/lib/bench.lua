-- wrk's requests for scripts/bench: of the operation named by the second argument, with a random key
-- and a random ticket or conversation of its organization.
local function lines(path)
  local list = {}
  for line in io.lines(path) do list[#list + 1] = line end
  return list
end

local keys, tickets, conversations, operation

function init(arguments)
  keys, tickets = lines(arguments[1] .. "/keys"), lines(arguments[1] .. "/tickets")
  conversations = lines(arguments[1] .. "/conversations")
  operation = arguments[2]
  math.randomseed(os.time())
end

local function headers(key)
  return { Authorization = "Bearer " .. keys[key], ["Content-Type"] = "application/json" }
end

local description = string.rep("When I try to log in using Safari, nothing happens. ", 6)

local operations = {
  get_ticket = function(key, org)
    return "GET", "/tickets/" .. tickets[org * 500 + math.random(500)]
  end,
  list_tickets = function() return "GET", "/tickets?limit=50" end,
  create_ticket = function()
    return "POST", "/tickets", '{"subject":"The login page shows a blank screen","description":"'
      .. description .. '","createdByEmail":"client' .. math.random(50)
      .. '@example.com","tags":["bug","safari"]}'
  end,
  comment = function(key, org)
    return "POST", "/tickets/" .. tickets[org * 500 + math.random(500)] .. "/comments",
      '{"content":"Thank you for the report, we have identified the cause.","authorEmail":"client'
      .. math.random(50) .. '@example.com"}'
  end,
  message = function(key, org)
    return "POST",
      "/chat/conversations/" .. conversations[org * 50 + math.random(50)] .. "/messages",
      '{"content":"Is anybody there? I cannot log in.","senderType":"visitor"}'
  end,
}

function request()
  local key = math.random(#keys)
  local method, path, body = operations[operation](key, math.floor((key - 1) / 1000))
  return wrk.format(method, "/api/external" .. path, headers(key), body)
end
