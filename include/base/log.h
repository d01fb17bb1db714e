/* One line to stderr or a file, for people and journald; never a secret, always cleaned. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Where lines go: a descriptor, -1 for nowhere (the dashboard owns the terminal). */
void log_open(int fd, enum log_level most);
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
