#ifndef BASE_WIPE_H
#define BASE_WIPE_H

/*
 * Names, addresses and whole results pass through libraries that do not wipe
 * what they free (libxml2, jansson, SQLite, ICU).  In every program that
 * calls wipe_start, free and realloc of the whole process are the ones of
 * wipe.c: a block is wiped before it goes back to the heap.  Under
 * AddressSanitizer its own heap stays.
 */
void	wipe_start(void);	/* links them in; there is nothing to undo */
int	wipe_active(void);	/* 1 where freed blocks are wiped */

#endif
