#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "host/api/access.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* The fixed parts of openapi.yaml's paths, and of the pages'. */
static const char *const words[] = {
	"api", "v1", "health", "tokens", "client", "start", "unlock", "lock",
	"visits", "number-b", "photo", "evidence", "attestation", "pin",
	"consent", "confirmation", "patient", "closing", "cancellation",
	"events", "readers", "requests", "results", "records", "refused",
	"slips", "patients", "passcodes", "revocation", "clients",
	"enrolment", "devices", "name", "metrics",
	"unlinking", "findings", "comparison", "set-aside", "return",
	"imports", "waiting", "undoing", "review", "report", "report.html",
	"jobs", "categories", "persons", "retry", "consents", "documents",
	"view", "exports", "orca", "findings.csv", "figures",
	"audit", "checks", "fhir", "metadata", "Patient", "Coverage", "Consent", "Bundle",
	"kiosk", "desk", "visit", "web",
	"fallback",
};

static const char *const methods[] = {
	[HTTP_GET] = "GET", [HTTP_POST] = "POST", [HTTP_OTHER] = "other",
};

static int
is_word(const char *s, size_t len)
{
	for (size_t i = 0; i < LEN(words); i++) {
		if (strlen(words[i]) == len && memcmp(s, words[i], len) == 0)
			return (1);
	}
	return (0);
}

/* 8-4-4-4-12 lower-case hex digits, as a visit's id. */
static int
is_uuid(const char *s, size_t len)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (len != sizeof(form) - 1)
		return (0);
	for (size_t i = 0; i < len; i++) {
		if (form[i] == '-' ? s[i] != '-' :
		    strchr("0123456789abcdef", s[i]) == NULL)
			return (0);
	}
	return (1);
}

void
access_path(const char *path, char *out, size_t room)
{
	struct blob b = { 0 };
	enum err r = ERR_OK;
	size_t len;

	while (r == ERR_OK && *path == '/') {
		len = strcspn(++path, "/");
		r = blob_add_u8(&b, '/');
		if (r == ERR_OK && len > 0)
			r = is_word(path, len) || is_uuid(path, len) ?
			    blob_add(&b, path, len) : blob_add_u8(&b, '*');
		path += len;
	}
	snprintf(out, room, "%s", b.len == 0 ? "-" : blob_str(&b));
	blob_free(&b);
}

void
access_log(const struct http_request *r, int status, int ms)
{
	char path[HTTP_PATH_MAX];

	access_path(r->path, path, sizeof(path));
	log_line(LOG_INFO, "http", "%s %s %d %d ms", methods[r->method], path,
	    status, ms);
}
