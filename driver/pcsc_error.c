#include <stddef.h>
#include <stdint.h>

#include <winscard.h>

#include "driver/pcsc_error.h"

#define ROW(code, err) { (uint32_t)(code), #code, err }

static const struct {
	uint32_t	 code;
	const char	*name;
	enum err	 err;
} rows[] = {
	ROW(SCARD_S_SUCCESS,		ERR_OK),
	/* the card */
	ROW(SCARD_E_NO_SMARTCARD,	ERR_NO_CARD),
	ROW(SCARD_W_REMOVED_CARD,	ERR_NO_CARD),
	/* pcscd's answer to a failed exchange, in the test parts a card
	 * pulled inside an APDU (test-parts.md A) */
	ROW(SCARD_E_NOT_TRANSACTED,	ERR_TORN),
	ROW(SCARD_E_COMM_DATA_LOST,	ERR_TORN),
	ROW(SCARD_W_RESET_CARD,		ERR_CARD_RESET),
	/* SCardConnect's answer where powering up failed */
	ROW(SCARD_W_UNPOWERED_CARD,	ERR_CARD_MUTE),
	ROW(SCARD_W_UNRESPONSIVE_CARD,	ERR_CARD_MUTE),
	ROW(SCARD_W_UNSUPPORTED_CARD,	ERR_CARD_MUTE),
	ROW(SCARD_E_CARD_UNSUPPORTED,	ERR_CARD_MUTE),
	ROW(SCARD_E_PROTO_MISMATCH,	ERR_CARD_MUTE),
	ROW(SCARD_E_INVALID_ATR,	ERR_CARD_MUTE),
	ROW(SCARD_E_NOT_READY,		ERR_CARD_MUTE),
	/* the reader */
	ROW(SCARD_E_NO_READERS_AVAILABLE, ERR_NO_READER),
	ROW(SCARD_E_UNKNOWN_READER,	ERR_NO_READER),
	ROW(SCARD_E_READER_UNAVAILABLE,	ERR_NO_READER),
	ROW(SCARD_E_SHARING_VIOLATION,	ERR_READER_BUSY),
	ROW(SCARD_E_SERVER_TOO_BUSY,	ERR_READER_BUSY),
	ROW(SCARD_F_WAITED_TOO_LONG,	ERR_READER_HUNG),
	/* the service: after a restart the old context says NO_SERVICE, a
	 * handle of it INVALID_HANDLE (test-parts.md A) */
	ROW(SCARD_E_NO_SERVICE,		ERR_NO_SERVICE),
	ROW(SCARD_E_SERVICE_STOPPED,	ERR_NO_SERVICE),
	ROW(SCARD_E_INVALID_HANDLE,	ERR_NO_SERVICE),
	ROW(SCARD_E_SYSTEM_CANCELLED,	ERR_NO_SERVICE),
	ROW(SCARD_P_SHUTDOWN,		ERR_NO_SERVICE),
	ROW(SCARD_F_COMM_ERROR,		ERR_NO_SERVICE),
	/* polkit (card-and-readers.md 6.2) */
	ROW(SCARD_W_SECURITY_VIOLATION,	ERR_READER_DENIED),
	ROW(SCARD_E_NO_ACCESS,		ERR_READER_DENIED),
	/* ours */
	ROW(SCARD_E_CANCELLED,		ERR_CANCELLED),
	ROW(SCARD_E_TIMEOUT,		ERR_TIMEOUT),
	ROW(SCARD_E_INSUFFICIENT_BUFFER, ERR_TOOBIG),
	ROW(SCARD_E_NO_MEMORY,		ERR_NOMEM),
	ROW(SCARD_E_INVALID_PARAMETER,	ERR_LIB),
	ROW(SCARD_E_INVALID_VALUE,	ERR_LIB),
};

static size_t
find(long code)
{
	size_t i = 0;

	while (i < sizeof(rows) / sizeof(rows[0]) &&
	    rows[i].code != (uint32_t)code)
		i++;
	return (i);
}

enum err
pcsc_error(long code)
{
	size_t i = find(code);

	return (i < sizeof(rows) / sizeof(rows[0]) ? rows[i].err :
	    ERR_READER_FAULT);
}

const char *
pcsc_error_name(long code)
{
	size_t i = find(code);

	return (i < sizeof(rows) / sizeof(rows[0]) ? rows[i].name :
	    "unknown code");
}
