#include <stddef.h>
#include <stdint.h>

#include "host/qualify/result.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* One name per reader; the first byte chooses. */
static const char *const names[] = {
	"OQSsiquc01res_202611200001.xml", "OQSsiimm01res_202611200001.xml",
	"OQSmuhvq01res_202611200001.xml", "OQSmuhvq02res_202611200001.xml",
	"OQSmuhvq02res_202611200001.zip", "TKKsiquc01res_202611200001.xml",
	"YZKsiquc01res_202611200001.pdf", "CIPsiquc01res_202611200001.xml",
	"OQSsiquc01req_202611200001.err",
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct result *r = NULL;

	if (len == 0)
		return (0);
	if (result_read(names[data[0] % (sizeof(names) / sizeof(names[0]))],
	    data + 1, len - 1, &r, NULL) == ERR_OK) {
		for (size_t i = 0; i < result_records(r); i++)
			result_field(r, i, FIELD_ReferenceNumber);
		json_decref(result_json(r));
	}
	result_free(&r);
	return (0);
}
