#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "host/cli/cli.h"
#include "host/tty/tty.h"

/* Which options a command takes, one bit each. */
enum option {
	OPT_CONFIG, OPT_JSON, OPT_PATIENT, OPT_READER, OPT_CONSENT,
	OPT_PRESCRIPTION, OPT_PIN_STDIN, OPT_LAST_TRY, OPT_SHOW, OPT_SKIP,
	OPT_PIN, OPT_LIMIT, OPT_ROLE, OPT_HOME, OPT_TOKEN_FILE, OPT_KEY,
	OPT_LENGTH, OPT_DAYS, OPT_OUT, OPT_MINUTES, OPT_ROOT, OPT_LIST,
	OPT_LOG, OPT_STAFF, OPT_FROM, OPT_TO, OPT_AXIS, OPT_MONTH, OPT_DATE,
	OPT_CHART, OPT_PATIENTS, OPT_LIMIT_CONSENT, OPT_TIMEOUT, OPT_STATE,
	OPT_ERRORS, OPT_PART, OPT_PERSON, OPT_UNSURE,
	OPT_NAME, OPT_KANA, OPT_BIRTHDATE, OPT_INSURER,
	OPT_SOURCE, OPT_VALIDITY, OPT_LINK, OPT_ITEM, OPT_WITHIN, OPT_ENDED,
	OPT_FORM, OPT_MONTHS, OPT_TREATMENTS,
	OPT_JOB, OPT_AGAIN, OPT_YES, OPT_ENCODING,
	OPT_FORM, OPT_MONTHS, OPT_TREATMENTS, OPT_JOB, OPT_AGAIN, OPT_YES,
	OPT_ENCODING,
	OPT_PLAIN, OPT_HTML, OPT_SAVE, OPT_REASON, OPT_ACTION,
	OPT_SWITCH_ON, OPT_FIELDS, OPT_WAITING, OPT_NEW, OPTIONS
	OPT_JOB, OPT_AGAIN, OPT_YES, OPT_ENCODING, OPT_PLAIN, OPT_HTML, OPT_SAVE,
	OPT_REASON, OPT_ACTION, OPT_SWITCH_ON, OPT_FIELDS, OPT_WAITING, OPT_NEW,
	OPTIONS
};

#define O(option)	(UINT64_C(1) << OPT_##option)
_Static_assert(OPTIONS <= 64, "a bit for each option");

