#pragma once
#include <postgresql/libpq-fe.h>

// Macros of characters, which Swift does not import.
static const int ald_diag_sqlstate = PG_DIAG_SQLSTATE;
static const int ald_diag_message = PG_DIAG_MESSAGE_PRIMARY;
static const int ald_diag_constraint = PG_DIAG_CONSTRAINT_NAME;
