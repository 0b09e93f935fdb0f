#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ifdhandler.h>

/*
 * A reader of pcscd that can be unplugged: passes everything on to a copy of
 * vpcd's driver beside it, and while a certain file exists behaves as one
 * whose device is gone.  pcscd looks again at SIGUSR1 (pcscd --hotplug), takes
 * such a reader out of its list and puts it in again when it opens.
 *
 * This library is DIR/plug_X.so; the driver DIR/vpcd_X.so; unplugged while
 * there is DIR/unplugged_X; on USB at "BUS DEVICE" of DIR/usb_X, where that
 * exists.  The driver's channel stays open meanwhile, so that a card lies on
 * the reader when it comes back, and so does the library (-z nodelete).  It
 * has one slot, vpcd's first: pcscd 1.9.9 counts its readers wrong on SIGUSR1
 * when one has two.
 */
#define LUN		0	/* the driver's first and only */
#define CHANNEL_ID	0x20110	/* SCARD_ATTR_CHANNEL_ID */
#define CHANNEL_USB	0x0020	/* its high half: PC/SC part 3, USB */
#define PATH_ROOM	512

static void *driver;
static int open_channel;		/* the driver's, which stays */

/* DIR/<kind>_X<end>; 0 if it does not fit. */
static int
beside(char out[PATH_ROOM], const char *kind, const char *end)
{
	const char *slash, *name;
	Dl_info self;

	if (dladdr(&open_channel, &self) == 0 ||
	    (slash = strrchr(self.dli_fname, '/')) == NULL ||
	    (name = strchr(slash, '_')) == NULL)
		return (0);
	return (snprintf(out, PATH_ROOM, "%.*s/%s_%.*s%s",
	    (int)(slash - self.dli_fname), self.dli_fname, kind,
	    (int)strcspn(name + 1, "."), name + 1, end) < PATH_ROOM);
}

static int
is_unplugged(void)
{
	char path[PATH_ROOM];

	return (beside(path, "unplugged", "") && access(path, F_OK) == 0);
}

/* A function of the driver; ISO C has no cast from void * to one. */
static int
find(const char *name, void *function)
{
	char path[PATH_ROOM];
	void *at;

	if (driver == NULL && beside(path, "vpcd", ".so"))
		driver = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	at = driver == NULL ? NULL : dlsym(driver, name);
	memcpy(function, &at, sizeof(at));
	return (at != NULL);
}

RESPONSECODE
IFDHCreateChannelByName(DWORD Lun, LPSTR DeviceName)
{
	RESPONSECODE (*f)(DWORD, LPSTR) = NULL;
	RESPONSECODE rc;

	(void)Lun;
	if (is_unplugged())
		return (IFD_NO_SUCH_DEVICE);
	if (open_channel)
		return (IFD_SUCCESS);
	if (!find("IFDHCreateChannelByName", &f))
		return (IFD_COMMUNICATION_ERROR);
	rc = f(LUN, DeviceName);
	open_channel = rc == IFD_SUCCESS;
	return (rc);
}

RESPONSECODE
IFDHCreateChannel(DWORD Lun, DWORD Channel)
{
	RESPONSECODE (*f)(DWORD, DWORD) = NULL;
	RESPONSECODE rc;

	(void)Lun;
	if (is_unplugged())
		return (IFD_NO_SUCH_DEVICE);
	if (open_channel)
		return (IFD_SUCCESS);
	if (!find("IFDHCreateChannel", &f))
		return (IFD_COMMUNICATION_ERROR);
	rc = f(LUN, Channel);
	open_channel = rc == IFD_SUCCESS;
	return (rc);
}

RESPONSECODE
IFDHCloseChannel(DWORD Lun)
{
	UCHAR atr[MAX_ATR_SIZE];
	DWORD n = sizeof(atr);
	RESPONSECODE (*f)(DWORD, DWORD, PUCHAR, PDWORD) = NULL;

	(void)Lun;
	/* A device that lost its power has no card with power. */
	if (find("IFDHPowerICC", &f))
		(void)f(LUN, IFD_POWER_DOWN, atr, &n);
	return (IFD_SUCCESS);
}

/* As libccid has it: bus << 8 | device; 0: not on USB. */
static uint32_t
usb_channel(void)
{
	char path[PATH_ROOM];
	unsigned bus = 0, device = 0;
	int n;
	FILE *f;

	if (!beside(path, "usb", "") || (f = fopen(path, "re")) == NULL)
		return (0);
	n = fscanf(f, "%3u %3u", &bus, &device);
	fclose(f);
	return (n == 2 ? (uint32_t)CHANNEL_USB << 16 | bus << 8 | device : 0);
}

