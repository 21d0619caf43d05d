// libcurl, loaded when the first mail or request leaves: a server that sends none does not pay for what it brings along.
// The types and constants are those of libcurl's own header. Its easy interface only: one transfer at a time, which
// blocks the thread that it is made on.
#pragma once
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Loads libcurl, once. Returns NULL, or in words why it cannot be used; nothing below may be called then, nor before.
const char *curl_load(void);

// What it calls itself, such as "7.88.1".
const char *curl_loaded_version(void);

// Every function of libcurl that is used here, as: its name, what it is called here.
#define CURL_FUNCTIONS(X) \
    X(curl_global_init, global_init) \
    X(curl_version_info, version_info) \
    X(curl_easy_init, init) \
    X(curl_easy_cleanup, cleanup) \
    X(curl_easy_setopt, setopt) \
    X(curl_easy_perform, perform) \
    X(curl_easy_getinfo, getinfo) \
    X(curl_slist_append, append) \
    X(curl_slist_free_all, free_all)

// One transfer: libcurl's handle, what it sends, what it receives. Freed by `transfer_close`.
struct transfer;

// NULL without memory. Already set: no signals, no proxy, no redirections, at least TLS 1.2, and the peer's
// certificate and name are checked.
struct transfer *transfer_open(void);
void transfer_close(struct transfer *transfer);

// libcurl's settings take any number of arguments of any type; these take one of the right type. False when libcurl
// refuses the value.
bool transfer_set_text(struct transfer *transfer, CURLoption option, const char *text);
bool transfer_set_number(struct transfer *transfer, CURLoption option, long number);
// Nothing else is ever spoken.
bool transfer_only_smtp(struct transfer *transfer);
bool transfer_only_https(struct transfer *transfer);
bool transfer_only_http(struct transfer *transfer);
// Adds one to the list of header fields, or of recipients.
bool transfer_add_header(struct transfer *transfer, const char *line);
bool transfer_add_recipient(struct transfer *transfer, const char *address);
// What is sent; copied.
bool transfer_set_body(struct transfer *transfer, const uint8_t *bytes, size_t count);
// How much is kept of what is received; more ends the transfer.
void transfer_set_room(struct transfer *transfer, size_t count);

// A number that other threads may set to something else than 0 to end transfers within about a second.
struct transfer_stop;
struct transfer_stop *transfer_stop_make(void);
void transfer_stop_free(struct transfer_stop *stop);
void transfer_stop_now(struct transfer_stop *stop);
void transfer_heed(struct transfer *transfer, struct transfer_stop *stop);

// Blocks until it is over.
CURLcode transfer_perform(struct transfer *transfer);
// The server's last answer as a number; 0 without any.
long transfer_status(const struct transfer *transfer);
// Whether all of the body was handed over.
bool transfer_sent_all(const struct transfer *transfer);
// Whether more was received than there was room for.
bool transfer_is_too_long(const struct transfer *transfer);
const uint8_t *transfer_received(const struct transfer *transfer, size_t *count);
