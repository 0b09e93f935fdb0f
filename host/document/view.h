#ifndef HOST_DOCUMENT_VIEW_H
#define HOST_DOCUMENT_VIEW_H

#include <jansson.h>

#include "base/buf.h"
#include "host/document/document.h"

/*
 * An XML document for display:
 *
 *	{kind, person{name, kana, birthdate, sex}, months[], checkups[],
 *	 remainder[{path, value}]}
 *
 * months: {source receipt|dispensing|prescription, month, organization,
 *	dates[{dispensed_on, prescribed_on, drugs[{code, name, amount, unit,
 *	usage, instruction, times, ingredient}], treatments[{code, name,
 *	amount, times, unit}]}]}
 * checkups: {on, items[{code, name, type, value, text, unit, mark}]};
 *	mark is "▲", "▽" or "" by the thresholds of features.md ORC-06
 *
 * An element that is not listed here is in the remainder with its path.
 * New reference; ERR_LAYOUT for what is no such document, or as of xml.h.
 * Personal data, all of it.
 */
enum err	view_read(enum document_kind, struct buf xml, json_t **out,
		    struct note *);

/* The mark of a value: by its item's name as the check-ups have it, in any
 * width; "" where the item has no threshold or the value is no number. */
const char	*view_mark(const char *item, const char *value);

#endif
