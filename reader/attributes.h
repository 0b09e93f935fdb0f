#ifndef READER_ATTRIBUTES_H
#define READER_ATTRIBUTES_H

#include "base/buf.h"
#include "reader/card.h"

/*
 * 券面事項入力補助: the four attributes of EF 0002.  Personal data: wipe it.
 * The EF with the 12-digit number is refused by reader/guard.
 */
struct attributes {
	char	name[304];		/* UTF-8, family U+3000 given */
	char	address[804];		/* UTF-8 */
	char	birthdate[9];		/* YYYYMMDD as on the card */
	char	sex;			/* '1' male, '2' female, '9' or '0' other */
};

/* Selects the text application: what JPKI had verified stays verified. */
enum err	attributes_select(struct card *);
/* After pin_verify(PIN_TEXT): reads EF 0002.  ERR_TLV names no content. */
enum err	attributes_read(struct card *, struct attributes *);
/* The same in a plan; what add_read adds is its last. */
struct plan;
void		attributes_add_select(struct plan *);
enum err	attributes_take_select(struct plan *);
void		attributes_add_read(struct plan *);
enum err	attributes_take_read(struct plan *, struct attributes *);
/* The bytes of EF 0002, nothing else; what the fuzzer calls. */
enum err	attributes_parse(struct buf file, struct attributes *);
void		attributes_wipe(struct attributes *);

#endif
