#include <stdint.h>
#include <string.h>

#include <winscard.h>
#include <reader.h>

#include "driver/pcsc_place.h"

/* 0xDDDDCCCC, of which DDDD 0020 is USB (PC/SC part 3); CCCC is bus and
 * device number in libccid (CCID src/ifdhandler.c). */
#define CHANNEL_KIND(id)	((id) >> 16)
#define CHANNEL_USB		0x0020
#define CHANNEL_BUS(id)		((id) >> 8 & 0xff)
#define CHANNEL_DEVICE(id)	((id) & 0xff)

/* 0 where the driver says nothing. */
static uint32_t
channel(SCARDHANDLE card)
{
	uint8_t answer[MAX_BUFFER_SIZE];
	DWORD n = sizeof(answer);
	uint32_t id;

	if (SCardGetAttrib(card, SCARD_ATTR_CHANNEL_ID, answer, &n) !=
	    SCARD_S_SUCCESS || n < sizeof(id) || n > sizeof(answer))
		return (0);
	memcpy(&id, answer, sizeof(id));
	return (id);
}

/* What the driver read itself counts more than sysfs; only plain text. */
static void
take_serial(SCARDHANDLE card, char out[USB_SERIAL])
{
	uint8_t answer[MAX_BUFFER_SIZE];
	DWORD n = sizeof(answer);
	size_t len = 0;

	if (SCardGetAttrib(card, SCARD_ATTR_VENDOR_IFD_SERIAL_NO, answer,
	    &n) != SCARD_S_SUCCESS || n > sizeof(answer))
		return;
	while (len < n && len < USB_SERIAL - 1 && answer[len] > ' ' &&
	    answer[len] < 0x7f)
		len++;
	if (len == 0 || (len < n && answer[len] != '\0'))
		return;
	memcpy(out, answer, len);
	out[len] = '\0';
}

void
pcsc_place(SCARDHANDLE card, struct usb_device *out)
{
	uint32_t id = channel(card);

	*out = (struct usb_device){ .port = "" };
	if (CHANNEL_KIND(id) == CHANNEL_USB)
		usb_find(CHANNEL_BUS(id), CHANNEL_DEVICE(id), out);
	take_serial(card, out->serial);
}

LONG
pcsc_place_of(SCARDCONTEXT context, const char *name, struct usb_device *out)
{
	SCARDHANDLE card;
	DWORD protocol;
	LONG rc;

	*out = (struct usb_device){ .port = "" };
	rc = SCardConnect(context, name, SCARD_SHARE_DIRECT, 0, &card,
	    &protocol);
	if (rc != SCARD_S_SUCCESS)
		return (rc);
	pcsc_place(card, out);
	(void)SCardDisconnect(card, SCARD_LEAVE_CARD);
	return (rc);
}
