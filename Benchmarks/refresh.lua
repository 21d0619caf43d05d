-- wrk's script for rotations: every answer's refresh token is the next one to be presented, so each is used once.
-- ALDRAVA_BENCH_TOKENS names a file with a token per line; there must be more of them than connections.
local tokens, first, last = {}, 1, 0
for line in io.lines(os.getenv("ALDRAVA_BENCH_TOKENS")) do
    last = last + 1
    tokens[last] = line
end
local headers = {["Content-Type"] = "application/json"}

function request()
    local token = tokens[first]
    tokens[first] = nil
    first = first + 1
    return wrk.format("POST", nil, headers, '{"refresh_token":"' .. token .. '"}')
end

function response(status, _, body)
    if status ~= 200 then return end
    last = last + 1
    tokens[last] = body:match('"refresh_token":"([^"]+)"')
end
