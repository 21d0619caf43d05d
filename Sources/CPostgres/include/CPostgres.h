// libpq, loaded while the program runs: a server on SQLite neither needs it nor pays for the dozen libraries it brings
// along. The types and constants are those of libpq's own header.
#pragma once
#include <postgresql/libpq-fe.h>

// Loads libpq, once. Returns NULL, or in words why it cannot be used; nothing below may be called then, nor before.
const char *pq_load(void);

// Every function of libpq that is used here, as: what it returns, its name without PQ, its parameters, their names.
#define PQ_FUNCTIONS(X) \
    X(int, backendPID, (const PGconn *connection), (connection)) \
    X(void, clear, (PGresult *result), (result)) \
    X(char *, cmdStatus, (PGresult *result), (result)) \
    X(char *, cmdTuples, (PGresult *result), (result)) \
    X(PGconn *, connectdbParams, (const char *const *names, const char *const *values, int expand_dbname), \
      (names, values, expand_dbname)) \
    X(void, conninfoFree, (PQconninfoOption *options), (options)) \
    X(PQconninfoOption *, conninfoParse, (const char *text, char **problem), (text, problem)) \
    X(int, consumeInput, (PGconn *connection), (connection)) \
    X(int, enterPipelineMode, (PGconn *connection), (connection)) \
    X(char *, errorMessage, (const PGconn *connection), (connection)) \
    X(void, finish, (PGconn *connection), (connection)) \
    X(void, freemem, (void *memory), (memory)) \
    X(Oid, ftype, (const PGresult *result, int column), (result, column)) \
    X(PGresult *, getResult, (PGconn *connection), (connection)) \
    X(int, getisnull, (const PGresult *result, int row, int column), (result, row, column)) \
    X(int, getlength, (const PGresult *result, int row, int column), (result, row, column)) \
    X(char *, getvalue, (const PGresult *result, int row, int column), (result, row, column)) \
    X(int, isBusy, (PGconn *connection), (connection)) \
    X(int, libVersion, (void), ()) \
    X(PGnotify *, notifies, (PGconn *connection), (connection)) \
    X(int, ntuples, (const PGresult *result), (result)) \
    X(const char *, parameterStatus, (const PGconn *connection, const char *name), (connection, name)) \
    X(int, pipelineSync, (PGconn *connection), (connection)) \
    X(char *, resultErrorField, (const PGresult *result, int field), (result, field)) \
    X(ExecStatusType, resultStatus, (const PGresult *result), (result)) \
    X(int, sendQueryParams, \
      (PGconn *connection, const char *command, int count, const Oid *types, const char *const *values, \
       const int *lengths, const int *formats, int result_format), \
      (connection, command, count, types, values, lengths, formats, result_format)) \
    X(PQnoticeProcessor, setNoticeProcessor, (PGconn *connection, PQnoticeProcessor process, void *context), \
      (connection, process, context)) \
    X(int, socket, (const PGconn *connection), (connection)) \
    X(ConnStatusType, status, (const PGconn *connection), (connection))

// Their addresses. The types are libpq's, so that the compiler checks the list above.
struct pq_functions {
#define PQ_FIELD(type, name, parameters, arguments) __typeof__(&PQ##name) name;
    PQ_FUNCTIONS(PQ_FIELD)
#undef PQ_FIELD
};
const struct pq_functions *pq_loaded(void);

// pq_status(…) calls PQstatus(…), and so on.
#define PQ_CALL(type, name, parameters, arguments) \
    static inline type pq_##name parameters { return pq_loaded()->name arguments; }
PQ_FUNCTIONS(PQ_CALL)
#undef PQ_CALL

// Macros of characters, which Swift does not import.
static const int pq_diag_sqlstate = PG_DIAG_SQLSTATE;
static const int pq_diag_message = PG_DIAG_MESSAGE_PRIMARY;
static const int pq_diag_constraint = PG_DIAG_CONSTRAINT_NAME;
