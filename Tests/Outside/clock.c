/* Loaded before the C library by Tests/Outside/keys.py: the wall clock runs CLOCK_FACTOR times as fast since CLOCK_BASE
   (nanoseconds since 1970), so that months of a server's life pass in a test. By Tests/Outside/refresh.py: it shows so many
   nanoseconds more as the first eight bytes of the file CLOCK_STEP say, at any moment. Every other clock is left alone. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long quick(long long now) {
    static long long base = -1, factor = 1;
    if (base < 0) {
        const char *from = getenv("CLOCK_BASE"), *times = getenv("CLOCK_FACTOR");
        if (times != NULL) factor = atoll(times);
        base = from != NULL ? atoll(from) : 0;
    }
    return base > 0 ? base + (now - base) * factor : now;
}

static long long step(void) {
    static volatile long long *ahead = NULL;
    static int is_asked = 0;
    if (!is_asked) {
        const char *path = getenv("CLOCK_STEP");
        int file = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        void *page = file >= 0 ? mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0) : MAP_FAILED;
        if (file >= 0) close(file);
        if (page != MAP_FAILED) ahead = page;
        is_asked = 1;
    }
    return ahead != NULL ? *ahead : 0;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    long result = syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        long long now = quick(time->tv_sec * 1000000000LL + time->tv_nsec) + step();
        time->tv_sec = now / 1000000000LL;
        time->tv_nsec = now % 1000000000LL;
    }
    return (int)result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result != NULL) *result = now.tv_sec;
    return now.tv_sec;
}
