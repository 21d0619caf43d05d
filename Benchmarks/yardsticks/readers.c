/* Many readers of the live log, and one writer: who hears how long after the commit.

   readers PORT READERS EVENTS RATE BATCH SECONDS_OF_WARMTH < token

   Opens READERS streams, says "open" and waits for a line on stdin; then writes EVENTS events, RATE a second, BATCH to
   a request, and prints one line of JSON. An event is counted when its last byte has been read. Every reader must get
   every event once and in order: the number that the writer put into each event is compared with the reader's count. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { STEP = 100 /* µs of the histogram */, STEPS = 200000, BUFFER = 1 << 20, TAIL = 8192 };

struct reader {
    int descriptor;
    long count;
    /* The last two bytes of what was read before, so that an end of an event may be split. */
    char last[2];
};

struct times {
    double sent, answered;
};

static char token[8192], buffer[TAIL + BUFFER], request[1 << 20];
static struct times *batches;
static uint32_t since_sent[STEPS], since_answered[STEPS];
static long batch_size;

static void fail(const char *what) {
    fprintf(stderr, "readers: %s: %s\n", what, errno ? strerror(errno) : "unexpected");
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

/* The server counts connections by network, so every 200 come from a /24 of their own. */
static int connected(int port, int number) {
    int descriptor = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (descriptor < 0) fail("socket");
    struct sockaddr_in source = {.sin_family = AF_INET}, server = {.sin_family = AF_INET, .sin_port = htons(port)};
    source.sin_addr.s_addr = htonl(0x7F010001u + ((uint32_t)(number / 200) << 8));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (bind(descriptor, (struct sockaddr *)&source, sizeof source)) fail("bind");
    if (connect(descriptor, (struct sockaddr *)&server, sizeof server)) fail("connect");
    return descriptor;
}

static void say(int descriptor, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t sent = send(descriptor, bytes, count, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) fail("send");
        if (sent > 0) bytes += sent, count -= sent;
    }
}

/* Reads up to and with an end, and keeps nothing of what follows: there must be nothing. */
static void read_until(int descriptor, const char *end) {
    size_t count = 0;
    do {
        ssize_t got = recv(descriptor, buffer + count, BUFFER - count - 1, 0);
        if (got <= 0) fail("recv");
        buffer[count += got] = 0;
    } while (!strstr(buffer, end));
    errno = 0;
    if (strncmp(buffer, "HTTP/1.1 200", 12)) {
        fprintf(stderr, "%.300s\n", buffer);
        fail("refused");
    }
}

static void count_latency(uint32_t *histogram, double milliseconds) {
    long step = milliseconds < 0 ? 0 : (long)(milliseconds * 1000 / STEP);
    histogram[step < STEPS ? step : STEPS - 1]++;
}

