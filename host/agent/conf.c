#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ini.h>

#include "driver/pcsc_choice.h"
#include "driver/vpcd_address.h"
#include "host/agent/conf.h"
#include "host/document/key.h"
#include "host/qualify/institution.h"
#include "host/export/orca.h"
#include "host/qualify/share.h"
#include "host/remote/ca.h"
#include "host/remote/invite.h"
#include "host/visit/evidence.h"
#include "host/wire/address.h"

/* T_FILE is a T_PATH that may be empty, T_SHARE one that may be a Windows
 * share, T_KINDS the list of kind_check, T_NAME a pattern of orca_name_is_ok. */
enum type { T_TEXT, T_PATH, T_FILE, T_SHARE, T_KINDS, T_NAME, T_NUMBER,
    T_CHOICE, T_DIGITS, T_LETTER, T_WINDOW, T_FRACTION };

static const char *const yes_no[] = { "no", "yes", NULL };
static const char *const text_pins[] = { "same", "ask", "never", NULL };
static const char *const environments[] = { "auto", "production", "test",
    NULL };
static const char *const trust_modes[] = { "production", "test", NULL };
static const char *const revocations[] = { "off", "crl", "ocsp", NULL };
static const char *const encodings[] = { "utf-8", "shift_jis", NULL };
static const char *const levels[] = { "error", "warn", "info", "debug", NULL };

#define AT(field) offsetof(struct conf, field)

/*
 * Every key.  min and max bound numbers (digits: the count); choices are
 * given in the order of their enum.  Sources of the defaults: answer timeout
 * of 300 s and the 04:00 restart, oqs-files.md 1 and features.md DEN-32.
 */
