// The files of sql/, as text in the executable.
#ifndef TACOHELP_EMBEDDED_SQL_H
#define TACOHELP_EMBEDDED_SQL_H

struct embedded_sql {
  const char *name;
  const char *text;
};

// In the order of application; each list ends with a null name.
extern const struct embedded_sql embedded_migrations[];
extern const struct embedded_sql embedded_ops[];

#endif
