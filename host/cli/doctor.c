#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "host/cli/doctor.h"

/*
 * One row per layer.  needs: the layers it stands on, one bit each; where one
 * of them is broken or was skipped, it is skipped as well.
 */
enum layer { L_SERVICE, L_PERMISSION, L_READER, L_DRIVER, L_MODULE, L_MATCH,
    L_CARD, L_TRUST, L_FOLDERS, L_STORE, L_DEVICES, L_DOCUMENTS,
    L_CLOCK, L_TERMINAL, LAYERS };

#define BIT(layer)	(1u << (layer))

static const struct {
	const char	*name, *ja;
	doctor_check	*run;
	unsigned	 needs;
} checks[LAYERS] = {
	[L_SERVICE] = { "service", "カードサービス", check_service, 0 },
	[L_PERMISSION] = { "permission", "利用の許可", check_permission,
	    BIT(L_SERVICE) },
	[L_READER] = { "reader", "リーダーの接続", check_reader,
	    BIT(L_PERMISSION) },
	[L_DRIVER] = { "driver", "リーダーのドライバー", check_driver,
	    BIT(L_READER) },
	[L_MODULE] = { "module", "カーネルモジュール", check_module,
	    BIT(L_DRIVER) },
	[L_MATCH] = { "match", "設定のリーダー", check_match, BIT(L_MODULE) },
	[L_CARD] = { "card", "カード", check_card, BIT(L_MATCH) },
	[L_TRUST] = { "trust", "ルート証明書", check_trust, 0 },
	[L_FOLDERS] = { "folders", "フォルダ", check_folders, 0 },
	[L_STORE] = { "store", "データベース", check_store, 0 },
	[L_DEVICES] = { "devices", "訪問用の機器", check_devices, 0 },
	[L_DOCUMENTS] = { "documents", "文書の鍵", check_documents, 0 },
	[L_CLOCK] = { "clock", "時計", check_clock, 0 },
	[L_TERMINAL] = { "terminal", "資格確認端末", check_terminal,
	    BIT(L_FOLDERS) | BIT(L_STORE) },
};

static const char *const verdicts[][2] = {
	[V_OK] = { "ok", "正常" },
	[V_WARNING] = { "warning", "注意" },
	[V_BROKEN] = { "broken", "異常" },
	[V_UNKNOWN] = { "unknown", "不明" },
	[V_SKIPPED] = { "skipped", "省略" },
};

void
finding_set(struct finding *f, enum err r)
{
	f->err = r;
	f->verdict = r == ERR_OK ? V_OK : V_BROKEN;
}

size_t
doctor_count(void)
{
	return (LAYERS);
}

const char *
doctor_name(size_t i, enum err_lang lang)
{
	return (lang == ERR_JA ? checks[i].ja : checks[i].name);
}

/* The layer below that keeps this one from being looked at, or LAYERS. */
static size_t
in_the_way(size_t at, const struct finding *found)
{
	for (size_t i = 0; i < at; i++) {
		if ((checks[at].needs & BIT(i)) == 0)
			continue;
		if (found[i].verdict == V_BROKEN)
			return (i);
		if (found[i].verdict == V_SKIPPED && found[i].err != ERR_OK)
			return (in_the_way(i, found));
	}
	return (LAYERS);
}

void
doctor_run(struct doctor *d, struct finding *found,
    void (*each)(const struct doctor *, size_t, const struct finding *))
{
	size_t below;

	for (size_t i = 0; i < LAYERS; i++) {
		found[i] = (struct finding){ .err = ERR_OK };
		if ((below = in_the_way(i, found)) < LAYERS) {
			found[i].verdict = V_SKIPPED;
			found[i].err = found[below].err;
			note_set(&found[i].note, cli_say(d->cli,
			    "先に「%s」を直してください",
			    "because of \"%s\""),
			    doctor_name(below, d->cli->lang));
		} else {
			checks[i].run(d, &found[i]);
		}
		if (each != NULL)
			each(d, i, &found[i]);
	}
}

size_t
doctor_first(const struct finding *found)
{
	size_t i = 0;

	while (i < LAYERS && found[i].verdict != V_BROKEN)
		i++;
	return (i);
}

/* A layer that was not looked at has no advice of its own. */
static const char *
next_of(const struct finding *f, enum err_lang lang)
{
	return (f->err == ERR_OK || f->verdict == V_SKIPPED ? "" :
	    err_next(f->err, lang));
}

json_t *
doctor_json(const struct finding *found)
{
	size_t first = doctor_first(found);
	json_t *list = json_array();

	for (size_t i = 0; i < LAYERS; i++)
		json_array_append_new(list, json_pack(
		    "{s:s, s:s, s:s, s:s, s:s, s:s}",
		    "check", checks[i].name,
		    "verdict", verdicts[found[i].verdict][0],
		    "code", err_name(found[i].err),
		    "detail", found[i].note.text,
		    "next", next_of(&found[i], ERR_JA),
		    "next_en", next_of(&found[i], ERR_EN)));
	return (json_pack("{s:o, s:o}", "checks", list, "first",
	    first == LAYERS ? json_null() : json_string(checks[first].name)));
}

static void
print(const struct doctor *d, size_t i, const struct finding *f)
{
	enum err_lang lang = d->cli->lang;
	const char *text = f->err == ERR_OK || f->verdict == V_SKIPPED ? "" :
	    err_text(f->err, lang), *next = next_of(f, lang);

	printf("%-8s %s: %s%s%s\n", verdicts[f->verdict][lang == ERR_JA],
	    doctor_name(i, lang), text, text[0] != '\0' &&
	    f->note.text[0] != '\0' ? ": " : "", f->note.text);
	if (next[0] != '\0')
		printf("         -> %s\n", next);
	fflush(stdout);
}

int
doctor_main(struct cli *cli)
{
	struct finding found[LAYERS];
	struct note note = { "" };
	struct doctor *d;
	size_t first;
	enum err r;
	int code;

	if ((code = cli_conf(cli)) != EXIT_VALID)
		return (code);
	if ((d = calloc(1, sizeof(*d))) == NULL)
		return (cli_fail(cli, ERR_NOMEM, ""));
	if ((r = doctor_init(d, cli, &note)) != ERR_OK) {
		free(d);
		return (cli_fail(cli, r, note.text));
	}
	doctor_run(d, found, cli->json ? NULL : print);
	free(d);
	first = doctor_first(found);
	code = first == LAYERS ? EXIT_VALID : (int)exit_of(found[first].err);
	return (cli->json ? cli_json(doctor_json(found), code) : code);
}
