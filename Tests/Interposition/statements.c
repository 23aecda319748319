// Writes down how SQLite finds the rows of every statement that a program prepares. Loaded before
// libsqlite3 with LD_PRELOAD.
//
// The variable STATEMENTS names a file that each statement is appended to: its text, then each line
// of its EXPLAIN QUERY PLAN after a unit separator (31), then a record separator (30).

#define _GNU_SOURCE
#include <ctype.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// What is used of SQLite, declared here so that its headers need not be found.
typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
typedef int (*prepare_v2)(sqlite3 *, const char *, int, sqlite3_stmt **, const char **);
typedef int (*prepare_v3)(
    sqlite3 *, const char *, int, unsigned, sqlite3_stmt **, const char **);
extern int sqlite3_step(sqlite3_stmt *);
extern const unsigned char *sqlite3_column_text(sqlite3_stmt *, int);
extern int sqlite3_finalize(sqlite3_stmt *);
enum { OK = 0, ROW = 100 };

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

static int has_plan(const char *text) {
  static const char *const verbs[] = {"SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "REPLACE"};
  while (isspace((unsigned char)*text)) text++;
  for (int index = 0; index < 6; index++)
    if (strncasecmp(text, verbs[index], strlen(verbs[index])) == 0) return 1;
  return 0;
}

static void explain(sqlite3 *database, const char *text, size_t length) {
  const char *file = getenv("STATEMENTS");
  if (file == NULL || !has_plan(text)) return;
  static const char verb[] = "EXPLAIN QUERY PLAN ";
  char *question = malloc(sizeof verb + length);
  if (question == NULL) return;
  memcpy(question, verb, sizeof verb - 1);
  memcpy(question + sizeof verb - 1, text, length);
  question[sizeof verb - 1 + length] = 0;
  char *record = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&record, &size);
  sqlite3_stmt *plan = NULL;
  prepare_v2 prepare = (prepare_v2)next("sqlite3_prepare_v2");
  if (stream != NULL && prepare(database, question, -1, &plan, NULL) == OK) {
    fputs(question + sizeof verb - 1, stream);
    while (sqlite3_step(plan) == ROW) fprintf(stream, "\x1f%s", sqlite3_column_text(plan, 3));
    fputc('\x1e', stream);
  }
  sqlite3_finalize(plan);
  free(question);
  if (stream == NULL) return;
  fclose(stream);
  // One write, so that the records of several processes stay apart.
  int descriptor = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor >= 0) {
    if (write(descriptor, record, size) < 0) perror(file);
    close(descriptor);
  }
  free(record);
}

int sqlite3_prepare_v2(
    sqlite3 *database, const char *text, int length, sqlite3_stmt **statement, const char **tail) {
  prepare_v2 prepare = (prepare_v2)next("sqlite3_prepare_v2");
  const char *end = NULL;
  int result = prepare(database, text, length, statement, &end);
  if (result == OK && *statement != NULL && end != NULL) explain(database, text, end - text);
  if (tail != NULL) *tail = end;
  return result;
}

int sqlite3_prepare_v3(
    sqlite3 *database, const char *text, int length, unsigned flags, sqlite3_stmt **statement,
    const char **tail) {
  prepare_v3 prepare = (prepare_v3)next("sqlite3_prepare_v3");
  const char *end = NULL;
  int result = prepare(database, text, length, flags, statement, &end);
  if (result == OK && *statement != NULL && end != NULL) explain(database, text, end - text);
  if (tail != NULL) *tail = end;
  return result;
}