static const struct key {
	const char		*section, *name;
	enum type		 type;
	size_t			 at;
	int			 min, max;
	const char		*value;		/* default; NULL: required */
	const char *const	*choices;
	const char		*means;
} keys[] = {
	{ "institution", "code", T_DIGITS, AT(institution_code), 10, 10, NULL,
	    NULL, "医療機関コード 10桁 (institution code, 10 digits)" },
	{ "institution", "electronic_prescription", T_CHOICE,
	    AT(electronic_prescription), 0, 0, "no", yes_no,
	    "電子処方箋に対応している (supports electronic prescriptions)" },
	{ "institution", "environment", T_CHOICE, AT(environment), 0, 0, "auto",
	    environments,
	    "利用環境 production=本番 test=接続検証 (auto: [trust] mode と同じ)" },
	{ "institution", "test_codes", T_TEXT, AT(test_codes), 0, 0, "", NULL,
	    "接続検証環境の医療機関コード (空白区切り; 空=確かめない)" },
	{ "reader", "name", T_TEXT, AT(reader), 0, 0, "pcsc:", NULL,
	    "カードリーダー pcsc:名前の一部 (see: shikaku readers), nfc:デバイス" },
	{ "reader", "card_wait", T_NUMBER, AT(card_wait), 1, 600, "60", NULL,
	    "カードを待つ秒数 (seconds to wait for a card)" },
	{ "reader", "short_ids", T_CHOICE, AT(short_ids), 0, 0, "no", yes_no,
	    "短縮EF識別子を使う (short file ids: from a single source)" },
	{ "reader", "extended", T_CHOICE, AT(extended), 0, 0, "no", yes_no,
	    "拡張APDUを使う (where reader and card declare them)" },
	{ "reader", "quirks", T_FILE, AT(quirks), 0, 0, "", NULL,
	    "機種ごとの設定を足すフォルダ (*.conf; 空=使わない)" },
	{ "pin", "text_pin", T_CHOICE, AT(text_pin), 0, 0, "same", text_pins,
	    "券面事項入力補助の暗証番号 same=同じ番号 ask=別に聞く never=読まない" },
	{ "trust", "folder", T_PATH, AT(trust_folder), 0, 0, "trust", NULL,
	    "ルート証明書の置き場所 (filled by: shikaku trust add)" },
	{ "trust", "mode", T_CHOICE, AT(trust_mode), 0, 0, "production",
	    trust_modes, "test は試験用カードの確認用 (test cards only)" },
	{ "trust", "revocation", T_CHOICE, AT(revocation), 0, 0, "off",
	    revocations, "失効確認 off=しない「失効未確認」 (off: not checked)" },
	{ "trust", "required", T_CHOICE, AT(revocation_required), 0, 0, "no",
	    yes_no, "失効が確認できないカードを拒む (unknown is refused)" },
	{ "trust", "crl_file", T_FILE, AT(crl_file), 0, 0, "", NULL,
	    "revocation = crl のときのCRLファイル" },
	{ "trust", "ocsp_url", T_TEXT, AT(ocsp_url), 0, 0, "", NULL,
	    "revocation = ocsp のときの応答者 http://host:port/" },
	{ "trust", "ocsp_timeout", T_NUMBER, AT(ocsp_timeout), 1, 60, "5",
	    NULL, "応答を待つ秒数 (seconds)" },
	{ "terminal", "req", T_SHARE, AT(req), 0, 0, NULL, NULL,
	    "資格確認端末の req フォルダ" },
	{ "terminal", "res", T_SHARE, AT(res), 0, 0, NULL, NULL,
	    "資格確認端末の res フォルダ" },
	{ "terminal", "ask", T_CHOICE, AT(ask), 0, 0, "yes", yes_no,
	    "通信で資格確認をする (no: nothing is asked)" },
	{ "terminal", "auto_check", T_CHOICE, AT(auto_check), 0, 0, "yes",
	    yes_no, "本日の一覧に加えた患者をすぐに照会する (no: 手で照会する)" },
	{ "terminal", "unconfirmed", T_KINDS, AT(unconfirmed), 0, 0, "", NULL,
	    "仕様が未確認でも使う照会 (空白区切り、例 OQSsihvq01)" },
	{ "terminal", "encoding", T_CHOICE, AT(encoding), 0, 0, "shift_jis",
	    encodings, "照会ファイルの文字コード" },
	{ "terminal", "answer_timeout", T_NUMBER, AT(answer_timeout), 1, 3600,
	    "300", NULL, "回答を待つ秒数 (seconds)" },
	{ "terminal", "keep_results", T_CHOICE, AT(keep_results), 0, 0, "no",
	    yes_no, "取り込んだ結果ファイルを res に残す" },
	{ "terminal", "restart", T_WINDOW, AT(restart_from), 0, 0,
	    "03:58-04:10", NULL, "端末の自動再起動の時間帯 (JST)" },
	{ "terminal", "serial_prefix", T_LETTER, AT(serial_prefix), 1, 1, "S",
	    NULL, "照会ファイル名の番号の前の1文字 (A-Z; 他製品と重ならないもの)" },
	{ "terminal", "register_reference", T_CHOICE, AT(register_reference),
	    0, 0, "yes", yes_no, "有効なら照会番号(カルテ番号)を登録する" },
	{ "terminal", "alarm_errors", T_NUMBER, AT(alarm_errors), 2, 100, "5",
	    NULL, "続けて確認できない患者がこの人数になれば端末障害と知らせる" },
	{ "terminal", "bulk_max", T_NUMBER, AT(bulk_max), 1, 10000, "500",
	    NULL, "一括照会1回の人数 (多い一覧は分けて照会する)" },
	{ "terminal", "bulk_poll", T_NUMBER, AT(bulk_poll), 1, 3600, "10",
	    NULL, "一括照会の結果を問い合わせる間隔 (秒)" },
	{ "terminal", "retry_pause", T_NUMBER, AT(retry_pause), 1, 3600, "30",
	    NULL, "断られた照会をやり直すまでの秒数 (続けば2倍ずつ、10分まで)" },
	{ "face", "folder", T_FILE, AT(face_folder), 0, 0, "", NULL,
	    "顔認証付きカードリーダーの結果 (face フォルダ、読むだけ)" },
	{ "face", "threshold", T_FRACTION, AT(face_threshold), 0, 0, "0.8",
	    NULL, "受付端末の顔照合のしきい値の下限 (0-1)" },
	{ "face", "unknown_issuer", T_CHOICE, AT(face_unknown_issuer), 0, 0,
	    "no", yes_no, "発行者の鍵が分からない券面も受け付ける" },
	{ "api", "port", T_NUMBER, AT(port), -1, 65535, "8787", NULL,
	    "127.0.0.1 で待つポート 0=使わない (0: none; -1: any free one)" },
	{ "api", "socket", T_FILE, AT(socket), 0, 0, "", NULL,
	    "unixソケット (空=使わない)" },
	{ "api", "lan", T_TEXT, AT(lan), 0, 0, "", NULL,
	    "LANで待つ アドレス:ポート (TLS 1.3 とクライアント証明書が必要)" },
	{ "api", "tls_cert", T_FILE, AT(tls_cert), 0, 0, "", NULL,
	    "サーバー証明書 (PEM)" },
	{ "api", "tls_key", T_FILE, AT(tls_key), 0, 0, "", NULL,
	    "その秘密鍵 (PEM)" },
	{ "api", "tls_client_ca", T_FILE, AT(tls_client_ca), 0, 0, "", NULL,
	    "クライアント証明書の発行者 (PEM)" },
	{ "api", "hosts", T_TEXT, AT(hosts), 0, 0, "", NULL,
	    "ほかに受け付けるホスト名 (空白区切り)" },
	{ "api", "origins", T_TEXT, AT(origins), 0, 0, "", NULL,
	    "ほかのページからの利用を許す Origin (空白区切り)" },
	{ "api", "url", T_TEXT, AT(url), 0, 0, "", NULL,
	    "QRコードに入れるアドレス (空=自動)" },
	{ "api", "pages", T_FILE, AT(pages), 0, 0, "", NULL,
	    "画面のファイルの場所 (空=プログラムの隣)" },
	{ "api", "max_connections", T_NUMBER, AT(max_connections), 16, 4096,
	    "256", NULL, "同時接続の上限" },
	{ "devices", "listen", T_TEXT, AT(devices_listen), 0, 0, "", NULL,
	    "訪問先の機器を待つ アドレス:ポート (空=使わない)" },
	{ "devices", "address", T_TEXT, AT(devices_address), 0, 0, "", NULL,
	    "機器が接続する ホスト名:ポート (空=listen と同じ)" },
	{ "devices", "folder", T_PATH, AT(devices_folder), 0, 0, "devices",
	    NULL, "機器用の鍵の置き場所 (最初に自動で作る。控えを取ること)" },
	{ "devices", "ticket_hours", T_NUMBER, AT(ticket_hours), 1, 720,
	    "24", NULL, "通信できない訪問に使うオフライン受付券の有効時間" },
	{ "devices", "deliver_days", T_NUMBER, AT(deliver_days), 1, 90, "14",
	    NULL, "訪問の記録を受け付ける日数" },
	{ "documents", "key", T_PATH, AT(documents_key), 0, 0,
	    "keys/documents.key", NULL,
	    "薬剤・健診文書の封の鍵 (最初に自動で作る。データベースと別のフォルダに)" },
	{ "documents", "keep_hours", T_NUMBER, AT(keep_hours), 1, 720, "24",
	    NULL, "薬剤・健診文書を保管する時間。過ぎれば削除" },
	{ "orca", "folder", T_FILE, AT(orca_folder), 0, 0, "", NULL,
	    "日レセ登録用XMLを置くフォルダ (空=使わない)" },
	{ "orca", "name", T_NAME, AT(orca_name), 0, 0, ORCA_NAME, NULL,
	    "そのファイル名 {code}=医療機関コード {id}=結果の番号 {time}=日時" },
	{ "orca", "encoding", T_CHOICE, AT(orca_encoding), 0, 0, "utf-8",
	    encodings, "その文字コード" },
	{ "report", "folder", T_FILE, AT(report_folder), 0, 0, "", NULL,
	    "取込結果のファイルを置くフォルダ (空=置かない)" },
	{ "store", "file", T_PATH, AT(store), 0, 0, "shikaku.db", NULL,
	    "データベース (SQLite)" },
	{ "log", "level", T_CHOICE, AT(log_level), 0, 0, "warn", levels,
	    "記録の詳しさ (個人情報はどの段階でも書きません)" },
};

