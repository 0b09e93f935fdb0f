#include <qrencode.h>

#include "host/api/qr.h"

#define WIDTH_MAX	177	/* ISO/IEC 18004: version 40 */

static int
put_row(json_t *rows, const unsigned char *dots, int width)
{
	char row[WIDTH_MAX];

	/* The lowest bit is the colour, the others are the library's. */
	for (int x = 0; x < width; x++)
		row[x] = (dots[x] & 1) != 0 ? '1' : '0';
	return (json_array_append_new(rows, json_stringn(row,
	    (size_t)width)));
}

enum err
qr_rows(const char *text, json_t **out)
{
	QRcode *qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	json_t *rows = json_array();
	int bad = qr == NULL || rows == NULL || qr->width > WIDTH_MAX;

	*out = NULL;
	for (int y = 0; !bad && y < qr->width; y++)
		bad = put_row(rows, qr->data + y * qr->width, qr->width) != 0;
	QRcode_free(qr);
	if (bad) {
		json_decref(rows);
		return (ERR_LIB);
	}
	*out = rows;
	return (ERR_OK);
}
