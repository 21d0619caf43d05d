// Bare Argon2id with the server's standard parameters: argon2 THREADS SECONDS → hashes per second.
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { passes = 2, memory = 19456 * 1024, most_threads = 256 };

static double end;
static atomic_long hashes;
static const unsigned char salt[crypto_pwhash_argon2id_SALTBYTES] = "sixteen bytes...";

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void *hash(void *nothing) {
    static const char password[] = "correct horse battery staple";
    unsigned char hash[32];
    while (now() < end) {
        if (crypto_pwhash_argon2id(
                hash, sizeof hash, password, sizeof password - 1, salt, passes, memory,
                crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
            exit(1);
        atomic_fetch_add(&hashes, 1);
    }
    return nothing;
}

int main(int count, char **arguments) {
    int threads = count == 3 ? atoi(arguments[1]) : 0;
    if (threads < 1 || threads > most_threads || sodium_init() < 0) return 64;
    pthread_t started[most_threads];
    double start = now();
    end = start + atof(arguments[2]);
    for (int i = 0; i < threads; i++)
        if (pthread_create(&started[i], NULL, hash, NULL) != 0) return 1;
    for (int i = 0; i < threads; i++) pthread_join(started[i], NULL);
    // A hash that was under way at the end is counted with its time.
    printf("%.3f\n", atomic_load(&hashes) / (now() - start));
}