#define DAY_MIN		(24 * 60)
#define WINDOW_MAX_MIN	120	/* ours; the restart takes minutes */

#define CODE_DIGITS	10	/* of an institution */

#define KEYS (sizeof(keys) / sizeof(keys[0]))

/* Its keys are names that the administrator gives. */
#define ALIAS_SECTION	"alias"
#define ALIAS_SCHEME	"alias:"

/* One load: libinih calls back without a line number, so we count. */
struct load {
	struct conf	*conf;
	FILE		*f;
	struct note	*note;
	enum err	 err;
	int		 line;
	int		 set_at[KEYS];
};

static int
fail(struct load *l, const char *what, const char *name)
{
	if (l->err == ERR_OK)
		note_set(l->note, "%s:%d: %s \"%s\"", l->conf->file, l->line,
		    what, name);
	l->err = ERR_CONF;
	return (0);
}

/* Relative paths belong to the file, not to where somebody stands. */
static int
set_path(const struct conf *c, char out[CONF_VALUE], const char *value)
{
	const char *slash = strrchr(c->file, '/');
	size_t dir = slash == NULL ? 0 : (size_t)(slash - c->file) + 1;
	size_t len = strlen(value);

	if (value[0] == '/' || value[0] == '\0')
		dir = 0;
	if (dir + len >= CONF_VALUE)
		return (0);
	memcpy(out, c->file, dir);
	memcpy(out + dir, value, len + 1);
	return (1);
}

static int
set_number(const struct key *k, int *out, const char *value)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || v < k->min ||
	    v > k->max)
		return (0);
	*out = (int)v;
	return (1);
}

static int
set_choice(const struct key *k, int *out, const char *value)
{
	for (int i = 0; k->choices[i] != NULL; i++) {
		if (strcmp(k->choices[i], value) == 0) {
			*out = i;
			return (1);
		}
	}
	return (0);
}

/* "HH:MM-HH:MM" as minutes of the day; "off" is an empty window. */
static int
set_window(int *from, int *to, const char *value)
{
	unsigned h1, m1, h2, m2;
	int used = 0;

	*from = *to = 0;
	if (strcmp(value, "off") == 0)
		return (1);
	if (sscanf(value, "%2u:%2u-%2u:%2u%n", &h1, &m1, &h2, &m2, &used) !=
	    4 || value[used] != '\0' || h1 > 23 || h2 > 23 || m1 > 59 ||
	    m2 > 59)
		return (0);
	*from = (int)(h1 * 60 + m1);
	*to = (int)(h2 * 60 + m2);
	/* A deadline is moved to its end: swapped times would be a day. */
	return ((*to - *from + DAY_MIN) % DAY_MIN <= WINDOW_MAX_MIN);
}

static int
set_text(const struct key *k, char out[CONF_VALUE], const char *value)
{
	size_t n = strlen(value);

	if (n >= CONF_VALUE)
		return (0);
	if (k->type == T_DIGITS && (n != (size_t)k->max ||
	    strspn(value, "0123456789") != n))
		return (0);
	if (k->type == T_LETTER && (n != 1 || value[0] < 'A' ||
	    value[0] > 'Z'))
		return (0);
	memcpy(out, value, n + 1);
	return (1);
}

/* As it was given: where it is mounted is looked for whenever it is opened. */
static int
set_share(const struct conf *c, char out[CONF_VALUE], const char *value)
{
	if (share_kind(value) == SHARE_NONE)
		return (value[0] != '\0' && set_path(c, out, value));
	return (snprintf(out, CONF_VALUE, "%s", value) < CONF_VALUE);
}

