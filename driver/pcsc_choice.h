#ifndef DRIVER_PCSC_CHOICE_H
#define DRIVER_PCSC_CHOICE_H

#include "driver/transport.h"

/*
 * Which PC/SC reader is meant: what follows "pcsc:" in a transport string,
 *
 *	[ext,]PATTERN[@usb=1-2.3 | @serial=ABC]
 *
 * The pattern is about the name, which changes its last digits when readers
 * come and go and is the same for two of one make.  The port and the serial
 * number are about the device.
 */
enum pcsc_by { PCSC_BY_NAME, PCSC_BY_USB, PCSC_BY_SERIAL };

struct pcsc_choice {
	int		 extended;	/* it began with "ext," */
	enum pcsc_by	 by;
	char		 pattern[TP_READER_NAME];
	char		 where[USB_SERIAL];	/* the port or the number */
};

/* ERR_CONF: the note says what is wrong with it. */
enum err	pcsc_choice_parse(const char *, struct pcsc_choice *,
		    struct note *);
/*
 * The pattern with * or ? fits the name as a whole, any other is a part of
 * it; in either case of letters.  Only * and ?: brackets are part of real
 * names ("[ACR1252 Reader PICC]").
 */
int		pcsc_choice_fits(const struct pcsc_choice *, const char *name);
/* A name in full means that reader, even where others contain it. */
int		pcsc_choice_names(const struct pcsc_choice *,
		    const char *name);
/* Of a reader that fits: is it the device?  Always, where by is NAME. */
int		pcsc_choice_is(const struct pcsc_choice *,
		    const struct usb_device *);

/* Does a transport string mean this reader?  0 for other transports. */
int		pcsc_choice_means(const char *transport,
		    const struct tp_reader *);
/* The shortest transport string that surely means this one among all; ""
 * if there is none.  out has PCSC_CHOICE_ROOM bytes. */
#define PCSC_CHOICE_ROOM 300
void		pcsc_choice_suggest(const struct tp_reader *all, size_t n,
		    size_t which, char out[PCSC_CHOICE_ROOM]);

#endif
