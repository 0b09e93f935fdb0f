#ifndef DRIVER_QUIRK_H
#define DRIVER_QUIRK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * What a kind of reader does unlike others, by USB vendor and product, from
 * text files: those of driver/quirks.d, which are in the program, and those
 * of a folder, which come later and replace a reader's row as a whole.
 *
 *	# ACS ACR122U
 *	reader 072f:2200
 *	name ACS ACR122U
 *	apdu short
 *
 * One key and its value per line; "reader" begins a row.  A key that is not
 * known, a value out of bounds, a reader twice in one file: ERR_CONF, with
 * "file:line: what" in the note.
 */
#define QUIRK_TEXT	192	/* bytes of a value with its 0 */
#define QUIRKS_MAX	256

enum quirk_driver { QUIRK_CCID, QUIRK_LIBNFC, QUIRK_NO_DRIVER };
enum quirk_apdu { QUIRK_AS_DECLARED, QUIRK_SHORT };
enum quirk_light { QUIRK_DARK, QUIRK_ACR122 };

struct quirk {
	uint16_t		vid, pid;
	int			driver;		/* enum quirk_driver */
	int			apdu;		/* enum quirk_apdu */
	int			light;		/* enum quirk_light */
	int			max;	/* bytes of a CCID message; 0: any */
	int			slow;	/* ms until a card is noticed; 0 */
	int			firmware;	/* BCD: older ones fail; 0 */
	char			name[QUIRK_TEXT];
	char			skip[QUIRK_TEXT];	/* glob of slots */
	char			source[QUIRK_TEXT];
};

struct quirks {
	struct quirk	rows[QUIRKS_MAX];
	size_t		n;
};

/* Adds the rows of one text; file is for the note.  Nothing on error. */
enum err	quirk_parse(struct quirks *, const char *file,
		    const char *text, struct note *);
/* Adds *.conf of a folder in the order of their names; ERR_CONF when it
 * cannot be read. */
enum err	quirk_folder(struct quirks *, const char *dir, struct note *);

/*
 * Those in force in this process: shipped, and after quirk_use with a folder
 * ("" for none) its own as well.  quirk_use is called before other threads
 * run, if at all; what it refuses changes nothing.
 */
enum err		 quirk_use(const char *dir, struct note *);
const struct quirk	*quirk_find(uint16_t vid, uint16_t pid);
/* 1 if no patient's card is ever on the slot of that name: a SAM's. */
int			 quirk_skips(const char *slot);

/* The shipped files as lines, made at build time; NULL ends them. */
extern const char *const quirk_shipped[];

#endif