static int
set(struct conf *c, const struct key *k, const char *value)
{
	void *at = (char *)c + k->at;

	switch (k->type) {
	case T_TEXT:
	case T_LETTER:
	case T_DIGITS:
		return (set_text(k, at, value));
	case T_PATH:
		return (value[0] != '\0' && set_path(c, at, value));
	case T_FILE:
		return (set_path(c, at, value));
	case T_SHARE:
		return (set_share(c, at, value));
	case T_KINDS:
		return (set_text(k, at, value) &&
		    kind_check(value, NULL) == ERR_OK);
	case T_NAME:
		return (set_text(k, at, value) && orca_name_is_ok(value));
	case T_NUMBER:
		return (set_number(k, at, value));
	case T_CHOICE:
		return (set_choice(k, at, value));
	case T_FRACTION:
		*(int *)at = evidence_fraction(value);
		return (*(int *)at >= 0);
	case T_WINDOW:
		return (set_window(&c->restart_from, &c->restart_to, value));
	}
	return (0);
}

/* What would be possible instead. */
static int
refuse(struct load *l, const struct key *k)
{
	char may[256] = "";
	size_t n = 0;

	for (int i = 0; k->choices != NULL && k->choices[i] != NULL; i++)
		n += (size_t)snprintf(may + n, sizeof(may) - n, "%s%s",
		    i == 0 ? "" : ", ", k->choices[i]);
	if (k->type == T_NUMBER)
		snprintf(may, sizeof(may), "%d to %d", k->min, k->max);
	if (k->type == T_DIGITS)
		snprintf(may, sizeof(may), "%d digits", k->max);
	if (k->type == T_LETTER)
		snprintf(may, sizeof(may), "one letter A to Z");
	if (k->type == T_WINDOW)
		snprintf(may, sizeof(may), "HH:MM-HH:MM within %d minutes, "
		    "or off", WINDOW_MAX_MIN);
	if (k->type == T_FRACTION)
		snprintf(may, sizeof(may), "0 to 1, up to 6 places");
	if (k->type == T_KINDS)
		snprintf(may, sizeof(may), "stems of unconfirmed kinds, each "
		    "once, or OQS-IF-number=stem where none is known");
	if (k->type == T_NAME)
		snprintf(may, sizeof(may), "letters, digits, _ . - and {code}, "
		    "{time}, with {id}, ending in .xml");
	if (k->type == T_PATH || k->type == T_SHARE || k->type == T_TEXT)
		snprintf(may, sizeof(may), "not empty, below %d bytes",
		    CONF_VALUE);
	note_set(l->note, "%s:%d: impossible value of \"%s\": %s",
	    l->conf->file, l->line, k->name, may);
	l->err = ERR_CONF;
	return (0);
}

static int
known_section(const char *name)
{
	for (size_t i = 0; i < KEYS; i++) {
		if (strcmp(keys[i].section, name) == 0)
			return (1);
	}
	return (0);
}

/* --- aliases --- */

static const struct conf_alias *
find_alias(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_aliases; i++) {
		if (strcmp(c->aliases[i].name, name) == 0)
			return (&c->aliases[i]);
	}
	return (NULL);
}

static int
is_alias_name(const char *s)
{
	size_t n = strlen(s);

	return (n > 0 && n < CONF_ALIAS && s[0] != '-' &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n);
}

static enum err
check_pcsc(const char *details, struct note *why)
{
	struct pcsc_choice choice;

	return (pcsc_choice_parse(details, &choice, why));
}

static enum err
check_vpcd(const char *details, struct note *why)
{
	struct vpcd_address at;

	return (vpcd_address_read(details, &at, why));
}

static enum err
check_alias(const char *details, struct note *why)
{
	if (is_alias_name(details))
		return (ERR_OK);
	note_set(why, "alias:NAME, of a-z, 0-9 and -");
	return (ERR_CONF);
}

static enum err
check_some(const char *details, struct note *why)
{
	if (details[0] != '\0')
		return (ERR_OK);
	note_set(why, "nothing behind the colon");
	return (ERR_CONF);
}

/* What may stand behind each kind of reader. */
static const struct {
	const char	*name;
	enum err	(*check)(const char *details, struct note *);
} kinds[] = {
	{ "pcsc",	check_pcsc },
	{ "nfc",	check_some },
	{ "vpcd",	check_vpcd },
	{ "device",	check_some },
	{ "alias",	check_alias },
	{ "link",	check_some },
	{ "replay",	check_some },
	{ "trace",	check_some },
	{ "record",	check_some },
	{ "overlay",	check_some },
};

enum err
conf_transport(const char *s, struct note *why)
{
	size_t n = strcspn(s, ":");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (s[n] == ':' && strlen(s) < CONF_VALUE &&
		    strlen(kinds[i].name) == n &&
		    strncmp(kinds[i].name, s, n) == 0)
			return (kinds[i].check(s + n + 1, why));
	}
	note_set(why, "a transport string such as pcsc:NAME@usb=1-2, "
	    "nfc:DEVICE, vpcd:PORT or device:NAME");
	return (ERR_CONF);
}

/* One of another alias could go round in circles. */
static int
is_meaning(const char *s, struct note *why)
{
	if (strncmp(s, ALIAS_SCHEME, strlen(ALIAS_SCHEME)) != 0)
		return (conf_transport(s, why) == ERR_OK);
	note_set(why, "no alias of an alias");
	return (0);
}