static const struct option_row {
	uint64_t	 bit;
	const char	*name, *arg;	/* arg NULL: a switch */
	size_t		 at;		/* in struct cli */
	const char	*means[2];	/* by enum err_lang */
} options[] = {
#define AT(field) offsetof(struct cli, field)
	{ O(CONFIG), "config", "FILE", AT(config),
	    { "configuration (default $SHIKAKU_CONF, " CONF_PATH ")",
	    "設定ファイル (既定 $SHIKAKU_CONF, " CONF_PATH ")" } },
	{ O(PATIENT), "patient", "CHART", AT(patient),
	    { "chart number; refused when the card contradicts it",
	    "カルテ番号。カードと一致しなければ中止" } },
	{ O(READER), "reader", "STRING", AT(reader),
	    { "part of the reader's name, or a transport: pcsc:, nfc:, vpcd: ...",
	    "カードリーダー名の一部、または pcsc:名前、nfc:デバイス" } },
	{ O(CONSENT), "consent", "ITEMS", AT(consent),
	    { "all, none, or limit,disease,checkup,drug,diagnosis,operation",
	    "all, none または limit,disease,checkup,drug,diagnosis,operation" } },
	{ O(PRESCRIPTION), "prescription", "FORM", AT(prescription),
	    { "electronic or paper",
	    "electronic (電子処方箋) または paper (紙の処方箋)" } },
	{ O(PIN_STDIN), "pin-stdin", NULL, AT(pin_stdin),
	    { "read the PIN from standard input, one line each",
	    "暗証番号を標準入力から1行ずつ読む" } },
	{ O(LAST_TRY), "last-try", NULL, AT(last_try),
	    { "spend even the last PIN try",
	    "残り1回でも暗証番号を送る" } },
	{ O(SHOW), "show", NULL, AT(show),
	    { "show personal data too",
	    "個人情報も表示する" } },
	{ O(SKIP), "skip-refused", NULL, AT(skip_refused),
	    { "import the good rows although others are refused",
	    "拒否された行を除いて取り込む" } },
	{ O(PIN), "pin", "HEX", AT(pin_hex),
	    { "SHA-256 of the root, typed from J-LIS's page",
	    "J-LIS公表のルート証明書のSHA-256" } },
	{ O(LIMIT), "limit", "N", AT(limit), { "show at most N",
	    "最大N件を表示" } },
	{ O(ROLE), "role", "ROLE", AT(role),
	    { "kiosk, desk, medical, admin or monitor",
	    "kiosk (受付端末), desk (窓口), medical (医療情報閲覧), "
	    "admin (管理者), monitor (監視)" } },
	{ O(HOME), "home", NULL, AT(home),
	    { "a phone or tablet that goes on home visits",
	    "訪問診療に持ち出す端末" } },
	{ O(TOKEN_FILE), "token-file", "FILE", AT(token_file),
	    { "new file for the token, readable by its owner only",
	    "トークンを書き込む新しいファイル (所有者だけが読める)" } },
	{ O(KEY), "key", "FILE", AT(key_file),
	    { "its Ed25519 public key for face evidence; none: take it away",
	    "顔認証の結果に署名する鍵の公開鍵 (Ed25519)。none で取消し" } },
	{ O(LENGTH), "length", "N", AT(length),
	    { "digits, 6 to 12; 8 without it", "桁数 6〜12 (既定 8)" } },
	{ O(DAYS), "days", "N", AT(days),
	    { "valid for 1 to 366 days; 30 without it",
	    "有効日数 1〜366 (既定 30)" } },
	{ O(OUT), "out", "FILE", AT(out),
	    { "new file to write: a recording, a bundle (.tar.gz), an export",
	    "書き込む新しいファイル" } },
	{ O(MINUTES), "minutes", "N", AT(minutes),
	    { "for 1 to 120 minutes; 10 without it",
	    "記録する時間 1〜120分 (既定 10)" } },
	{ O(ROOT), "root", "DIR", AT(root),
	    { "look at /proc, /run, /sys and /usr below DIR",
	    "/proc, /run, /sys, /usr を DIR の下で調べる" } },
	{ O(LOG), "log", "FILE", AT(log_file),
	    { "a log of shikakud whose last lines are put in, redacted",
	    "末尾を伏せ字にして入れる記録ファイル" } },
	{ O(LIST), "list", NULL, AT(list),
	    { "list what would be in it, write nothing",
	    "中身を一覧するだけで書き込まない" } },
	{ O(STAFF), "staff", "NAME", AT(staff),
	    { "the member of the staff who notes it", "記入する担当者の氏名" } },
	{ O(FROM), "from", "DATE", AT(from),
	    { "first day, YYYYMMDD (a month: YYYYMM)", "期間の初日 YYYYMMDD" } },
	{ O(TO), "to", "DATE", AT(to),
	    { "last day; --from without it", "期間の末日 (既定 --from と同じ)" } },
	{ O(AXIS), "axis", "AXIS", AT(axis),
	    { "consent, examination or month: what the days are of",
	    "consent (同意日), examination (診療日), month (診療年月)" } },
	{ O(MONTH), "month", "YYYYMM", AT(month),
	    { "the month of treatment", "診療年月" } },
	{ O(DATE), "date", "YYYYMMDD", AT(date),
	    { "the day coverage is asked for; today without it",
	    "資格確認日 (既定 本日)" } },
	{ O(CHART), "chart", "LIST", AT(chart),
	    { "chart numbers, with commas between them",
	    "カルテ番号 (コンマ区切り)" } },
	{ O(PATIENTS), "patients", "FILE", AT(patients),
	    { "file with a chart number in each line, or in its first column",
	    "カルテ番号の一覧 (1行に1つ、またはCSVの1列目)" } },
	{ O(LIMIT_CONSENT), "limit-consent", NULL, AT(limit_consent),
	    { "the patients consented to their limit certificate",
	    "限度額適用認定証の提供に同意を得ている" } },
	{ O(TIMEOUT), "timeout", "SECONDS", AT(timeout),
	    { "wait so long, 0 to 86400; 180 without it",
	    "待つ秒数 0〜86400 (既定 180)" } },
	{ O(STATE), "state", "STATE", AT(state),
	    { "those in this state only", "この状態のものだけ" } },
	{ O(ERRORS), "errors", NULL, AT(errors),
	    { "those without an answer, or with an error",
	    "エラー・回答なし・対象外のものだけ" } },
	{ O(PART), "part", "N", AT(part),
	    { "that part only", "この分割だけ" } },
	{ O(PERSON), "person", "N", AT(seq),
	    { "that person only, by the number of jobs persons",
	    "この1人だけ (jobs persons の番号)" } },
	{ O(UNSURE), "unsure", NULL, AT(unsure),
	    { "also what the terminal may have been asked: you have looked",
	    "端末が受け取ったか不明な分も (端末で確かめたうえで)" } },
	{ O(FORM), "form", "FORM", AT(form),
	    { "pdf or xml; pdf without it", "pdf または xml (既定 pdf)" } },
	{ O(MONTHS), "months", "RANGE", AT(months),
	    { "YYYYMM-YYYYMM, months of treatment; the last 12 without it",
	    "診療年月 YYYYMM-YYYYMM (既定 最近12か月)" } },
	{ O(TREATMENTS), "treatments", NULL, AT(treatments),
	    { "with the treatments (consent to them is needed)",
	    "診療情報を含める (その同意が必要)" } },
	{ O(JOB), "job", "ID", AT(job),
	    { "what came by this job", "この照会依頼の結果" } },
	{ O(AGAIN), "again", NULL, AT(again),
	    { "also what was made before", "作成済みのものも作成する" } },
	{ O(YES), "yes", NULL, AT(yes),
	    { "do not ask", "確認せずに行う" } },
	{ O(ENCODING), "encoding", "ENCODING", AT(encoding),
	    { "utf-8 or shift_jis; utf-8 without it",
	    "utf-8 または shift_jis (既定 utf-8)" } },
	{ O(PLAIN), "plain", NULL, AT(plain),
	    { "for programs: nothing that protects cells in spreadsheets",
	    "プログラム用。表計算ソフト向けの保護を付けない" } },
	{ O(HTML), "html", NULL, AT(html),
	    { "a page to print on A4", "A4で印刷するページ (HTML)" } },
	{ O(SAVE), "save", NULL, AT(save),
	    { "into the folder of [report], by the manual's name",
	    "設定の [report] のフォルダに保存する" } },
	{ O(REASON), "reason", "TEXT", AT(reason),
	    { "why; it stands in the audit", "理由 (監査の記録に残る)" } },
	{ O(ACTION), "action", "ACTION", AT(action),
	    { "renew, overwrite, new, reference or confirm; without it what is "
	    "suggested",
	    "renew (更新), overwrite (上書き), new (新患登録), reference "
	    "(照会番号), confirm (保険証確認日)。省略時は提案のとおり" } },
	{ O(SWITCH_ON), "switch-on", "YYYYMMDD", AT(switch_on),
	    { "the day the insurance changes; its first day without it",
	    "切替日 (既定は保険有効開始日)" } },
	{ O(FIELDS), "fields", "LIST", AT(fields),
	    { "fields to overwrite, with commas between them",
	    "上書きする項目 (コンマ区切り)" } },
	{ O(WAITING), "waiting", "WHAT", AT(waiting),
	    { "new: patients without insurance; changed: whose insurance "
	    "changed; review: imports nobody looked at",
	    "new (新規利用者), changed (資格に変更), review (要確認)" } },
	{ O(NEW), "new", NULL, AT(fresh),
	    { "a patient who is not registered yet", "新しい患者として登録" } },
	{ O(NAME), "name", "TEXT", AT(name),
	    { "part of the name", "氏名の一部" } },
	{ O(KANA), "kana", "TEXT", AT(kana),
	    { "part of the kana name", "氏名カナの一部" } },
	{ O(BIRTHDATE), "birthdate", "YYYYMMDD", AT(birthdate),
	    { "born on that day", "生年月日" } },
	{ O(INSURER), "insurer", "NUMBER", AT(insurer),
	    { "insurer number", "保険者番号" } },
	{ O(SOURCE), "source", "SOURCE", AT(source),
	    { "check, face or list", "check (照会), face (顔認証), list (一括)" } },
	{ O(VALIDITY), "validity", "CODE", AT(validity),
	    { "1 valid, 2 invalid, 3 invalid with a new one, 4 none ...",
	    "資格有効性 1 有効, 2 無効, 3 無効(新しい資格あり), 4 該当なし ..." } },
	{ O(LINK), "link", "LINK", AT(link),
	    { "asked, certain, chosen, possible, many, none or differs",
	    "asked, certain, chosen, possible, many, none, differs" } },
	{ O(ITEM), "item", "ITEM", AT(item),
	    { "limit, disease, checkup, drug, diagnosis, operation ...",
	    "limit, disease, checkup, drug, diagnosis, operation など" } },
	{ O(WITHIN), "within", "DAYS", AT(within),
	    { "those that end within so many days, 0 to 3660",
	    "この日数のうちに期限が来るもの 0〜3660" } },
	{ O(ENDED), "ended", NULL, AT(ended),
	    { "those that have ended", "期限の切れたもの" } },
	{ O(JSON), "json", NULL, AT(json),
	    { "one JSON object on standard output, nothing else",
	    "標準出力にJSONを1つだけ出力" } },
#undef AT
};

