#include <stdint.h>

#include <winscard.h>

#include "base/log.h"
#include "driver/pcsc_error.h"
#include "driver/pcsc_light.h"

#define COMMAND_LEN	9

/*
 * ACR122U application programming interface 2.0x, "Bi-color LED and buzzer
 * control".  P2: bits 0 and 1 the red and green light afterwards, 2 and 3
 * that these are meant; 4 and 5 the lights blinking begins with, 6 and 7 that
 * they blink.  Then the times on and off in 100 ms, how often, and 01 for the
 * buzzer while on.  The reader answers when it is done.
 */
static const uint8_t commands[][COMMAND_LEN] = {
	/* green */
	[TP_SIGNAL_READ] = { 0xff, 0x00, 0x40, 0x0e, 4, 0, 0, 0, 0 },
	/* green blinks once, one tone */
	[TP_SIGNAL_REMOVE] = { 0xff, 0x00, 0x40, 0xae, 4, 1, 1, 1, 1 },
	/* red blinks three times, three tones */
	[TP_SIGNAL_FAILED] = { 0xff, 0x00, 0x40, 0x5d, 4, 1, 1, 3, 1 },
};

void
pcsc_light(SCARDHANDLE card, const SCARD_IO_REQUEST *pci,
    enum tp_signal signal)
{
	uint8_t answer[TP_RX_SHORT];
	DWORD n = sizeof(answer);
	LONG rc;

	rc = SCardTransmit(card, pci, commands[signal], COMMAND_LEN, NULL,
	    answer, &n);
	if (rc != SCARD_S_SUCCESS)
		log_line(LOG_INFO, "pcsc", "light: %s", pcsc_error_name(rc));
	else if (n != 2 || answer[0] != 0x90)
		log_line(LOG_INFO, "pcsc", "light: refused by the reader");
}