static int
take_alias(struct load *l, const char *name, const char *value)
{
	struct conf *c = l->conf;
	struct note why = { "" };

	if (!is_alias_name(name))
		return (fail(l, "no name of a-z, 0-9 and -:", name));
	if (find_alias(c, name) != NULL)
		return (fail(l, "given twice:", name));
	if (c->n_aliases == CONF_ALIASES)
		return (fail(l, "too many aliases:", name));
	if (!is_meaning(value, &why)) {
		note_set(l->note, "%s:%d: impossible value of \"%s\": %s",
		    c->file, l->line, name, why.text);
		l->err = ERR_CONF;
		return (0);
	}
	snprintf(c->aliases[c->n_aliases].name, CONF_ALIAS, "%s", name);
	snprintf(c->aliases[c->n_aliases].transport, CONF_VALUE, "%s", value);
	c->n_aliases++;
	return (1);
}

enum err
conf_reader(const struct conf *c, const char *named, char out[CONF_VALUE],
    struct note *note)
{
	const struct conf_alias *a = NULL;
	int is_alias = strncmp(named, ALIAS_SCHEME, strlen(ALIAS_SCHEME)) == 0;

	if (is_alias)
		a = find_alias(c, named + strlen(ALIAS_SCHEME));
	snprintf(out, CONF_VALUE, "%s", a != NULL ? a->transport : named);
	if (!is_alias || a != NULL)
		return (ERR_OK);
	note_set(note, "%s: [alias] does not say what %s is", c->file, named);
	return (ERR_CONF);
}

/* --- a line of the file --- */

static int
take(void *ctx, const char *section, const char *name, const char *value)
{
	struct load *l = ctx;

	if (strcmp(section, ALIAS_SECTION) == 0)
		return (take_alias(l, name, value));
	for (size_t i = 0; i < KEYS; i++) {
		if (strcmp(keys[i].section, section) != 0 ||
		    strcmp(keys[i].name, name) != 0)
			continue;
		if (l->set_at[i] != 0)
			return (fail(l, "given twice:", name));
		l->set_at[i] = l->line;
		return (set(l->conf, &keys[i], value) ? 1 :
		    refuse(l, &keys[i]));
	}
	return (known_section(section) ? fail(l, "unknown key", name) :
	    fail(l, "unknown section", section));
}

/* libinih asks for a line; a longer one would be cut silently. */
static char *
next_line(char *line, int room, void *ctx)
{
	struct load *l = ctx;

	if (l->err != ERR_OK || fgets(line, room, l->f) == NULL)
		return (NULL);
	l->line++;
	if (strchr(line, '\n') == NULL && !feof(l->f)) {
		(void)fail(l, "line too long, at most", "198 bytes");
		return (NULL);
	}
	return (line);
}

static void
set_defaults(struct load *l)
{
	for (size_t i = 0; i < KEYS; i++) {
		if (keys[i].value != NULL)
			(void)set(l->conf, &keys[i], keys[i].value);
	}
}

static void
require_all(struct load *l)
{
	for (size_t i = 0; i < KEYS && l->err == ERR_OK; i++) {
		if (keys[i].value == NULL && l->set_at[i] == 0) {
			note_set(l->note, "%s: [%s] %s is missing",
			    l->conf->file, keys[i].section, keys[i].name);
			l->err = ERR_CONF;
		}
	}
}

const char *
conf_device_address(const struct conf *c)
{
	return (c->devices_address[0] != '\0' ? c->devices_address :
	    c->devices_listen);
}

static void
require_addresses(struct load *l)
{
	const struct conf *c = l->conf;
	const char *lacks = NULL;
	struct address at;

	if (c->devices_address[0] != '\0' &&
	    !address_read(c->devices_address, &at))
		lacks = "address: HOST:PORT";
	if (c->devices_listen[0] != '\0' &&
	    !address_read(c->devices_listen, &at))
		lacks = "listen: ADDRESS:PORT";
	if (l->err == ERR_OK && lacks != NULL) {
		note_set(l->note, "%s: [devices] %s", c->file, lacks);
		l->err = ERR_CONF;
	}
}

static void
require_together(struct load *l)
{
	const struct conf *c = l->conf;
	const char *lacks = NULL;

	if (c->revocation == REVOCATION_CRL && c->crl_file[0] == '\0')
		lacks = "revocation = crl needs crl_file";
	if (c->revocation == REVOCATION_OCSP && c->ocsp_url[0] == '\0')
		lacks = "revocation = ocsp needs ocsp_url";
	if (c->ocsp_url[0] != '\0' && !revocation_url_ok(c->ocsp_url))
		lacks = "ocsp_url: http://IP-or-localhost[:port]/path";
	if (c->revocation == REVOCATION_OFF && c->revocation_required)
		lacks = "required = yes needs revocation = crl or ocsp";
	if (l->err == ERR_OK && lacks != NULL) {
		note_set(l->note, "%s: [trust] %s", c->file, lacks);
		l->err = ERR_CONF;
	}
}

/* 1 if the code is one of the list; -1 if the list holds what is none. */
static int
is_listed(const char *list, const char *code)
{
	int found = 0;
	size_t n;

	for (list += strspn(list, " "); *list != '\0';
	    list += n, list += strspn(list, " ")) {
		n = strcspn(list, " ");
		if (n != CODE_DIGITS || strspn(list, "0123456789") < n)
			return (-1);
		found |= strncmp(list, code, n) == 0;
	}
	return (found);
}

/*
 * Cards, terminal and code are those of one environment (features.md OQS-13).
 * Which codes are for tests is not public: they are compared where the site
 * has listed them.
 */