static const struct command {
	const char	*words[2];
	int		(*run)(struct cli *);
	uint64_t	 bits;
	int		 args_min, args_max;
	const char	*args, *means[2];
} commands[] = {
	{ { "check", NULL }, check_main, O(CONFIG) | O(PATIENT) | O(READER) |
	    O(CONSENT) | O(PRESCRIPTION) | O(PIN_STDIN) | O(LAST_TRY) | O(JSON),
	    0, 0, "", { "one visit: card, PIN, consent, qualification",
	    "1人の受付: カード、暗証番号、同意、資格確認" } },
	{ { "card", NULL }, card_main, O(CONFIG) | O(READER) | O(SHOW) |
	    O(PIN_STDIN) | O(LAST_TRY) | O(JSON), 0, 0, "",
	    { "what the card on the reader is, tries left",
	    "置かれたカードの種類と残り回数" } },
	{ { "readers", "record" }, readers_record_main, O(CONFIG) | O(OUT) |
	    O(MINUTES) | O(JSON), 1, 1, " NAME",
	    { "what a kiosk's reader does, without PINs and card data",
	    "受付端末のリーダーの動作の記録 (暗証番号・カードの内容は除く)" } },
	{ { "readers", NULL }, readers_main, O(CONFIG) | O(JSON), 0, 0, "",
	    { "the connected readers",
	    "接続中のカードリーダー" } },
	{ { "requests", "show" }, requests_show_main, O(CONFIG) | O(JSON), 1, 1,
	    " FILE", { "the stored answer to one request",
	    "保存した回答の表示" } },
	{ { "requests", NULL }, requests_main, O(CONFIG) | O(LIMIT) | O(JSON), 0,
	    0, "", { "take in late answers and list requests",
	    "遅れた回答を取り込み、照会を一覧する" } },
	{ { "results", "explain" }, results_explain_main, O(JSON), 1, 1,
	    " FILE", { "what a file of res or face is; touches nothing",
	    "res・face のファイルの説明 (読むだけ)" } },
	{ { "patients", "import" }, patients_import_main, O(CONFIG) | O(SKIP) |
	    O(JSON), 1, 1, " FILE.csv", { "take in patients, all or none",
	    "患者の取り込み (全件か中止か)" } },
	{ { "patients", "list" }, patients_list_main, O(CONFIG) | O(SHOW) |
	    O(JSON), 0, 0, "", { "chart numbers; names with --show",
	    "患者の一覧 (氏名は --show)" } },
	{ { "export", "orca" }, export_orca_main, O(CONFIG) | O(JOB) | O(AGAIN) |
	    O(YES) | O(STAFF) | O(JSON), 0, 1000, " FINDING",
	    { "answers, or those of --job, for ORCA: one XML a patient, each once",
	    "日レセ登録用XMLの作成 (1人1ファイル、1回だけ)" } },
	{ { "export", "fhir" }, export_fhir_main, O(CONFIG) | O(OUT), 1, 1,
	    " CHART", { "a patient as FHIR R4 (JP Core)",
	    "1人の資格情報を FHIR R4 (JP Core) で出力" } },
	{ { "export", "csv" }, export_csv_main, O(CONFIG) | O(JOB) | O(FROM) |
	    O(TO) | O(ENCODING) | O(PLAIN) | O(OUT) | O(JSON), 1, 1, " LIST",
	    { "findings, errors (of a job), patients or imports as CSV",
	    "findings (結果), errors (照会依頼のエラー), patients, imports を"
	    "CSVで出力" } },
	{ { "export", "report" }, export_report_main, O(CONFIG) | O(JOB) |
	    O(HTML) | O(SAVE) | O(OUT) | O(JSON), 1, 1, " WHAT",
	    { "an import's report by its id; check or limit: of a job",
	    "取込結果の帳票 (取込ID)。check, limit は照会依頼の結果の一覧" } },
	{ { "patients", "show" }, patients_show_main, O(CONFIG) | O(SHOW) |
	    O(JSON), 1, 1, " CHART", { "a patient and the history of coverage; "
	    "names and numbers with --show",
	    "患者と資格の履歴 (氏名・番号は --show)" } },
	{ { "patients", "save" }, patients_save_main, O(CONFIG) | O(NEW) |
	    O(STAFF) | O(JSON), 1, 1, " CHART",
	    { "new or corrected values, a JSON object on standard input",
	    "患者の登録・訂正。標準入力のJSONから読む" } },
	{ { "patients", "link" }, patients_link_main, O(CONFIG) | O(STAFF) |
	    O(REASON) | O(JSON), 2, 2, " CHART NUMBER",
	    { "register a reference number", "照会番号の登録" } },
	{ { "patients", "unlink" }, patients_unlink_main, O(CONFIG) | O(YES) |
	    O(STAFF) | O(REASON) | O(JSON), 1, 1, " CHART",
	    { "take the reference number away; the audit keeps it",
	    "照会番号の削除 (理由が必要。監査の記録に残る)" } },
	{ { "imports", "list" }, imports_list_main, O(CONFIG) | O(WAITING) |
	    O(JOB) | O(PATIENT) | O(LIMIT) | O(SHOW) | O(JSON), 0, 0, "",
	    { "imports that were made, or findings that wait for one",
	    "取込の一覧、または取込を待つ確認結果" } },
	{ { "imports", "compare" }, imports_compare_main, O(CONFIG) |
	    O(PATIENT) | O(SHOW) | O(JSON), 1, 1, " FINDING",
	    { "a finding beside the patient's record, 18 fields",
	    "現在の情報と確認結果の比較 (18項目)" } },
	{ { "imports", "apply" }, imports_apply_main, O(CONFIG) | O(ACTION) |
	    O(PATIENT) | O(SWITCH_ON) | O(FIELDS) | O(YES) | O(STAFF) |
	    O(REASON) | O(SHOW) | O(JSON), 1, 1000, " FINDING",
	    { "take findings into the patients' records",
	    "資格情報の取込" } },
	{ { "imports", "show" }, imports_show_main, O(CONFIG) | O(SHOW) |
	    O(JSON), 1, 1, " ID", { "an import and its report",
	    "取込の結果" } },
	{ { "imports", "undo" }, imports_undo_main, O(CONFIG) | O(YES) |
	    O(STAFF) | O(REASON) | O(JSON), 1, 1, " ID",
	    { "put the patient back as before", "取込の取消し (理由が必要)" } },
	{ { "imports", "review" }, imports_review_main, O(CONFIG) | O(STAFF) |
	    O(JSON), 1, 1, " ID", { "somebody has looked at the record",
	    "個人台帳を確認済にする" } },
	{ { "audit", NULL }, audit_main, O(CONFIG) | O(PATIENT) | O(LIMIT) |
	    O(JSON), 0, 0, "", { "who did what, when and why",
	    "監査の記録 (だれが、いつ、なぜ)" } },
	{ { "clients", "add" }, clients_add_main, O(CONFIG) | O(ROLE) | O(HOME) |
	    O(READER) | O(TOKEN_FILE) | O(JSON), 1, 1, " NAME",
	    { "a new client, with a code to enrol it or a token in a file",
	    "端末の追加。登録コードを表示するか、トークンをファイルに書く" } },
	{ { "clients", "list" }, clients_list_main, O(CONFIG) | O(JSON), 0, 0,
	    "", { "the clients of the agent", "端末の一覧" } },
	{ { "clients", "code" }, clients_code_main, O(CONFIG) | O(JSON), 1, 1,
	    " NAME", { "a new one-time code to enrol a client",
	    "登録コードの発行 (1回限り)" } },
	{ { "clients", "token" }, clients_token_main, O(CONFIG) | O(TOKEN_FILE) |
	    O(JSON), 1, 1, " NAME", { "a new token in a file; the old one ends",
	    "新しいトークンをファイルに書く。前のものは無効になる" } },
	{ { "clients", "key" }, clients_key_main, O(CONFIG) | O(KEY) | O(JSON), 1,
	    1, " NAME", { "register a kiosk's key, or take it away",
	    "受付端末の公開鍵の登録と取消し" } },
	{ { "clients", "reader" }, clients_reader_main, O(CONFIG) | O(READER) |
	    O(JSON), 1, 1, " NAME", { "which card reader is a kiosk's",
	    "受付端末が使うカードリーダー" } },
	{ { "clients", "revoke" }, clients_revoke_main, O(CONFIG) | O(JSON), 1,
	    1, " NAME", { "end a client's token and code for good",
	    "端末の登録の取消し (元に戻せない)" } },
	{ { "devices", "invite" }, devices_invite_main, O(CONFIG) | O(JSON), 1,
	    1, " NAME", { "what enrols a device with a card reader elsewhere",
	    "離れた場所のカードリーダー(機器)の招待。有効化コードを表示" } },
	{ { "devices", "list" }, devices_list_main, O(CONFIG) | O(JSON), 0, 0,
	    "", { "the devices, and who is invited", "機器と招待の一覧" } },
	{ { "devices", "rename" }, devices_rename_main, O(CONFIG) | O(JSON), 2,
	    2, " NAME NEW", { "another name; kiosks with its reader follow",
	    "機器の名前の変更。受付端末の設定も変わる" } },
	{ { "devices", "revoke" }, devices_revoke_main, O(CONFIG) | O(JSON), 1,
	    1, " NAME", { "end a device for good, or its invitation",
	    "機器の登録または招待の取消し (元に戻せない)" } },
	{ { "passcodes", "issue" }, passcodes_issue_main, O(CONFIG) | O(LENGTH) |
	    O(DAYS) | O(JSON), 0, 0, "",
	    { "a passcode for visual confirmation, shown this once",
	    "目視確認用パスコードの発行 (表示は1回だけ)" } },
	{ { "passcodes", "list" }, passcodes_list_main, O(CONFIG) | O(JSON), 0,
	    0, "", { "the passcodes, without their digits",
	    "目視確認用パスコードの一覧 (番号は出ない)" } },
	{ { "passcodes", "revoke" }, passcodes_revoke_main, O(CONFIG) | O(JSON),
	    1, 1, " ID", { "end a passcode",
	    "目視確認用パスコードの取消し" } },
	{ { "passcodes", "unlock" }, passcodes_unlock_main, O(CONFIG) | O(JSON),
	    1, 1, " NAME", { "end a client's lock after wrong passcodes",
	    "パスコードの誤入力で停止した端末の解除" } },
	{ { "documents", "ask" }, documents_ask_main, O(CONFIG) | O(FORM) |
	    O(MONTHS) | O(TREATMENTS) | O(STAFF) | O(JSON), 2, 2, " CHART KIND",
	    { "ask for drug or check-up information, if the consent allows it",
	    "薬剤情報 (drug)・特定健診情報 (checkup) の取得。同意があるときだけ" } },
	{ { "documents", "list" }, documents_list_main, O(CONFIG) |
	    O(PATIENT) | O(JSON), 0, 0, "",
	    { "the documents that are kept, and how far a patient's are",
	    "保管中の薬剤・健診文書の一覧" } },
	{ { "documents", "open" }, documents_open_main, O(CONFIG) | O(OUT) |
	    O(STAFF) | O(JSON), 1, 1, " ID",
	    { "a document into a new file; medical staff only, and audited",
	    "文書を新しいファイルに書く (医療従事者だけ。監査に残る)" } },
	{ { "trust", "add" }, trust_add_main, O(CONFIG) | O(PIN) | O(JSON), 1, 1,
	    " FILE", { "install a pinned root certificate",
	    "ルート証明書の登録" } },
	{ { "trust", "list" }, trust_list_main, O(CONFIG) | O(JSON), 0, 0, "",
	    { "the installed root certificates",
	    "登録済みのルート証明書" } },
	{ { "config", "check" }, config_check_main, O(CONFIG) | O(JSON), 0, 0,
	    "", { "read the configuration and try its folders",
	    "設定とフォルダの確認" } },
	{ { "config", "example" }, config_example_main, 0, 0, 0, "",
	    { "print every key with its default",
	    "すべての設定項目と既定値" } },
	{ { "doctor", NULL }, doctor_main, O(CONFIG) | O(READER) | O(ROOT) |
	    O(JSON), 0, 0, "",
	    { "which layer is broken, from the card service to the terminal",
	    "カードサービスから端末まで、どこに異常があるかの点検" } },
	{ { "support-bundle", NULL }, support_main, O(CONFIG) | O(READER) |
	    O(ROOT) | O(OUT) | O(LOG) | O(LIST) | O(JSON), 0, 0, "",
	    { "a file for support, without anything personal",
	    "問い合わせ用の資料を作る (個人情報を含まない)" } },
	{ { "slip", NULL }, slip_main, O(CONSENT) | O(PRESCRIPTION) | O(STAFF),
	    0, 0, "", { "a reception slip for paper, as an HTML page",
	    "紙の受付票 (HTML)" } },
	{ { "jobs", "request" }, jobs_request_main, O(CONFIG) | O(FROM) | O(TO) |
	    O(AXIS) | O(MONTH) | O(DATE) | O(CHART) | O(PATIENTS) |
	    O(LIMIT_CONSENT) | O(FORM) | O(TREATMENTS) | O(STAFF) | O(JSON), 1, 1,
	    " CATEGORY",
	    { "ask for a list, or for many patients, without a visit",
	    "資格情報の一括取得・一括照会などの依頼" } },
	{ { "jobs", "list" }, jobs_list_main, O(CONFIG) | O(STATE) | O(LIMIT) |
	    O(JSON), 0, 0, "", { "what was asked for, newest first",
	    "依頼の一覧" } },
	{ { "jobs", "show" }, jobs_show_main, O(CONFIG) | O(JSON), 1, 1, " ID",
	    { "how far one is, part by part", "依頼の状況" } },
	{ { "jobs", "persons" }, jobs_persons_main, O(CONFIG) | O(STATE) |
	    O(ERRORS) | O(LIMIT) | O(JSON), 1, 1, " ID",
	    { "what became of each person", "依頼の1人ごとの結果" } },
	{ { "jobs", "fetch" }, jobs_fetch_main, O(CONFIG) | O(TIMEOUT) | O(JSON),
	    0, 1, " ID", { "take the results in; without ID those of all",
	    "結果の取得 (終わるまで待つ。IDがなければすべて)" } },
	{ { "jobs", "cancel" }, jobs_cancel_main, O(CONFIG) | O(JSON), 1, 1,
	    " ID", { "ask nothing more; what is out is still taken in",
	    "依頼の取消し (照会済みの分は取り込む)" } },
	{ { "jobs", "retry" }, jobs_retry_main, O(CONFIG) | O(PART) | O(PERSON) |
	    O(UNSURE) | O(JSON), 1, 1, " ID",
	    { "ask again for what ended without an answer",
	    "エラー・失敗した分の再照会" } },
	{ { "history", "show" }, history_show_main, O(CONFIG) | O(JSON), 1, 1,
	    " ID", { "one answer of the history, field by field",
	    "資格確認履歴の詳細" } },
	{ { "history", NULL }, history_main, O(CONFIG) | O(FROM) | O(TO) |
	    O(PATIENT) | O(NAME) | O(KANA) | O(BIRTHDATE) | O(INSURER) |
	    O(SOURCE) | O(VALIDITY) | O(STATE) | O(LINK) | O(JOB) | O(LIMIT) |
	    O(SHOW) | O(JSON), 0, 0, "",
	    { "answers for persons, newest first; at most 10,000 are shown",
	    "資格確認履歴の検索 (10,000件まで)" } },
	{ { "consents", NULL }, consents_main, O(CONFIG) | O(PATIENT) |
	    O(ITEM) | O(WITHIN) | O(ENDED) | O(LIMIT) | O(SHOW) | O(JSON), 0,
	    0, "", { "what patients consented to, until when, why it ended",
	    "同意の期限の一覧 (切れた理由も)" } },
	{ { "visits", "refused" }, visits_refused_main, O(CONFIG) | O(LIMIT) |
	    O(JSON), 0, 0, "", { "records of home visits that were refused",
	    "受け付けられなかった訪問の記録" } },
	{ { "visits", "diagram" }, visits_diagram_main, 0, 0, 0, "",
	    { "the states of a visit as a Graphviz digraph",
	    "受付の状態遷移図 (Graphviz)" } },
};

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static void
print_command(FILE *out, const struct command *c, enum err_lang lang, int all)
{
	fprintf(out, "  shikaku %s%s%s%s\n      %s\n", c->words[0],
	    c->words[1] == NULL ? "" : " ",
	    c->words[1] == NULL ? "" : c->words[1], c->args,
	    c->means[lang]);
	for (size_t i = 0; all && i < LEN(options); i++) {
		if ((c->bits & options[i].bit) != 0)
			fprintf(out, "      --%s%s%s: %s\n", options[i].name,
			    options[i].arg == NULL ? "" : " ",
			    options[i].arg == NULL ? "" : options[i].arg,
			    options[i].means[lang]);
	}
}

