// The statements of a refresh-token rotation and nothing else: no HTTP, no tokens, no signature.
//
// rotations DATABASE CLIENTS SECONDS [sign]
//
// With `sign`, each rotation also makes the one ES256 signature that its access token needs.
//
// One connection and one thread, as the server's writer: every client's rotation waits when a commit begins, so each
// commit has all of them, each behind a savepoint of its own. The schema is that of the database, the settings are the
// server's. Prints rotations per second.
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { checkpoint_pages = 4000, id_bytes = 16 };

static sqlite3 *database;
static int pages_in_log;

static void check(int code) {
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
    fprintf(stderr, "%s\n", sqlite3_errmsg(database));
    exit(70);
}

static sqlite3_stmt *prepared(const char *text) {
    sqlite3_stmt *statement;
    check(sqlite3_prepare_v3(database, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL));
    return statement;
}

// Runs to the end and reads every column of every row, as a program that uses them would.
static void run(sqlite3_stmt *statement) {
    static volatile long long read;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        for (int column = sqlite3_column_count(statement) - 1; column >= 0; column--) {
            if (sqlite3_column_type(statement, column) == SQLITE_INTEGER) read += sqlite3_column_int64(statement, column);
            else read += sqlite3_column_bytes(statement, column);
        }
    }
    check(code);
    check(sqlite3_reset(statement));
}

static int note_pages(void *context, sqlite3 *connection, const char *name, int pages) {
    pages_in_log = pages;
    return SQLITE_OK;
}

static double seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// The ids of all sessions, `count` of them, one after the other.
static unsigned char *sessions(int *count) {
    sqlite3_stmt *all = prepared("SELECT id FROM sessions");
    unsigned char *ids = NULL;
    for (*count = 0; sqlite3_step(all) == SQLITE_ROW; ++*count) {
        if (*count % 1024 == 0) ids = realloc(ids, (size_t)(*count + 1024) * id_bytes);
        memcpy(ids + (size_t)*count * id_bytes, sqlite3_column_blob(all, 0), id_bytes);
    }
    check(sqlite3_finalize(all));
    return ids;
}

static void sign(EVP_PKEY *key) {
    static const unsigned char digest[32] = {1};
    unsigned char signature[80];
    size_t length = sizeof signature;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    if (EVP_PKEY_sign_init(context) != 1 || EVP_PKEY_sign(context, signature, &length, digest, sizeof digest) != 1) exit(70);
    EVP_PKEY_CTX_free(context);
}

int main(int count, char **arguments) {
    if (count != 4 && count != 5) return 64;
    EVP_PKEY *key = count == 5 ? EVP_EC_gen("P-256") : NULL;
    int clients = atoi(arguments[2]), length = atoi(arguments[3]);
    check(sqlite3_open_v2(arguments[1], &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
    check(sqlite3_exec(database,
                       "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;"
                       "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
                       NULL, NULL, NULL));
    sqlite3_wal_hook(database, note_pages, NULL);
    sqlite3_stmt *begin = prepared("BEGIN IMMEDIATE"), *savepoint = prepared("SAVEPOINT member"),
                 *release = prepared("RELEASE member"), *commit = prepared("COMMIT");
    sqlite3_stmt *session = prepared(
        "SELECT id, realm, user_id, client, issued, confirmed_at, created_at, last_activity_at, idle_limit,"
        " absolute_end, ended_at, amr, auth_time, level FROM sessions WHERE id = $1 AND realm = $2");
    sqlite3_stmt *advance = prepared(
        "UPDATE sessions SET issued = $3, confirmed_at = NULL, address = $5, user_agent = $6,"
        " last_activity_at = CASE WHEN last_activity_at < $4 THEN $4 ELSE last_activity_at END"
        " WHERE id = $1 AND issued = $2 AND ended_at IS NULL");
    int session_count;
    unsigned char *ids = sessions(&session_count);
    if (session_count < clients) return 65;

    long long done = 0;
    double start = seconds(), now = start;
    for (int next = 0; now < start + length; now = seconds()) {
        run(begin);
        for (int client = 0; client < clients; client++, next = (next + 1) % session_count) {
            run(savepoint);
            check(sqlite3_bind_blob(session, 1, ids + (size_t)next * id_bytes, id_bytes, SQLITE_STATIC));
            check(sqlite3_bind_text(session, 2, "default", -1, SQLITE_STATIC));
            check(sqlite3_step(session));
            sqlite3_int64 issued = sqlite3_column_int64(session, 4);
            run(session);
            // SQLite numbers parameters in the order in which they appear.
            check(sqlite3_bind_int64(advance, 1, issued + 1));
            check(sqlite3_bind_text(advance, 2, "127.0.0.1", -1, SQLITE_STATIC));
            check(sqlite3_bind_text(advance, 3, "", -1, SQLITE_STATIC));
            check(sqlite3_bind_int64(advance, 4, (sqlite3_int64)(now * 1000)));
            check(sqlite3_bind_blob(advance, 5, ids + (size_t)next * id_bytes, id_bytes, SQLITE_STATIC));
            check(sqlite3_bind_int64(advance, 6, issued));
            run(advance);
            if (sqlite3_changes(database) != 1) return 70;
            run(release);
        }
        run(commit);
        for (int client = 0; client < clients && key; client++) sign(key);
        done += clients;
        if (pages_in_log >= checkpoint_pages) {
            sqlite3_wal_checkpoint_v2(database, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
            pages_in_log = 0;
        }
    }
    printf("%.1f\n", (double)done / (now - start));
    free(ids);
    return 0;
}
