#include <stddef.h>

#include <nfc/nfc.h>

#include "driver/nfc_error.h"

#define ROW(code, err, poisons) { code, #code, err, poisons }

/*
 * After a host time-out, or a frame that is not the reply, the late answer is
 * taken for that of the next command (card-and-readers.md 6.4): such a device
 * is opened anew before anything else is sent.
 */
static const struct {
	int		 code;
	const char	*name;
	enum err	 err;
	int		 poisons;
} rows[] = {
	/* the card */
	ROW(NFC_ERFTRANS,	ERR_TORN,		0),
	ROW(NFC_ETGRELEASED,	ERR_NO_CARD,		0),
	ROW(NFC_ETIMEOUT,	ERR_CARD_MUTE,		1),
	/* the reader */
	ROW(NFC_EIO,		ERR_READER_FAULT,	1),
	ROW(NFC_ECHIP,		ERR_READER_FAULT,	1),
	ROW(NFC_EINVARG,	ERR_READER_FAULT,	1),
	ROW(NFC_EMFCAUTHFAIL,	ERR_READER_FAULT,	1),
	ROW(NFC_EOVFLOW,	ERR_READER_FAULT,	1),
	ROW(NFC_ENOTSUCHDEV,	ERR_NO_READER,		1),
	ROW(NFC_EDEVNOTSUPP,	ERR_CONF,		0),
	/* ours */
	ROW(NFC_EOPABORTED,	ERR_CANCELLED,		0),
	ROW(NFC_ENOTIMPL,	ERR_LIB,		1),
	ROW(NFC_ESOFT,		ERR_LIB,		1),
};

static size_t
find(int code)
{
	size_t i = 0;

	while (i < sizeof(rows) / sizeof(rows[0]) && rows[i].code != code)
		i++;
	return (i);
}

enum err
nfc_error(int code)
{
	size_t i = find(code);

	if (code >= 0)
		return (ERR_OK);
	return (i < sizeof(rows) / sizeof(rows[0]) ? rows[i].err :
	    ERR_READER_FAULT);
}

const char *
nfc_error_name(int code)
{
	size_t i = find(code);

	return (i < sizeof(rows) / sizeof(rows[0]) ? rows[i].name :
	    code >= 0 ? "NFC_SUCCESS" : "unknown code");
}

int
nfc_error_poisons(int code)
{
	size_t i = find(code);

	return (code < 0 && (i == sizeof(rows) / sizeof(rows[0]) ||
	    rows[i].poisons));
}