static void
print_help(FILE *out, enum err_lang lang)
{
	fprintf(out, "shikaku " SHIKAKU_VERSION ": online qualification check "
	    "(オンライン資格確認)\n\n");
	for (size_t i = 0; i < LEN(commands); i++)
		print_command(out, &commands[i], lang, 0);
	fprintf(out, "  shikaku help COMMAND\n      %s\n"
	    "  shikaku help exit-codes\n      %s\n  shikaku --version\n",
	    lang == ERR_JA ? "そのコマンドの指定" : "its options",
	    lang == ERR_JA ? "終了コードの一覧" : "what a command ends with");
}

/* How many words of argv name the command; 0 if none does. */
static int
names(const struct command *c, char *const *argv, int n)
{
	if (n < 1 || strcmp(argv[0], c->words[0]) != 0)
		return (0);
	if (c->words[1] == NULL)
		return (1);
	return (n > 1 && strcmp(argv[1], c->words[1]) == 0 ? 2 : 0);
}

static const struct command *
find(char *const *argv, int n, int *words)
{
	for (size_t i = 0; i < LEN(commands); i++) {
		if ((*words = names(&commands[i], argv, n)) > 0)
			return (&commands[i]);
	}
	return (NULL);
}

static int
help(const struct cli *cli, char *const *argv, int n)
{
	const struct command *c;
	int words;

	if (n == 0 || strcmp(argv[0], "help") == 0) {
		print_help(stdout, cli->lang);
		return (EXIT_VALID);
	}
	if (strcmp(argv[0], "exit-codes") == 0) {
		exit_print(stdout, cli->lang);
		return (EXIT_VALID);
	}
	if ((c = find(argv, n, &words)) != NULL) {
		print_command(stdout, c, cli->lang, 1);
		return (EXIT_VALID);
	}
	/* "help trust": all that begin with the word. */
	for (size_t i = 0; i < LEN(commands); i++) {
		if (strcmp(argv[0], commands[i].words[0]) != 0)
			continue;
		print_command(stdout, &commands[i], cli->lang, 1);
		c = &commands[i];
	}
	return (c != NULL ? EXIT_VALID : cli_fail(cli, ERR_USAGE, argv[0]));
}