static void
require_environment(struct load *l)
{
	struct conf *c = l->conf;
	const int test = c->trust_mode == TRUST_TEST;
	const int listed = is_listed(c->test_codes, c->institution_code);
	const char *mixed = NULL;

	if (c->environment != ENVIRONMENT_AUTO &&
	    (c->environment == ENVIRONMENT_TEST) != test)
		mixed = test ? "environment = production, and [trust] mode = "
		    "test: one of them is wrong" : "environment = test, and "
		    "[trust] mode = production: one of them is wrong";
	else if (listed < 0)
		mixed = "test_codes: codes of 10 digits, blanks between";
	else if (listed && !test)
		mixed = "code is one of test_codes: environment = test and "
		    "[trust] mode = test, or another code";
	else if (!listed && test && c->test_codes[0] != '\0')
		mixed = "code is none of test_codes: environment = production "
		    "and [trust] mode = production, or another code";
	if (l->err == ERR_OK && mixed != NULL) {
		note_set(l->note, "%s: [institution] %s", c->file, mixed);
		l->err = ERR_CONF;
	}
	c->environment = test ? ENVIRONMENT_TEST : ENVIRONMENT_PRODUCTION;
}

static void
require_reader(struct load *l)
{
	const char *reader = l->conf->reader;
	char transport[CONF_VALUE];
	struct note why = { "" };

	/* One without a kind is a pattern of pcsc:. */
	if (l->err == ERR_OK && strchr(reader, ':') != NULL &&
	    (l->err = conf_transport(reader, &why)) != ERR_OK)
		note_set(l->note, "%s: [reader] name: %s", l->conf->file,
		    why.text);
	if (l->err == ERR_OK)
		l->err = conf_reader(l->conf, reader, transport, l->note);
}

/* What a visit sees of it. */
static void
point(struct conf *c)
{
	c->visit = (struct visit_conf){
		.reader = c->reader,
		.card_wait_ms = c->card_wait * 1000,
		.card = { .short_ids = c->short_ids, .extended = c->extended },
		.text_pin = (enum text_pin)c->text_pin,
		.trust_folder = c->trust_folder,
		.trust_mode = (enum trust_mode)c->trust_mode,
		.revocation = { .how = (enum revocation_how)c->revocation,
		    .crl_file = c->crl_file, .ocsp_url = c->ocsp_url,
		    .ocsp_ms = c->ocsp_timeout * 1000,
		    .required = c->revocation_required },
		.exchange = { .req = c->req, .res = c->res,
		    .institution_code = c->institution_code,
		    .cp932 = c->encoding, .answer_ms = c->answer_timeout * 1000,
		    .keep_results = c->keep_results,
		    .serial_prefix = c->serial_prefix[0],
		    .restart_from = c->restart_from,
		    .restart_to = c->restart_to, .off = !c->ask,
		    .unconfirmed = c->unconfirmed },
		.register_reference = c->register_reference,
		.electronic_prescription = c->electronic_prescription,
		.face_threshold = c->face_threshold,
		.face_unknown_issuer = c->face_unknown_issuer,
	};
	c->jobs = (struct job_conf){ .exchange = &c->visit.exchange,
		.bulk_max = c->bulk_max, .poll_ms = c->bulk_poll * 1000,
		.pause_ms = c->retry_pause * 1000,
	};
	c->orca = (struct orca_conf){ .folder = c->orca_folder,
		.name = c->orca_name, .institution_code = c->institution_code,
		.charset = (enum charset)c->orca_encoding };
	c->documents = (struct document_conf){
		.exchange = &c->visit.exchange, .key = c->documents_key,
		.keep_hours = c->keep_hours, .store = c->store,
	};
	hook_documents(&c->documents, c->job_hooks);
	c->jobs.hooks = c->job_hooks;
}

static const char *
which_file(const char *file)
{
	if (file == NULL)
		file = getenv(CONF_ENV);
	return (file == NULL || file[0] == '\0' ? CONF_PATH : file);
}

static enum err
read_file(struct load *l)
{
	struct stat st;
	int bad;

	if ((l->f = fopen(l->conf->file, "re")) == NULL ||
	    fstat(fileno(l->f), &st) != 0 || !S_ISREG(st.st_mode)) {
		note_set(l->note, "%s: %s", l->conf->file, l->f == NULL ?
		    strerror(errno) : "not a file");
		return (l->f == NULL && errno == ENOENT ? ERR_NO_CONF :
		    ERR_CONF);
	}
	bad = ini_parse_stream(next_line, l, take, l);
	if (bad != 0 && l->err == ERR_OK) {
		l->line = bad;
		(void)fail(l, "not understood, expected", "key = value");
	}
	require_all(l);
	require_together(l);
	require_environment(l);
	require_reader(l);
	require_addresses(l);
	return (l->err);
}

enum err
conf_load(const char *file, struct conf **out, struct note *note)
{
	struct load l = { .note = note, .err = ERR_OK };
	enum err r;

	*out = NULL;
	file = which_file(file);
	if ((l.conf = calloc(1, sizeof(*l.conf))) == NULL)
		return (ERR_NOMEM);
	if (snprintf(l.conf->file, sizeof(l.conf->file), "%s", file) >=
	    (int)sizeof(l.conf->file)) {
		note_set(note, "the path of the configuration is too long");
		r = ERR_CONF;
	} else {
		set_defaults(&l);
		r = read_file(&l);
	}
	if (l.f != NULL)
		fclose(l.f);
	if (r != ERR_OK) {
		conf_free(&l.conf);
		return (r);
	}
	point(l.conf);
	*out = l.conf;
	return (ERR_OK);
}

void
conf_free(struct conf **c)
{
	if (c == NULL)
		return;
	free(*c);
	*c = NULL;
}

