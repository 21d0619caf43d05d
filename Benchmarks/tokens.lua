-- wrk's script for requests that each present a token of their own.
-- ALDRAVA_BENCH_TOKENS names a file with a token per line; when it is used up, requests are malformed and refused.
local lines = io.lines(os.getenv("ALDRAVA_BENCH_TOKENS"))
local before = "GET /api/auth/me HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "

function request()
    return before .. (lines() or "") .. "\r\n\r\n"
end
