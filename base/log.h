#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * One line per event on standard error:
 *
 *	2026-11-20T09:00:00.123+09:00 info pcsc: reader gone
 *
 * Card data, PINs and anything personal are never handed to these functions,
 * at any level: that is the callers' contract, and a test greps for it.
 * Control characters in a line are replaced by '?'.  Safe from any thread.
 */
enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Lines above the level are dropped; the default is LOG_WARN. */
void	log_set_level(enum log_level);
const char	*log_level_name(void);	/* of the level in force; static */
/* "error", "warn", "info" or "debug"; 0 on success, -1 if none of them. */
int	log_level_named(const char *, enum log_level *);

/* who is the file's noun: "pcsc", "folder". */
void	log_line(enum log_level, const char *who, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

#endif
