// The console's templates and files, in the executable.
#ifndef TACOHELP_CONSOLE_ASSETS_H
#define TACOHELP_CONSOLE_ASSETS_H

struct console_text {
  const char *_Nullable name;
  const char *_Nullable text;
};

// Each list ends with a null name.
const struct console_text *_Nonnull console_templates_list(void);
const struct console_text *_Nonnull console_files_list(void);

#endif