void
conf_print_example(FILE *out)
{
	const char *section = "";

	for (size_t i = 0; i < KEYS; i++) {
		if (strcmp(section, keys[i].section) != 0) {
			section = keys[i].section;
			fprintf(out, "%s[%s]\n", i == 0 ? "" : "\n", section);
		}
		fprintf(out, "; %s\n", keys[i].means);
		for (int k = 0; keys[i].choices != NULL &&
		    keys[i].choices[k] != NULL; k++)
			fprintf(out, "%s%s", k == 0 ? "; = " : " | ",
			    keys[i].choices[k]);
		if (keys[i].type == T_NUMBER)
			fprintf(out, "; %d - %d\n", keys[i].min, keys[i].max);
		fprintf(out, "%s%s%s =%s%s\n", keys[i].choices ? "\n" : "",
		    keys[i].value == NULL ? "" : ";", keys[i].name,
		    keys[i].value == NULL || *keys[i].value == '\0' ? "" : " ",
		    keys[i].value == NULL ? "" : keys[i].value);
	}
	fprintf(out, "\n[%s]\n"
	    "; 名前 = リーダー。受付端末などは %s名前 で指す\n"
	    "; (names for readers, see: shikaku readers)\n"
	    "; desk = pcsc:ACS*@usb=1-2\n", ALIAS_SECTION, ALIAS_SCHEME);
}

/* Its value, or what may be told of it. */
static enum err
print_value(const struct conf *c, const struct key *k, struct blob *out)
{
	const void *at = (const char *)c + k->at;
	const char *text = at;
	const int *n = at;
	char here[CONF_VALUE];

	switch (k->type) {
	case T_PATH:
	case T_FILE:
	case T_SHARE:
		return (blob_add_str(out, *text == '\0' ? "(not set)" :
		    share_here(text, here, sizeof(here), NULL) == ERR_OK &&
		    access(here, F_OK) == 0 ? "(set, there)" :
		    "(set, not there)"));
	case T_TEXT:
	case T_DIGITS:
		return (blob_add_str(out, *text == '\0' ? "(not set)" :
		    "(set)"));
	case T_LETTER:
	case T_KINDS:
	case T_NAME:
		return (blob_add_str(out, text));
	case T_CHOICE:
		return (blob_add_str(out, k->choices[*n]));
	case T_FRACTION:
		return (blob_printf(out, "%d.%06d", *n / 1000000,
		    *n % 1000000));
	case T_NUMBER:
		return (blob_printf(out, "%d", *n));
	case T_WINDOW:
		if (c->restart_from == c->restart_to)
			return (blob_add_str(out, "off"));
		return (blob_printf(out, "%02d:%02d-%02d:%02d",
		    c->restart_from / 60, c->restart_from % 60,
		    c->restart_to / 60, c->restart_to % 60));
	}
	return (ERR_OK);
}

enum err
conf_print_masked(const struct conf *c, struct blob *out)
{
	enum err r = ERR_OK;

	for (size_t i = 0; r == ERR_OK && i < KEYS; i++) {
		if (i == 0 ||
		    strcmp(keys[i].section, keys[i - 1].section) != 0)
			r = blob_printf(out, "[%s]\n", keys[i].section);
		if (r == ERR_OK &&
		    (r = blob_printf(out, "%s = ", keys[i].name)) == ERR_OK &&
		    (r = print_value(c, &keys[i], out)) == ERR_OK)
			r = blob_add_str(out, "\n");
	}
	return (r);
}

/* A reader's name is a product's. */
static int
is_private(const struct key *k)
{
	return ((k->type == T_TEXT || k->type == T_PATH ||
	    k->type == T_FILE || k->type == T_SHARE) && k->at != AT(reader));
}

enum err
conf_each_private(const struct conf *c, conf_private *each, void *ctx)
{
	enum err r;

	if ((r = each(ctx, c->file)) != ERR_OK)
		return (r);
	for (size_t i = 0; i < KEYS; i++) {
		if (is_private(&keys[i]) && (r = each(ctx,
		    (const char *)c + keys[i].at)) != ERR_OK)
			return (r);
	}
	for (size_t i = 0; i < c->n_aliases; i++) {
		if ((r = each(ctx, c->aliases[i].name)) != ERR_OK)
			return (r);
	}
	return (ERR_OK);
}

/* The line a key was set on is found again for the report. */
static void
say(const struct conf *c, FILE *report, const char *key, const char *what)
{
	char line[256], name[64];
	FILE *f = fopen(c->file, "re");
	int n = 0, at = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		n++;
		if (sscanf(line, " %63[a-z_]", name) == 1 &&
		    strcmp(name, key) == 0)
			at = n;
	}
	if (f != NULL)
		fclose(f);
	if (at > 0)
		fprintf(report, "%s:%d: %s: %s\n", c->file, at, key, what);
	else
		fprintf(report, "%s: %s (default): %s\n", c->file, key, what);
}

/* A share that is not mounted has no folder to look into. */
static int
check_share(const struct conf *c, FILE *report, const char *key,
    const char *path)
{
	struct note note = { "" };
	char here[CONF_VALUE];

	if (share_here(path, here, sizeof(here), &note) == ERR_OK)
		return (0);
	say(c, report, key, note.text);
	return (1);
}

