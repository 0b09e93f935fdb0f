#ifndef HOST_DOCUMENT_VIEW_H
#define HOST_DOCUMENT_VIEW_H

#include <jansson.h>

#include "base/buf.h"
#include "host/document/document.h"

/*
 * An XML document for display, in the order of the file (oqs-files.md 2.5):
 *
 *	{kind, person{name, kana, birthdate, sex}, months[], checkups[]}
 *
 * months: {source receipt|dispensing|prescription, month, dates[{dispensed_on,
 *	prescribed_on, drugs[{code, name, amount, unit, usage, instruction,
 *	times, ingredient, class}], treatments[{code, name, amount, times,
 *	unit, class}]}]}
 * checkups: {on, items[{code, name, type, value, text, unit, oid, mark}]};
 *	mark is "▲", "▽" or "" by the thresholds of features.md ORC-06
 *
 * Every object has "other" where the file holds more: official names, text or
 * nested, a list where a name comes twice.  Nothing of the file is left out.
 */
#define VIEW_BIRTHDATE 9

/* New reference; ERR_LAYOUT for what is no such document, or as of xml.h.
 * Personal data, all of it. */
enum err	view_read(enum document_kind, struct buf xml, json_t **out,
		    struct note *);

/* Whose it says it is: YYYYMMDD, "" where it does not say. */
enum err	view_birthdate(struct buf xml, char out[VIEW_BIRTHDATE]);

/* The mark of a value by its item's name, in any width; "" where the item has
 * no threshold or the value is no number. */
const char	*view_mark(const char *item, const char *value);

#endif
