#include <winscard.h>
#include <reader.h>

#include "driver/pcsc_feature.h"

/* The 4 bytes of the first entry with this tag; none if there is none. */
static enum err
find(struct buf list, uint8_t tag, struct buf *value)
{
	uint8_t t, len;

	while (list.left > 0) {
		if (buf_u8(&list, &t) != ERR_OK ||
		    buf_u8(&list, &len) != ERR_OK ||
		    buf_take(&list, len, value) != ERR_OK)
			return (ERR_TLV);
		if (t == tag)
			return (value->left == 4 ? ERR_OK : ERR_TLV);
	}
	*value = (struct buf){ 0 };
	return (ERR_OK);
}

enum err
pcsc_feature_code(struct buf list, uint32_t *code)
{
	struct buf value;
	enum err r;

	*code = 0;
	if ((r = find(list, FEATURE_GET_TLV_PROPERTIES, &value)) != ERR_OK)
		return (r);
	/* Control codes are big-endian, unlike the properties. */
	return (value.left == 0 ? ERR_OK : buf_u32(&value, code));
}

enum err
pcsc_feature_apdu_max(struct buf properties, uint32_t *max)
{
	struct buf value;
	uint8_t le[4];
	enum err r;

	*max = 0;
	if ((r = find(properties, PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize,
	    &value)) != ERR_OK)
		return (r);
	if (value.left == 0 || (r = buf_read(&value, le, sizeof(le))) != ERR_OK)
		return (r);
	*max = (uint32_t)le[3] << 24 | (uint32_t)le[2] << 16 |
	    (uint32_t)le[1] << 8 | le[0];
	return (ERR_OK);
}
