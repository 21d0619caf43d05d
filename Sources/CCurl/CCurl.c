#include "CCurl.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Their addresses. The types are libcurl's, so that the compiler checks the list.
static struct {
#define CURL_FIELD(name, here) __typeof__(&name) here;
    CURL_FUNCTIONS(CURL_FIELD)
#undef CURL_FIELD
} loaded;
static char problem[256];

static void load(void) {
    // The name in which libcurl's promise of a stable interface lies; never unloaded.
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *reason = dlerror();
        snprintf(problem, sizeof problem, "libcurl cannot be loaded (%s)",
                 reason != NULL ? reason : "no reason given");
        return;
    }
#define CURL_FIND(name, here) \
    if (problem[0] == 0 && (loaded.here = (__typeof__(loaded.here))dlsym(library, #name)) == NULL) { \
        snprintf(problem, sizeof problem, "libcurl.so.4 has no %s", #name); \
    }
    CURL_FUNCTIONS(CURL_FIND)
#undef CURL_FIND
    if (problem[0] == 0 && loaded.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        snprintf(problem, sizeof problem, "libcurl does not start");
    }
}

const char *curl_load(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return problem[0] == 0 ? NULL : problem;
}

const char *curl_loaded_version(void) { return loaded.version_info(CURLVERSION_NOW)->version; }

struct transfer_stop {
    atomic_int is_asked;
};

struct transfer {
    CURL *handle;
    struct curl_slist *headers, *recipients;
    uint8_t *body;
    size_t body_count, sent;
    uint8_t *received;
    size_t received_count, room;
    bool is_too_long;
    struct transfer_stop *stop;
};

static size_t give(char *buffer, size_t size, size_t count, void *context) {
    struct transfer *transfer = context;
    size_t left = transfer->body_count - transfer->sent;
    size_t given = size * count < left ? size * count : left;
    if (given > 0) memcpy(buffer, transfer->body + transfer->sent, given);
    transfer->sent += given;
    return given;
}

static size_t take(char *bytes, size_t size, size_t count, void *context) {
    struct transfer *transfer = context;
    size_t more = size * count;
    if (more > transfer->room - transfer->received_count) {
        transfer->is_too_long = true;
        return 0;
    }
    uint8_t *grown = realloc(transfer->received, transfer->received_count + more + 1);
    if (grown == NULL) return 0;
    memcpy(grown + transfer->received_count, bytes, more);
    transfer->received = grown;
    transfer->received_count += more;
    return more;
}

static int heed(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    (void)a, (void)b, (void)c, (void)d;
    struct transfer *transfer = context;
    return transfer->stop != NULL && atomic_load(&transfer->stop->is_asked) != 0;
}

struct transfer *transfer_open(void) {
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL) return NULL;
    CURL *handle = transfer->handle = loaded.init();
    if (handle == NULL
        || loaded.setopt(handle, CURLOPT_NOSIGNAL, 1L) != CURLE_OK
        || loaded.setopt(handle, CURLOPT_PROXY, "") != CURLE_OK
        || loaded.setopt(handle, CURLOPT_FOLLOWLOCATION, 0L) != CURLE_OK
        || loaded.setopt(handle, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) != CURLE_OK
        || loaded.setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L) != CURLE_OK
        || loaded.setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L) != CURLE_OK
        || loaded.setopt(handle, CURLOPT_WRITEFUNCTION, take) != CURLE_OK
        || loaded.setopt(handle, CURLOPT_WRITEDATA, transfer) != CURLE_OK
        || loaded.setopt(handle, CURLOPT_XFERINFOFUNCTION, heed) != CURLE_OK
        || loaded.setopt(handle, CURLOPT_XFERINFODATA, transfer) != CURLE_OK
        || loaded.setopt(handle, CURLOPT_NOPROGRESS, 0L) != CURLE_OK) {
        transfer_close(transfer);
        return NULL;
    }
    return transfer;
}

