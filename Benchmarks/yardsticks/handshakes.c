// Full TLS 1.3 handshakes, as many as can be had: handshakes PORT SECONDS CLIENTS
//
// Each client connects, shakes hands over X25519 without a ticket, asks for /health, waits for the answer, and connects
// again. Prints how many were answered. The certificate is not verified: that is the client's time, not the server's.
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char request[] = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
static SSL_CTX *context;
static struct sockaddr_in address;
static atomic_long answered;
static double end;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static _Bool ask(int file, SSL *connection) {
    char bytes[4096];
    if (connect(file, (struct sockaddr *)&address, sizeof address) < 0) return 0;
    if (SSL_set_fd(connection, file) != 1 || SSL_connect(connection) != 1) return 0;
    if (SSL_write(connection, request, sizeof request - 1) <= 0) return 0;
    int count = SSL_read(connection, bytes, sizeof bytes);
    return count > 12 && memcmp(bytes, "HTTP/1.1 200", 12) == 0;
}

static void *repeat(void *nothing) {
    while (now() < end) {
        int file = socket(AF_INET, SOCK_STREAM, 0);
        SSL *connection = SSL_new(context);
        // A reset instead of a farewell: otherwise the ports of one address would be used up within seconds.
        struct linger none = {.l_onoff = 1};
        setsockopt(file, SOL_SOCKET, SO_LINGER, &none, sizeof none);
        if (!ask(file, connection)) {
            fputs("a handshake was not answered\n", stderr);
            exit(1);
        }
        atomic_fetch_add(&answered, 1);
        SSL_free(connection);
        close(file);
    }
    return nothing;
}

int main(int count, char **words) {
    if (count != 4) return fputs("handshakes PORT SECONDS CLIENTS\n", stderr), 64;
    address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    end = now() + atof(words[2]);
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set1_groups_list(context, "X25519");
    enum { most = 256 };
    int clients = atoi(words[3]);
    pthread_t threads[most];
    if (clients < 1 || clients > most) return fputs("1 to 256 clients\n", stderr), 64;
    for (int i = 0; i < clients; i++) pthread_create(&threads[i], NULL, repeat, NULL);
    for (int i = 0; i < clients; i++) pthread_join(threads[i], NULL);
    printf("%ld\n", answered);
}