/* Reads what has come; an event ends with "}\n\n", which JSON of one line holds nowhere else. */
static long listen_to(struct reader *reader) {
    ssize_t got = recv(reader->descriptor, buffer + TAIL, BUFFER, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return 0;
    if (got <= 0) fail("a stream ended");
    char *start = buffer + TAIL, *end = start + got, *last = NULL;
    start[-2] = reader->last[0], start[-1] = reader->last[1];
    double time = now();
    long before = reader->count;
    for (char *place = start; (place = memchr(place, '\n', end - place)); place++) {
        if (place[-1] != '\n' || place[-2] != '}') continue;
        struct times *batch = &batches[reader->count / batch_size];
        count_latency(since_sent, time - batch->sent);
        count_latency(since_answered, batch->answered ? time - batch->answered : 0);
        reader->count++;
        last = place;
    }
    reader->last[0] = end[-2], reader->last[1] = end[-1];
    if (last) {
        /* Where the last event came in one part, its number must be its place among all. */
        char *number = NULL;
        for (char *place = last; place > start && !number && last - place < TAIL; place--)
            if (!memcmp(place, "\"number\":", 9)) number = place + 9;
        if (number && strtol(number, NULL, 10) != reader->count - 1) fail("an event is missing or came twice");
    }
    return reader->count - before;
}

static void write_batch(int descriptor, long number) {
    static char body[1 << 19];
    size_t count = sprintf(body, "{\"application\":\"bench\",\"events\":[");
    for (long event = 0; event < batch_size; event++)
        count += sprintf(
            body + count, "%s{\"did\":\"order_shipped\",\"this\":{\"number\":%ld}}", event ? "," : "",
            number * batch_size + event);
    count += sprintf(body + count, "]}");
    size_t head = sprintf(
        request,
        "POST /api/audit/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
        "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
        token, count);
    memcpy(request + head, body, count);
    batches[number].sent = now();
    say(descriptor, request, head + count);
}

/* True when the answer to a batch is complete. */
static int answered(int descriptor) {
    static char answer[1 << 20];
    static size_t count;
    ssize_t got = recv(descriptor, answer + count, sizeof answer - count - 1, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return 0;
    if (got <= 0) fail("the writer's connection ended");
    answer[count += got] = 0;
    char *end = strstr(answer, "\r\n\r\n"), *length = strstr(answer, "Content-Length: ");
    if (!end || !length || count < (size_t)(end + 4 - answer) + strtoul(length + 16, NULL, 10)) return 0;
    if (strncmp(answer, "HTTP/1.1 201", 12)) {
        fprintf(stderr, "%.600s\n", answer);
        errno = 0;
        fail("a batch was refused");
    }
    count = 0;
    return 1;
}

static double quantile(const uint32_t *histogram, double part) {
    double total = 0, seen = 0;
    for (long step = 0; step < STEPS; step++) total += histogram[step];
    for (long step = 0; step < STEPS; step++)
        if ((seen += histogram[step]) >= part * total) return (step + 1) * STEP / 1000.0;
    return STEPS * STEP / 1000.0;
}

int main(int count, char **arguments) {
    if (count != 7) return 64;
    int port = atoi(arguments[1]);
    long readers = atol(arguments[2]), events = atol(arguments[3]), rate = atol(arguments[4]);
    batch_size = atol(arguments[5]);
    double warmth = atof(arguments[6]) * 1000;
    if (!fgets(token, sizeof token, stdin)) return 64;
    token[strcspn(token, "\n")] = 0;
    long all_batches = events / batch_size;
    batches = calloc(all_batches + 1, sizeof *batches);
    struct reader *all = calloc(readers, sizeof *all);
    struct epoll_event ready[256], event = {.events = EPOLLIN};
    int poll = epoll_create1(0);

    for (long number = 0; number < readers; number++) {
        all[number].descriptor = connected(port, number);
        size_t length = sprintf(
            request,
            "GET /api/audit/stream?application=bench HTTP/1.1\r\nHost: localhost\r\nUser-Agent: readers\r\n"
            "Accept: text/event-stream\r\nAuthorization: Bearer %s\r\n\r\n",
            token);
        say(all[number].descriptor, request, length);
        read_until(all[number].descriptor, "retry: 1000\n");
        event.data.ptr = &all[number];
        if (epoll_ctl(poll, EPOLL_CTL_ADD, all[number].descriptor, &event)) fail("epoll_ctl");
    }
    printf("open\n");
    fflush(stdout);
    if (!fgets(buffer, BUFFER, stdin)) return 64;
    int writer = connected(port, 100000);
    event.data.ptr = NULL;
    if (epoll_ctl(poll, EPOLL_CTL_ADD, writer, &event)) fail("epoll_ctl");

    double start = now(), interval = 1000.0 * batch_size / rate, written = 0, heard = 0;
    long next = 0, received = 0, wanted = all_batches * batch_size * readers;
    int is_waiting = 0, is_warm = 0;
    while (received < wanted) {
        double time = now();
        if (time - start > 60000 + interval * all_batches) fail("not everything came in time");
        if (!is_warm && time - start > warmth) {
            memset(since_sent, 0, sizeof since_sent);
            memset(since_answered, 0, sizeof since_answered);
            is_warm = 1;
        }
        double wait = 1000;
        if (!is_waiting && next < all_batches) {
            wait = start + next * interval - time;
            if (wait <= 0) write_batch(writer, next), is_waiting = 1, wait = 1000;
        }
        int found = epoll_wait(poll, ready, 256, wait < 1 ? 1 : (int)wait);
        for (int index = 0; index < found; index++) {
            if (ready[index].data.ptr) {
                received += listen_to(ready[index].data.ptr);
                heard = now();
            } else if (answered(writer)) {
                written = batches[next++].answered = now();
                is_waiting = 0;
            }
        }
    }
    printf(
        "{\"events\": %ld, \"readers\": %ld, \"written_per_second\": %.0f, \"heard_per_second\": %.0f, "
        "\"after_answer\": {\"median\": %.1f, \"p99\": %.1f, \"slowest\": %.1f}, "
        "\"after_request\": {\"median\": %.1f, \"p99\": %.1f, \"slowest\": %.1f}}\n",
        all_batches * batch_size, readers, all_batches * batch_size / (written - start) * 1000,
        received / (heard - start) * 1000, quantile(since_answered, 0.5), quantile(since_answered, 0.99),
        quantile(since_answered, 1), quantile(since_sent, 0.5), quantile(since_sent, 0.99), quantile(since_sent, 1));
    fflush(stdout);
    /* Until told to leave, so that the server can be looked at while all are still there. */
    (void)!fgets(buffer, BUFFER, stdin);
    return 0;
}
