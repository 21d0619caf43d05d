// One constant answer on libmicrohttpd: microhttpd PORT MEDIA BODY
//
// One thread with epoll, the library's quickest way, and the answer's fields are those of the server beside it.
#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum MHD_Result answer(
    void *response, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
    const char *body, size_t *body_size, void **state) {
    (void)url;
    (void)version;
    (void)body;
    static int seen;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 || *body_size != 0) return MHD_NO;
    // The library calls for the head first, and expects the answer at the second call.
    if (*state == NULL) {
        *state = &seen;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, response);
}

int main(int count, char **words) {
    if (count != 4) return fputs("microhttpd PORT MEDIA BODY\n", stderr), 64;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(words[3]), words[3], MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, words[2]);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO, 0, NULL, NULL, answer, response, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_CONNECTION_LIMIT, 4096u, MHD_OPTION_END);
    if (daemon == NULL) return fputs("libmicrohttpd did not start\n", stderr), 1;
    for (;;) pause();
}
