// Outbound: what leaves the machine, through libcurl: mail over SMTP, and requests to other servers.
