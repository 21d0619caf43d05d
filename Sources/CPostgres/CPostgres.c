#include "CPostgres.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static struct pq_functions loaded;
static char problem[256];

static void load(void) {
    // The name in which PostgreSQL's promise of a stable interface lies; never unloaded.
    void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *reason = dlerror();
        snprintf(problem, sizeof problem, "PostgreSQL's client library cannot be loaded (%s)",
                 reason != NULL ? reason : "no reason given");
        return;
    }
#define PQ_FIND(type, name, parameters, arguments) \
    if (problem[0] == 0 && (loaded.name = (__typeof__(loaded.name))dlsym(library, "PQ" #name)) == NULL) { \
        snprintf(problem, sizeof problem, "libpq.so.5 has no %s: PostgreSQL's client library 14 or later is needed", \
                 "PQ" #name); \
    }
    PQ_FUNCTIONS(PQ_FIND)
#undef PQ_FIND
}

const char *pq_load(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return problem[0] == 0 ? NULL : problem;
}

const struct pq_functions *pq_loaded(void) { return &loaded; }