static int
check_folder(const struct conf *c, FILE *report, const char *key,
    const char *path)
{
	char here[CONF_VALUE];
	struct stat st;
	struct note why = { "" };
	const char *what = NULL;

	if (share_here(path, here, sizeof(here), &why) != ERR_OK)
		what = why.text;
	else if (stat(here, &st) != 0)
		what = strerror(errno);
	else if (!S_ISDIR(st.st_mode))
		what = "not a folder";
	else if (access(here, R_OK | W_OK | X_OK) != 0)
		what = strerror(errno);
	if (what != NULL)
		say(c, report, key, what);
	return (what != NULL);
}

static int
same_folder(const char *a, const char *b)
{
	char here[2][CONF_VALUE];
	struct stat sa, sb;

	return (share_here(a, here[0], CONF_VALUE, NULL) == ERR_OK &&
	    share_here(b, here[1], CONF_VALUE, NULL) == ERR_OK &&
	    stat(here[0], &sa) == 0 && stat(here[1], &sb) == 0 &&
	    sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino);
}

/* The folder a file lies in. */
static void
folder_of(const char *file, char dir[CONF_VALUE])
{
	char *slash;

	snprintf(dir, CONF_VALUE, "%s", file);
	if ((slash = strrchr(dir, '/')) == NULL)
		memcpy(dir, ".", 2);
	else
		slash[slash == dir] = '\0';
}

static int
check_store(const struct conf *c, FILE *report)
{
	char dir[CONF_VALUE];

	folder_of(c->store, dir);
	return (check_folder(c, report, "file", dir));
}

static int
check_trust(const struct conf *c, FILE *report)
{
	struct note note = { "" };
	X509_STORE *roots = NULL;
	enum err r;

	r = trust_load(c->trust_folder, (enum trust_mode)c->trust_mode,
	    &roots, &note);
	X509_STORE_free(roots);
	if (r != ERR_OK)
		say(c, report, "folder", note.text[0] != '\0' ? note.text :
		    err_text(r, ERR_EN));
	return (r != ERR_OK);
}

enum err
conf_check_folders(const struct conf *c, FILE *report)
{
	int faults;

	faults = check_share(c, report, "req", c->req) +
	    check_share(c, report, "res", c->res);
	if (faults > 0)
		return (ERR_CONF);
	faults = check_folder(c, report, "req", c->req);
	faults += check_folder(c, report, "res", c->res);
	if (faults == 0 && same_folder(c->req, c->res)) {
		say(c, report, "res", "the same folder as req");
		faults++;
	}
	return (faults > 0 ? ERR_CONF : ERR_OK);
}

enum err
conf_check_devices(const struct conf *c, int *made, struct note *note)
{
	*made = 1;
	if (c->devices_listen[0] == '\0')
		return (ERR_OK);
	if (!address_is_number(c->devices_listen)) {
		note_set(note, "[devices] listen: %s is a name; give a number "
		    "of this machine, such as 0.0.0.0:8788, and the name as "
		    "address", c->devices_listen);
		return (ERR_CONF);
	}
	if (!invite_can_dial(conf_device_address(c))) {
		note_set(note, "[devices] address: nobody can dial %s; give "
		    "the HOST:PORT that devices dial",
		    conf_device_address(c));
		return (ERR_CONF);
	}
	return (ca_check(c->devices_folder, made, note));
}

/* Odd, and perhaps right all the same: no fault. */
static void
check_institution(const struct conf *c, FILE *report)
{
	const char *odd = institution_warning(c->institution_code, 0, ERR_EN);
	char line[128];

	if (odd == NULL)
		return;
	snprintf(line, sizeof(line), "warning: %s", odd);
	say(c, report, "code", line);
}

/* A copy of the data that has the key beside it is not sealed. */
enum err
conf_check_documents(const struct conf *c, int *made, struct note *note)
{
	enum err r;

	*made = 0;
	if ((r = key_place(c->documents_key, c->store, note)) != ERR_OK)
		return (r);
	return (vault_check(c->documents_key, made, note));
}

/* Where what is handed over is put, if anything is. */
static int
check_handing_over(const struct conf *c, FILE *report)
{
	int faults = 0;

	if (c->orca_folder[0] != '\0')
		faults += check_folder(c, report, "folder", c->orca_folder);
	if (c->report_folder[0] != '\0')
		faults += check_folder(c, report, "folder", c->report_folder);
	return (faults);
}

enum err
conf_check(const struct conf *c, FILE *report)
{
	struct note note = { "" };
	int faults, made;
	enum err r;

	check_institution(c, report);
	faults = conf_check_folders(c, report) != ERR_OK;
	if (faults == 0 && exchange_check(&c->visit.exchange, &note) !=
	    ERR_OK) {
		say(c, report, "req", note.text);
		faults++;
	}
	faults += check_store(c, report);
	faults += check_trust(c, report);
	faults += check_handing_over(c, report);
	if (c->revocation == REVOCATION_CRL && access(c->crl_file, R_OK) != 0) {
		say(c, report, "crl_file", strerror(errno));
		faults++;
	}
	if ((r = conf_check_devices(c, &made, &note)) != ERR_OK) {
		fprintf(report, r == ERR_DEVICE_KEY ? "%s: [devices] folder: "
		    "%s\n" : "%s: %s\n", c->file, note.text);
		faults++;
	}
	if (conf_check_documents(c, &made, &note) != ERR_OK) {
		fprintf(report, "%s: [documents] key: %s\n", c->file,
		    note.text);
		faults++;
	}
	return (faults > 0 ? ERR_CONF : ERR_OK);
}