void transfer_close(struct transfer *transfer) {
    if (transfer == NULL) return;
    if (transfer->handle != NULL) loaded.cleanup(transfer->handle);
    loaded.free_all(transfer->headers);
    loaded.free_all(transfer->recipients);
    free(transfer->body);
    free(transfer->received);
    free(transfer);
}

bool transfer_set_text(struct transfer *transfer, CURLoption option, const char *text) {
    return loaded.setopt(transfer->handle, option, text) == CURLE_OK;
}

bool transfer_set_number(struct transfer *transfer, CURLoption option, long number) {
    return loaded.setopt(transfer->handle, option, number) == CURLE_OK;
}

// The newer setting, by name, is missing in the libcurl of Ubuntu 22.04.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
bool transfer_only_smtp(struct transfer *transfer) {
    return transfer_set_number(transfer, CURLOPT_PROTOCOLS, CURLPROTO_SMTP | CURLPROTO_SMTPS);
}

bool transfer_only_https(struct transfer *transfer) {
    return transfer_set_number(transfer, CURLOPT_PROTOCOLS, CURLPROTO_HTTPS);
}

bool transfer_only_http(struct transfer *transfer) {
    return transfer_set_number(transfer, CURLOPT_PROTOCOLS, CURLPROTO_HTTP);
}
#pragma GCC diagnostic pop

static bool add(struct transfer *transfer, struct curl_slist **list, CURLoption option, const char *text) {
    struct curl_slist *longer = loaded.append(*list, text);
    if (longer == NULL) return false;
    *list = longer;
    return loaded.setopt(transfer->handle, option, *list) == CURLE_OK;
}

bool transfer_add_header(struct transfer *transfer, const char *line) {
    return add(transfer, &transfer->headers, CURLOPT_HTTPHEADER, line);
}

bool transfer_add_recipient(struct transfer *transfer, const char *address) {
    return add(transfer, &transfer->recipients, CURLOPT_MAIL_RCPT, address);
}

bool transfer_set_body(struct transfer *transfer, const uint8_t *bytes, size_t count) {
    uint8_t *copy = malloc(count + 1);
    if (copy == NULL) return false;
    if (count > 0) memcpy(copy, bytes, count);
    free(transfer->body);
    transfer->body = copy;
    transfer->body_count = count;
    transfer->sent = 0;
    return loaded.setopt(transfer->handle, CURLOPT_UPLOAD, 1L) == CURLE_OK
        && loaded.setopt(transfer->handle, CURLOPT_READFUNCTION, give) == CURLE_OK
        && loaded.setopt(transfer->handle, CURLOPT_READDATA, transfer) == CURLE_OK
        && loaded.setopt(transfer->handle, CURLOPT_INFILESIZE_LARGE, (curl_off_t)count) == CURLE_OK;
}

void transfer_set_room(struct transfer *transfer, size_t count) { transfer->room = count; }

struct transfer_stop *transfer_stop_make(void) { return calloc(1, sizeof(struct transfer_stop)); }
void transfer_stop_free(struct transfer_stop *stop) { free(stop); }
void transfer_stop_now(struct transfer_stop *stop) {
    if (stop != NULL) atomic_store(&stop->is_asked, 1);
}
void transfer_heed(struct transfer *transfer, struct transfer_stop *stop) { transfer->stop = stop; }

CURLcode transfer_perform(struct transfer *transfer) { return loaded.perform(transfer->handle); }

long transfer_status(const struct transfer *transfer) {
    long status = 0;
    return loaded.getinfo(transfer->handle, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK ? status : 0;
}

bool transfer_sent_all(const struct transfer *transfer) {
    return transfer->body != NULL && transfer->sent == transfer->body_count;
}

bool transfer_is_too_long(const struct transfer *transfer) { return transfer->is_too_long; }

const uint8_t *transfer_received(const struct transfer *transfer, size_t *count) {
    *count = transfer->received_count;
    return transfer->received;
}