static void
store_option(struct cli *cli, const struct option_row *o, const char *arg)
{
	void *at = (char *)cli + o->at;

	if (o->arg == NULL)
		*(int *)at = 1;
	else
		*(const char **)at = arg;
}

/* The option an argument names in full; abbreviations are refused, because
 * --l is not a yes to spend the last try. */
static const struct option_row *
named(const struct command *c, const char *arg)
{
	size_t n = strcspn(arg + 2, "=");

	for (size_t i = 0; i < LEN(options); i++) {
		if ((c->bits & options[i].bit) != 0 &&
		    strlen(options[i].name) == n &&
		    strncmp(options[i].name, arg + 2, n) == 0)
			return (&options[i]);
	}
	return (NULL);
}

/* Takes one option and its value; how many arguments that were, 0 if wrong. */
static int
take_option(struct cli *cli, const struct command *c, char **argv, int left)
{
	const struct option_row *o = named(c, argv[0]);
	const char *eq = strchr(argv[0], '=');

	if (o == NULL || (o->arg == NULL && eq != NULL) ||
	    (o->arg != NULL && eq == NULL && left < 2))
		return (0);
	if (o->arg != NULL && (eq != NULL ? eq[1] : argv[1][0]) == '\0')
		return (0);
	store_option(cli, o, eq != NULL ? eq + 1 : argv[1]);
	return (o->arg != NULL && eq == NULL ? 2 : 1);
}

