// The files of sql/, as text in the executable.
#ifndef TACOHELP_EMBEDDED_SQL_H
#define TACOHELP_EMBEDDED_SQL_H

struct embedded_sql {
  const char *_Nullable name;
  const char *_Nullable text;
};

// In the order of application; each list ends with a null name.
const struct embedded_sql *_Nonnull embedded_migrations_list(void);
const struct embedded_sql *_Nonnull embedded_functions_list(void);
const struct embedded_sql *_Nonnull embedded_ops_list(void);

// sql/roles.sql, sql/grants.sql and sql/squash.sql.
const char *_Nonnull embedded_roles(void);
const char *_Nonnull embedded_grants(void);
const char *_Nonnull embedded_squash(void);

#endif