static RESPONSECODE
give_channel(PDWORD Length, PUCHAR Value)
{
	uint32_t id = usb_channel();

	if (id == 0 || *Length < sizeof(id))
		return (IFD_ERROR_TAG);
	memcpy(Value, &id, sizeof(id));
	*Length = sizeof(id);
	return (IFD_SUCCESS);
}

RESPONSECODE
IFDHGetCapabilities(DWORD Lun, DWORD Tag, PDWORD Length, PUCHAR Value)
{
	RESPONSECODE (*f)(DWORD, DWORD, PDWORD, PUCHAR) = NULL;

	(void)Lun;
	if (Tag == CHANNEL_ID)
		return (give_channel(Length, Value));
	if (Tag == TAG_IFD_SLOTS_NUMBER && *Length >= 1) {
		*Value = 1;
		*Length = 1;
		return (IFD_SUCCESS);
	}
	if (!find("IFDHGetCapabilities", &f))
		return (IFD_COMMUNICATION_ERROR);
	return (f(LUN, Tag, Length, Value));
}

RESPONSECODE
IFDHSetCapabilities(DWORD Lun, DWORD Tag, DWORD Length, PUCHAR Value)
{
	RESPONSECODE (*f)(DWORD, DWORD, DWORD, PUCHAR) = NULL;

	(void)Lun;
	if (is_unplugged() || !find("IFDHSetCapabilities", &f))
		return (IFD_COMMUNICATION_ERROR);
	return (f(LUN, Tag, Length, Value));
}

RESPONSECODE
IFDHSetProtocolParameters(DWORD Lun, DWORD Protocol, UCHAR Flags, UCHAR PTS1,
    UCHAR PTS2, UCHAR PTS3)
{
	RESPONSECODE (*f)(DWORD, DWORD, UCHAR, UCHAR, UCHAR, UCHAR) = NULL;

	(void)Lun;
	if (is_unplugged() || !find("IFDHSetProtocolParameters", &f))
		return (IFD_COMMUNICATION_ERROR);
	return (f(LUN, Protocol, Flags, PTS1, PTS2, PTS3));
}

RESPONSECODE
IFDHPowerICC(DWORD Lun, DWORD Action, PUCHAR Atr, PDWORD AtrLength)
{
	RESPONSECODE (*f)(DWORD, DWORD, PUCHAR, PDWORD) = NULL;

	(void)Lun;
	if (is_unplugged() || !find("IFDHPowerICC", &f))
		return (IFD_COMMUNICATION_ERROR);
	return (f(LUN, Action, Atr, AtrLength));
}

RESPONSECODE
IFDHTransmitToICC(DWORD Lun, SCARD_IO_HEADER SendPci, PUCHAR TxBuffer,
    DWORD TxLength, PUCHAR RxBuffer, PDWORD RxLength, PSCARD_IO_HEADER RecvPci)
{
	RESPONSECODE (*f)(DWORD, SCARD_IO_HEADER, PUCHAR, DWORD, PUCHAR,
	    PDWORD, PSCARD_IO_HEADER) = NULL;

	(void)Lun;
	if (is_unplugged() || !find("IFDHTransmitToICC", &f)) {
		*RxLength = 0;
		return (IFD_COMMUNICATION_ERROR);
	}
	return (f(LUN, SendPci, TxBuffer, TxLength, RxBuffer, RxLength,
	    RecvPci));
}

RESPONSECODE
IFDHControl(DWORD Lun, DWORD Code, PUCHAR TxBuffer, DWORD TxLength,
    PUCHAR RxBuffer, DWORD RxLength, LPDWORD Returned)
{
	RESPONSECODE (*f)(DWORD, DWORD, PUCHAR, DWORD, PUCHAR, DWORD,
	    LPDWORD) = NULL;

	(void)Lun;
	if (is_unplugged() || !find("IFDHControl", &f))
		return (IFD_COMMUNICATION_ERROR);
	return (f(LUN, Code, TxBuffer, TxLength, RxBuffer, RxLength,
	    Returned));
}

RESPONSECODE
IFDHICCPresence(DWORD Lun)
{
	RESPONSECODE (*f)(DWORD) = NULL;

	(void)Lun;
	if (is_unplugged() || !find("IFDHICCPresence", &f))
		return (IFD_NO_SUCH_DEVICE);
	return (f(LUN));
}