/* Options anywhere, the other arguments collected; NULL, or the wrong one. */
static const char *
parse(struct cli *cli, const struct command *c, int argc, char **argv)
{
	int used, n = 0;

	cli->args = argv;
	for (int i = 0; i < argc; i += used) {
		used = 1;
		if (strncmp(argv[i], "--", 2) != 0)
			argv[n++] = argv[i];
		else if ((used = take_option(cli, c, argv + i, argc - i)) == 0)
			return (argv[i]);
		if (n > c->args_max)
			return (argv[n - 1]);
	}
	cli->nargs = n;
	return (n < c->args_min ? "an argument is missing" : NULL);
}

/* JSON is asked for, even if the rest of the line is wrong. */
static int
wants_json(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			return (1);
	}
	return (0);
}

static int
run(struct cli *cli, int argc, char **argv)
{
	const struct command *c;
	const char *wrong;
	int words, code;

	if (argc > 1 && (strcmp(argv[1], "help") == 0 ||
	    strcmp(argv[1], "--help") == 0))
		return (help(cli, argv + 2, argc - 2));
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		printf("shikaku " SHIKAKU_VERSION "\n");
		return (EXIT_VALID);
	}
	if (argc > 2 && (strcmp(argv[argc - 1], "--help") == 0 ||
	    strcmp(argv[argc - 1], "-h") == 0))
		return (help(cli, argv + 1, argc - 2));
	if ((c = find(argv + 1, argc - 1, &words)) == NULL) {
		print_help(stderr, cli->lang);
		cli->json = wants_json(argc, argv);
		return (cli_fail(cli, ERR_USAGE, argc > 1 ? argv[1] :
		    "a command is missing"));
	}
	if ((wrong = parse(cli, c, argc - 1 - words, argv + 1 + words)) !=
	    NULL) {
		print_command(stderr, c, cli->lang, 1);
		cli->json = wants_json(argc, argv);
		return (cli_fail(cli, ERR_USAGE, wrong));
	}
	code = c->run(cli);
	store_close(&cli->store);
	conf_free(&cli->conf);
	return (code);
}

int
main(int argc, char **argv)
{
	struct cli cli = { .lang = tty_lang() };
	struct note note = { "" };

	/* A pipe that closed early is an error of a write, not our end. */
	signal(SIGPIPE, SIG_IGN);
	if (secret_harden(&note) != ERR_OK)
		log_line(LOG_WARN, "main", "%s", note.text);
	return (run(&cli, argc, argv));
}
