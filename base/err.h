#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdint.h>

/*
 * Every way in which something can fail, in one list.  Callers branch on
 * the class, logs show the name, people read the text in their language and
 * what to do next.  A status word of the card is data, not an error, until
 * reader/ has looked it up in a table.
 */

/* What the caller can do about it. */
enum err_class {
	EC_NONE,	/* nothing happened */
	EC_RETRY,	/* the same step may succeed: link glitch, card reset */
	EC_CARD,	/* card gone, changed or of the wrong kind: ask for it */
	EC_READER,	/* reader or its service gone: reopen the transport */
	EC_HOLDER,	/* the person must act: PIN wrong, blocked, cancelled */
	EC_DATA,	/* the other side sent something we refuse */
	EC_TERMINAL,	/* the official terminal does not take or answer */
	EC_SETUP,	/* the administrator must act: configuration, folders */
	EC_OURS		/* our bug or our limit: log, give up */
};

/* X(name, class, English, Japanese, what to do next: English, Japanese) */
#define ERR_LIST(X)							      \
X(OK, EC_NONE, "ok", "正常", "", "")					      \
/* the card and its slot */						      \
X(CARD_RESET, EC_RETRY, "the card was reset by another program",	      \
    "カードが他のプログラムにより初期化されました",			      \
    "close other smart-card programs and start the visit again",	      \
    "他のカード用プログラムを終了し、もう一度始めてください")		      \
X(NO_CARD, EC_CARD, "no card on the reader", "カードが読み取れません",	      \
    "take the card away, wait two seconds, place it and keep it there",	      \
    "カードを離して2秒待ち、置いたら動かさないでください")		      \
X(CARD_MUTE, EC_CARD, "the card does not answer", "カードが応答しません",     \
    "take the card away, wait two seconds and place it again",		      \
    "カードを一度離し、2秒待ってから置き直してください")		      \
X(TORN, EC_CARD, "the card left in the middle of an answer",		      \
    "読み取りの途中でカードが離れました",					      \
    "take the card away, wait two seconds, place it and keep it there",	      \
    "カードを離して2秒待ち、置いたら動かさないでください")		      \
X(NOT_JPKI, EC_CARD, "this is not a My Number card",			      \
    "マイナンバーカードではありません",					      \
    "place the My Number card itself, alone",				      \
    "マイナンバーカードだけを置いてください")				      \
X(CARD_UNLOCKED, EC_CARD, "the card may still be unlocked",		      \
    "カードの暗証番号が有効なまま残っている可能性があります",		      \
    "take the card off the reader now",					      \
    "すぐにカードをリーダーから離してください")			      \
X(OTHER_PERSON, EC_HOLDER, "the answer names another person",		      \
    "回答の氏名・生年月日・性別が患者と一致しません",			      \
    "compare the chart with the insurance data; nothing was registered",      \
    "患者登録の保険情報を確かめてください。登録はしていません")		      \
X(NO_SERVICE, EC_READER, "the smart-card service (pcscd) is not running",     \
    "カードサービス(pcscd)が動いていません",				      \
    "start it: systemctl start pcscd.socket",				      \
    "管理者へ: systemctl start pcscd.socket を実行してください")	      \
X(NO_READER, EC_READER, "the card reader is not connected",		      \
    "カードリーダーが接続されていません",				      \
    "check the cable, then: shikaku readers",				      \
    "ケーブルを確かめ、shikaku readers で確認してください")		      \
X(READER_AMBIGUOUS, EC_SETUP, "more than one reader matches the pattern",     \
    "指定に合うカードリーダーが複数あります",				      \
    "name one reader exactly: see shikaku readers",			      \
    "shikaku readers の一覧から1台を指定してください")			      \
X(READER_BUSY, EC_READER, "another program holds the card reader",	      \
    "他のプログラムがカードリーダーを使用中です",			      \
    "close the other smart-card program and try again",			      \
    "他のカード用プログラムを終了してやり直してください")		      \
X(READER_DENIED, EC_SETUP, "the smart-card service refused us (polkit)",      \
    "カードサービスに拒否されました(polkit)",				      \
    "a polkit rule must allow org.debian.pcsc-lite.access_pcsc, access_card",  \
    "管理者へ: polkitでorg.debian.pcsc-lite.access_pcscとaccess_cardを許可") \
X(DEVICE_DENIED, EC_SETUP, "the reader's device file may not be opened",	      \
    "カードリーダーのデバイスを開く権限がありません",			      \
    "add the agent's user to the file's group (often dialout) and log in anew", \
    "管理者へ: 実行ユーザーをデバイスのグループ(dialout等)に加えてください")	      \
X(READER_DRIVER, EC_SETUP, "the system has no driver for the card reader",     \
    "このカードリーダーのドライバーがありません",			      \
    "install libccid, or use a reader named in hw-docs/readers",	      \
    "libccidをインストールするか、hw-docs/readers にある機種をお使いください")   \
X(READER_TAKEN, EC_SETUP, "the kernel's own NFC holds the card reader",	      \
    "OS(カーネル)のNFC機能がカードリーダーを占有しています",		      \
    "modprobe -r the module named, and blacklist it: hw-docs/readers",	      \
    "管理者へ: 示されたモジュールを modprobe -r し、blacklistに加えてください")  \
X(READER_HUNG, EC_READER, "the card reader stopped answering",		      \
    "カードリーダーが応答しなくなりました",				      \
    "unplug the reader, plug it in again, and start over",		      \
    "カードリーダーを差し直してからやり直してください")			      \
X(READER_FAULT, EC_READER, "the card reader reported a fault",		      \
    "カードリーダーが故障を報告しました",				      \
    "unplug the reader, plug it in again, and start over",		      \
    "カードリーダーを差し直してからやり直してください")			      \
/* the person */							      \
X(PIN_WRONG, EC_HOLDER, "the PIN does not match",			      \
    "暗証番号が一致しません",						      \
    "ask the patient before entering it again; the tries left are shown",     \
    "残り回数を確かめてから、もう一度入力してください")			      \
X(PIN_BLOCKED, EC_HOLDER, "the PIN is blocked, or was never set",	      \
    "暗証番号がロックされているか、設定されていません",			      \
    "the PIN is reset at the town office; use another way of checking",	      \
    "市区町村の窓口で初期化が必要です。他の確認方法をお使いください")	      \
X(PIN_NONE, EC_HOLDER, "this card has no PIN (PIN-less card)",		      \
    "暗証番号の設定がないカードです",					      \
    "use face recognition or visual confirmation",			      \
    "顔認証または目視確認をお使いください")				      \
X(PIN_FORMAT, EC_HOLDER, "the PIN must be 4 digits",			      \
    "暗証番号は4桁の数字です", "enter exactly 4 digits",			      \
    "数字4桁を入力してください")						      \
X(PIN_LAST_TRY, EC_HOLDER, "only one PIN try is left",			      \
    "暗証番号の入力はあと1回です",					      \
    "only if the patient is certain: repeat with --last-try",		      \
    "ご本人が確実な場合だけ --last-try を付けてやり直してください")	      \
X(PIN_UNSURE, EC_HOLDER, "the tries left on this PIN are not known",	      \
    "暗証番号の残り回数が確認できません",				      \
    "start again; if it stays unknown use another way of checking",	      \
    "やり直しても確認できない場合は他の方法をお使いください")		      \
X(NUMBER_B_WRONG, EC_HOLDER, "check number B does not match",		      \
    "照合番号Bが一致しません",							      \
    "compare birth date, expiry year and security code with the card",	      \
    "生年月日・有効期限の年・セキュリティコードを券面で確かめてください")				      \
X(NUMBER_B_FORMAT, EC_HOLDER, "check number B must be 14 digits",	      \
    "照合番号Bは14桁の数字です",							      \
    "birth date (year of the era) 6, expiry year 4, security code 4 digits",  \
    "生年月日(和暦)6桁、有効期限の西暦4桁、セキュリティコード4桁です")				      \
X(NUMBER_B_FEW, EC_HOLDER, "few tries are left on check number B",	      \
    "照合番号Bの残り回数が少なくなっています",						      \
    "it was not sent, so that the card does not lock; use another way",	      \
    "ロックを避けるため送信していません。他の確認方法をお使いください")					      \
X(NUMBER_B_BLOCKED, EC_HOLDER, "check number B is blocked",		      \
    "照合番号Bがロックされています",							      \
    "it is reset at the town office; use another way of checking",	      \
    "市区町村の窓口で初期化が必要です。他の確認方法をお使いください")					      \
X(NUMBER_B_UNSURE, EC_HOLDER,						      \
    "the tries left on check number B are not known",			      \
    "照合番号Bの残り回数が確認できません",						      \
    "place the card again; if it stays unknown use another way",	      \
    "置き直しても確認できない場合は他の方法をお使いください")					      \
X(CANCELLED, EC_HOLDER, "cancelled", "中止しました", "start again when ready",  \
    "準備ができたらもう一度始めてください")				      \
X(TIMEOUT, EC_RETRY, "nothing happened in time", "時間切れになりました",      \
    "start again", "もう一度始めてください")				      \
X(NO_CONSENT, EC_HOLDER, "the consent was not confirmed",		      \
    "同意内容が確認されていません",					      \
    "go through the consent items again and confirm them",		      \
    "同意内容を確認して登録してください")				      \
X(CONSENT_ENDED, EC_HOLDER, "the consent has ended",			      \
    "同意の有効期限が切れています",					      \
    "ask the patient for a new consent: by card, or on the consent page",     \
    "カードの読み取りか同意登録で、あらためて同意を得てください")		      \
X(TOO_MANY_FOUND, EC_DATA, "too many results to be shown",			      \
    "検索結果が多すぎるため表示できません",				      \
    "narrow the search: fewer days, a name, a birth date or an insurer",      \
    "期間・氏名・生年月日・保険者番号などで条件を絞り込んでください")	      \
/* what the card, a certificate or a file says */			      \
X(SW, EC_DATA, "the card refused the command",				      \
    "カードが命令を受け付けませんでした",				      \
    "take the card away, place it again; if it repeats, use another way",     \
    "カードを置き直してください。続く場合は他の方法をお使いください")	      \
X(NEEDS_PIN, EC_HOLDER, "the card wants the PIN first",			      \
    "先に暗証番号が必要なカードです",					      \
    "enter the PIN when asked",						      \
    "暗証番号を入力してください")					      \
X(NO_FILE, EC_CARD, "this card does not hold what was asked for",	      \
    "このカードには該当の情報がありません",				      \
    "use another way of checking", "他の確認方法をお使いください")	      \
X(SHORT, EC_DATA, "the card's answer is incomplete",			      \
    "カードの応答が途中で切れました", "place the card again",		      \
    "カードを置き直してください")					      \
X(TLV, EC_DATA, "the card's data is malformed",				      \
    "カードのデータの形式が正しくありません",				      \
    "place the card again; if it repeats the card needs the town office",     \
    "置き直しても続く場合は市区町村の窓口で確認が必要です")		      \
X(CERT_FORM, EC_DATA, "the card's certificate is malformed",		      \
    "電子証明書の形式が正しくありません",				      \
    "place the card again; if it repeats the card needs the town office",     \
    "置き直しても続く場合は市区町村の窓口で確認が必要です")		      \
X(CERT_CHAIN, EC_DATA, "the certificate is not issued by a trusted root",     \
    "電子証明書の発行者を確認できません",				      \
    "check the installed roots: shikaku trust list",			      \
    "管理者へ: shikaku trust list でルート証明書を確認してください")	      \
X(CERT_EXPIRED, EC_DATA, "the certificate has expired",			      \
    "電子証明書の有効期限が切れています",				      \
    "the patient renews it at the town office; use another way of checking",  \
    "市区町村の窓口で更新が必要です。他の確認方法をお使いください")	      \
X(CERT_NOT_YET, EC_DATA, "the certificate is not valid yet",		      \
    "電子証明書がまだ有効ではありません",				      \
    "check this machine's clock: shikaku doctor",			      \
    "この端末の時計を確かめてください (shikaku doctor)")		      \
X(CERT_USAGE, EC_DATA, "the certificate is not for user authentication",      \
    "利用者証明用の電子証明書ではありません",				      \
    "use another way of checking", "他の確認方法をお使いください")	      \
X(CERT_TEST, EC_DATA, "the certificate is of the test organisation",	      \
    "試験用の電子証明書です",						      \
    "test cards work only where trust.mode = test",			      \
    "試験用カードは試験モード以外では使えません")			      \
X(CERT_REVOKED, EC_DATA, "the certificate is revoked",			      \
    "電子証明書が失効しています",					      \
    "the patient renews it at the town office; use another way of checking",  \
    "市区町村の窓口で更新が必要です。他の確認方法をお使いください")	      \
X(REVOCATION_UNKNOWN, EC_DATA, "revocation could not be checked",	      \
    "失効の確認ができませんでした",					      \
    "revocation is set to required: check the CRL file or the responder",     \
    "管理者へ: 失効確認の設定 (CRL/OCSP) を確認してください")		      \
X(PROOF, EC_DATA, "the card's signature does not verify",		      \
    "カードの署名を検証できませんでした",				      \
    "place the card again; if it repeats do not accept this card",	      \
    "置き直しても続く場合、このカードは受け付けないでください")		      \
X(NOT_GENUINE, EC_DATA, "the card is not shown to be genuine",		      \
    "真正なカードと確認できません",							      \
    "do not accept this card; use another way of checking",		      \
    "このカードは受け付けず、他の確認方法をお使いください")					      \
X(CARD_EXPIRED, EC_DATA, "the card has expired",			      \
    "カードの有効期限が切れています",							      \
    "the patient renews it at the town office; use another way of checking",  \
    "市区町村の窓口で更新が必要です。他の確認方法をお使いください")					      \
X(CHARSET, EC_DATA, "a character does not fit the encoding",		      \
    "文字コードに収まらない文字があります",				      \
    "correct the named character in the named field",			      \
    "示された項目の文字を直してください")				      \
X(XML_SYNTAX, EC_DATA, "the file is not well-formed XML",		      \
    "XMLの形式が正しくありません",					      \
    "the file is left where it is; ask the terminal's vendor",		      \
    "ファイルは残してあります。端末の保守業者に連絡してください")	      \
X(XML_DTD, EC_DATA, "the file holds a DOCTYPE or entity",		      \
    "DOCTYPEまたは実体参照を含むファイルです",				      \
    "the file is left where it is; it does not come from the terminal",	      \
    "ファイルは残してあります。端末からのものではありません")		      \
X(XML_DEEP, EC_DATA, "the file is nested too deeply",			      \
    "XMLの階層が深すぎます",						      \
    "the file is left where it is; it does not come from the terminal",	      \
    "ファイルは残してあります。端末からのものではありません")		      \
X(XML_BIG, EC_DATA, "the file is too large", "ファイルが大きすぎます",	      \
    "the file is left where it is; ask the terminal's vendor",		      \
    "ファイルは残してあります。端末の保守業者に連絡してください")	      \
X(LAYOUT, EC_DATA, "the file is not laid out as specified",		      \
    "ファイルの項目が仕様と異なります",					      \
    "the file is left where it is; ask the terminal's vendor",		      \
    "ファイルは残してあります。端末の保守業者に連絡してください")	      \
X(CRYPT, EC_DATA, "neither XML nor PDF nor ZIP: perhaps the terminal encrypts", \
    "XML・PDF・ZIPのいずれでもありません。端末側で暗号化されている可能性があります",\
    "in the terminal's encrypt.conf (face: encrypt_face.conf) set this kind "\
    "to n, then ask again; the file is left where it is",		      \
    "端末の encrypt.conf（face は encrypt_face.conf）でこの電文を n にしてから"\
    "照会し直してください。ファイルは残してあります")			      \
X(HALF, EC_RETRY, "the file is not complete yet",			      \
    "ファイルはまだ書き込み中です", "wait a few seconds and look again",	      \
    "数秒待ってからもう一度確認してください")				      \
X(FOREIGN, EC_DATA, "the file is not an answer to one of our requests",	      \
    "当方の照会に対する結果ではありません", "it is left where it is",	      \
    "ファイルはそのまま残してあります")					      \
X(ROW, EC_DATA, "a row or field was refused", "受け付けられない項目があります",\
    "correct the named row and field", "示された行と項目を直してください")   \
/* patients */								      \
X(UNREAD, EC_HOLDER, "the card's name could not be read",		      \
    "カードから氏名を読めませんでした",					      \
    "ask the person and name the chart number with --patient",		      \
    "ご本人に確かめ、--patient でカルテ番号を指定してください")		      \
X(UNSURE_MATCH, EC_HOLDER, "one patient may be meant, but it is not certain",  \
    "該当しそうな患者がいますが確実ではありません",			      \
    "compare with the person and name the chart number with --patient",	      \
    "ご本人に確かめ、--patient でカルテ番号を指定してください")		      \
X(NO_MATCH, EC_HOLDER, "no patient agrees with the card",		      \
    "カードの情報に合う患者がいません",					      \
    "register the patient, or name the chart number with --patient",	      \
    "患者を登録するか、--patient でカルテ番号を指定してください")	      \
X(MANY_MATCH, EC_HOLDER, "more than one patient may be meant",		      \
    "該当しうる患者が複数います",					      \
    "compare with the person and name the chart number with --patient",	      \
    "ご本人に確かめ、--patient でカルテ番号を指定してください")		      \
X(CONTRADICTS, EC_HOLDER, "the card contradicts the named patient",	      \
    "カードの情報が指定の患者と一致しません",				      \
    "check the chart number: this card belongs to someone else",	      \
    "カルテ番号を確かめてください。別の方のカードです")			      \
X(NO_PATIENT, EC_HOLDER, "there is no patient with this chart number",	      \
    "このカルテ番号の患者は登録されていません",				      \
    "check the number, or import the patient: shikaku patients import",	      \
    "番号を確かめるか、患者を登録してください")				      \
X(CHART_TWICE, EC_HOLDER, "this chart number is in the list already",	      \
    "同じカルテ番号がすでに一覧にあります", "nothing: the first one counts",      \
    "そのままで構いません。1回だけ照会します")				      \
X(NOT_NAMED, EC_TERMINAL, "the answer does not speak of this patient",	      \
    "回答にこの患者が含まれていません",					      \
    "ask again for this patient: shikaku jobs retry",			      \
    "shikaku jobs retry でもう一度照会してください")			      \
X(NO_INSURANCE, EC_HOLDER, "the patient's insurance data is incomplete",      \
    "患者の保険情報が足りません",					      \
    "fill in the named field and try again",				      \
    "示された項目を登録してからやり直してください")			      \
X(CHART_ZERO, EC_DATA, "chart number 0 is not a patient's number",	      \
    "カルテ番号 0 は患者の番号ではありません",				      \
    "give the patient a chart number first; nothing was done",		      \
    "先にカルテ番号を付けてください。処理していません")			      \
X(IN_LEDGER, EC_HOLDER, "there is a patient with this chart number already",  \
    "このカルテ番号の患者はすでに登録されています",			      \
    "compare with that patient, or use another chart number",		      \
    "その患者と見比べるか、別のカルテ番号にしてください")		      \
X(UNDECIDED, EC_HOLDER, "whose answer it is has not been decided",	      \
    "どの患者の回答か決まっていません",					      \
    "compare with the person and name the patient",			      \
    "ご本人に確かめ、患者を指定してください")				      \
X(NOT_VALID, EC_HOLDER, "the answer does not say that the coverage is valid", \
    "有効な資格の回答ではありません",					      \
    "ask the patient for the new insurance; nothing was imported",	      \
    "新しい保険証等を確かめてください。取り込んでいません")		      \
X(SEVERAL, EC_HOLDER, "the answer holds several insurances",		      \
    "複数の医療保険が該当しています",					      \
    "ask the patient which one holds and enter it by hand",		      \
    "ご本人に確かめ、該当する保険を手で入力してください")		      \
X(OLDER, EC_HOLDER, "a later answer of this patient was imported already",    \
    "この患者には、より新しい確認結果が取り込まれています",		      \
    "nothing, or name an action to apply it all the same",		      \
    "通常は取り込み不要です。取り込む場合は操作を指定してください")	      \
X(SWITCH_DATE, EC_HOLDER, "the coverage would begin before the one it follows", \
    "切替日が前の保険の開始日より前です",				      \
    "name a later switch date, or correct the old one first",		      \
    "切替日を直すか、先に前の保険の期間を訂正してください")		      \
X(IDENTITY, EC_HOLDER, "name, kana, sex and birth date are not overwritten",  \
    "氏名・カナ・性別・生年月日は上書きできません",			      \
    "make sure whose answer it is; correct the patient by hand",	      \
    "ご本人の回答か確かめ、患者登録を手で訂正してください")		      \
X(STANDS_ON, EC_HOLDER, "something later stands on it",			      \
    "後から行われた操作があるため戻せません",				      \
    "undo the later ones first, or correct the patient by hand",	      \
    "後の操作から順に戻すか、患者登録を手で訂正してください")		      \
X(REFERENCE_DIFFERS, EC_HOLDER, "the patient has another reference number",   \
    "照会番号が一致しません",						      \
    "make sure who it is; unlink first: shikaku patients unlink",	      \
    "ご本人か確かめ、先に照会番号を削除してください (patients unlink)")	      \
X(REFERENCE_TAKEN, EC_HOLDER, "another patient has this reference number",    \
    "同じ照会番号の別の患者がいます",					      \
    "make sure who it is; unlink the other one first",			      \
    "ご本人か確かめ、先に別の患者の照会番号を削除してください")		      \
/* the official terminal */						      \
X(REFUSED, EC_TERMINAL, "the terminal refused the request",		      \
    "端末が照会を受け付けませんでした",					      \
    "read the message; correct the patient's data and ask again",	      \
    "メッセージを確かめ、患者の情報を直してください")			      \
X(NOT_TAKEN, EC_TERMINAL, "the terminal did not take the request",	      \
    "端末が照会ファイルを取り込みませんでした",				      \
    "check that the terminal is on; the request was withdrawn",		      \
    "端末の電源を確認してください。照会は取り下げました")		      \
X(NO_ANSWER, EC_TERMINAL, "the terminal has not answered yet",		      \
    "端末からまだ回答がありません",					      \
    "do not ask again: the answer is taken in later by shikaku requests",     \
    "再照会は不要です。回答は後から shikaku requests で取り込みます")	      \
X(HELD, EC_RETRY, "the terminal restarts at this hour: nothing was asked",    \
    "端末の自動再起動の時間帯のため、照会を待っています",			      \
    "wait until the hour shown, then ask again; see [terminal] restart",      \
    "表示の時刻を過ぎてからやり直してください")				      \
X(KIND_OFF, EC_SETUP, "this kind of request is not turned on",		      \
    "この種類の照会は有効になっていません",				      \
    "its form is not confirmed; when it is, add it to [terminal] unconfirmed",   \
    "仕様が未確認です。確認できたら設定の [terminal] unconfirmed に加えてください") \
X(ASK_OFF, EC_SETUP, "requests are disabled by setting",		      \
    "設定により通信での資格確認を行いません",				      \
    "set [terminal] ask = yes", "設定の [terminal] ask を yes にしてください")   \
X(CATEGORY, EC_DATA, "there is no such category of request",		      \
    "照会の区分が正しくありません",					      \
    "use aid, home, online, nursing or another one of the manual",	      \
    "区分を選び直してください (医療扶助・訪問診療・オンライン診療・訪問看護など)") \
X(RANGE, EC_DATA, "the range of dates cannot be asked for",		      \
    "照会の期間が正しくありません",					      \
    "correct the named date; either consent or examination dates",	      \
    "示された日付を直してください。同意日か診療日のどちらか一方です")		      \
/* set-up */								      \
X(RUNNING, EC_SETUP, "an agent is running on this store already",	      \
    "このデータベースのエージェントはすでに動いています",			      \
    "end the other one first, or use another store",			      \
    "先に動いているものを終了するか、別のデータベースを指定してください")	      \
X(IN_USE, EC_SETUP, "another program listens there already",		      \
    "すでに別のプログラムが使っているアドレスです",				      \
    "end the other program, or choose another: [api] port, socket, lan; "     \
    "[devices] listen",							      \
    "そのプログラムを終了するか、設定の [api] port などを変えてください")	      \
X(NO_CONF, EC_SETUP, "there is no configuration", "設定ファイルがありません",   \
    "make one: shikaku config example > FILE, then --config FILE",	      \
    "shikaku config example > ファイル名 で作ってください")		      \
X(NO_CERT, EC_SETUP, "the file is not a certificate",			      \
    "証明書のファイルではありません",					      \
    "use the .cer file downloaded from J-LIS",				      \
    "J-LISから入手した .cer ファイルを指定してください")		      \
X(CSV, EC_SETUP, "the CSV file cannot be read as a table",		      \
    "CSVファイルの形式が正しくありません",				      \
    "correct the named line; headings: man shikaku",			      \
    "示された行を直してください (見出し: man shikaku)")			      \
X(CONF, EC_SETUP, "the configuration is wrong",				      \
    "設定に誤りがあります", "correct the named line: shikaku config check",   \
    "示された行を直してください (shikaku config check)")			      \
X(FOLDER, EC_SETUP, "a folder cannot be used",				      \
    "フォルダが使えません",						      \
    "check the path, the share and its rights: shikaku doctor",		      \
    "場所・共有・権限を確かめてください (shikaku doctor)")		      \
X(PIN_OF_ROOT, EC_SETUP, "the root certificate is not a pinned one",	      \
    "登録が認められたルート証明書ではありません",			      \
    "compare the SHA-256 with the one published by J-LIS",		      \
    "J-LISが公表しているSHA-256と比べてください")			      \
X(NO_ANCHOR, EC_SETUP, "no root certificate is installed",		      \
    "ルート証明書が登録されていません", "add them: shikaku trust add FILE",     \
    "shikaku trust add FILE で登録してください")			      \
X(ANCHOR_EXPIRED, EC_SETUP, "every root certificate has expired",	      \
    "ルート証明書の有効期限がすべて切れています",			      \
    "add the new ones of J-LIS: shikaku trust add FILE",		      \
    "J-LISの新しい証明書を shikaku trust add FILE で登録してください")	      \
X(CLOCK, EC_SETUP, "this machine's clock is wrong",			      \
    "この端末の時計が合っていません",					      \
    "set up chrony or systemd-timesyncd, on the terminal as well",	      \
    "管理者へ: chrony か systemd-timesyncd で合わせ、端末の時計も確かめてください") \
X(STORE_BUSY, EC_RETRY, "the store is in use", "データベースが使用中です",    \
    "try again", "もう一度試してください")				      \
X(STORE_NEWER, EC_SETUP, "the store was written by a newer version",	      \
    "新しい版で作られたデータベースです", "install the newer version",	      \
    "新しい版をインストールしてください")				      \
X(STORE, EC_SETUP, "the store cannot be read or written",		      \
    "データベースの読み書きができません",				      \
    "check the disk and the rights of the data folder: shikaku doctor",	      \
    "ディスクと権限を確かめてください (shikaku doctor)")			      \
X(NOT_FOUND, EC_SETUP, "the file cannot be read", "ファイルを読めません",      \
    "check the name and the rights", "名前と権限を確かめてください")	      \
X(NO_RECORDING, EC_SETUP, "nothing was recorded",			      \
    "記録されたものがありません",						      \
    "is the agent running, and its reader free? then record again",	      \
    "エージェントの動作と受付の状況を確かめ、もう一度記録してください")	      \
X(USAGE, EC_SETUP, "wrong command line", "コマンドの指定が違います",	      \
    "see shikaku help", "shikaku help をご覧ください")			      \
/* the agent's clients */						      \
X(BAD_REQUEST, EC_DATA, "the request is malformed",			      \
    "要求の形式が正しくありません", "see the detail and the API description",	      \
    "詳細とAPIの説明を確かめてください")					      \
X(BAD_HOST, EC_DATA, "the request does not name this agent",		      \
    "宛先のホスト名が正しくありません",					      \
    "use the address the agent prints; others: [api] hosts",		      \
    "表示されたアドレスを使うか、設定の [api] hosts に加えてください")	      \
X(BAD_ORIGIN, EC_DATA, "a page of another site may not use this agent",	      \
    "他のサイトのページからは利用できません",				      \
    "open the agent's own page; others: [api] origins",			      \
    "このソフトの画面を開くか、設定の [api] origins に加えてください")	      \
X(NO_TOKEN, EC_SETUP, "no valid token", "この端末は登録されていません",	      \
    "enrol this device again with a new code",				      \
    "登録コードを入力して端末を登録し直してください")			      \
X(NOT_ALLOWED, EC_SETUP, "this client may not do that",			      \
    "この端末には許可されていない操作です",				      \
    "use a client with the role for it", "権限のある端末で操作してください")	      \
X(NO_SUCH, EC_DATA, "there is no such thing", "該当するものがありません",     \
    "it may have ended: look at the list again",			      \
    "終了した可能性があります。一覧を確かめてください")			      \
X(NOT_NOW, EC_DATA, "this is not what is waited for now",		      \
    "いまはこの操作ができません", "read it again and follow what it wants", \
    "画面を更新して、表示された操作をしてください")			      \
X(KEY_REUSED, EC_DATA, "the Idempotency-Key was used for another request",    \
    "同じ操作番号が別の要求に使われています", "make a new key for a new request",  \
    "もう一度はじめから操作してください")				      \
X(TOO_MANY, EC_RETRY, "too many requests", "要求が多すぎます",		      \
    "wait and try again", "少し待ってからやり直してください")		      \
X(CODE, EC_HOLDER, "the enrolment code is wrong or used up",		      \
    "登録コードが違うか、使用済みです",					      \
    "have a new code issued", "新しい登録コードを発行してください")	      \
X(NO_CLIENT, EC_SETUP, "there is no client of this name",		      \
    "この名前の端末は登録されていません", "see shikaku clients list",	      \
    "shikaku clients list で確かめてください")				      \
X(KEY_FILE, EC_SETUP, "this is not the file of one Ed25519 public key",	      \
    "Ed25519の公開鍵1つのファイルではありません",			      \
    "on the device: openssl pkey -in KEY -pubout -out FILE",		      \
    "端末で openssl pkey -in 秘密鍵 -pubout -out ファイル を実行してください") \
/* handing over */							      \
X(MISFIT, EC_DATA, "characters that Shift_JIS does not have",		      \
    "Shift_JIS(CP932)で表せない文字があります",					      \
    "nothing was written: correct them, or write UTF-8",		      \
    "何も書いていません。文字を直すか、UTF-8で書き出してください")		      \
X(NO_COVERAGE, EC_DATA, "the answer holds no coverage to hand over",	      \
    "この回答には渡せる資格情報がありません",				      \
    "read its validity and message; ask again if need be",		      \
    "資格有効性とメッセージを確かめ、必要なら照会し直してください")		      \
X(HANDED_OVER, EC_HOLDER, "this answer was handed over already",	      \
    "すでに日レセ登録用XMLを作成した結果です",				      \
    "only if it is really wanted twice: --again",			      \
    "もう一度作成するときだけ --again を付けてください")			      \
X(NEW_FILE, EC_SETUP, "the file cannot be made",			      \
    "ファイルを作成できません",						      \
    "name a new file in a folder you may write; nothing is overwritten",      \
    "書き込めるフォルダの新しいファイル名を指定してください。上書きはしません") \
X(NOT_UNLOCKED, EC_HOLDER, "the device is not opened",			      \
    "端末が開かれていません", "enter the passcode and the purpose first",	      \
    "パスコードと動作モードを入力してください")				      \
X(PASSCODE, EC_HOLDER, "the passcode does not match",			      \
    "パスコードが一致しません", "check the passcode and enter it again",	      \
    "パスコードを確かめて、もう一度入力してください")			      \
X(NO_PASSCODE, EC_SETUP, "no passcode is valid",			      \
    "有効な目視確認用パスコードがありません",				      \
    "an administrator must issue one first",				      \
    "管理者に発行を依頼してください")					      \
X(PASSCODES, EC_SETUP, "too many passcodes are valid",			      \
    "有効なパスコードが多すぎます", "revoke one first",			      \
    "使わないものを無効にしてから発行してください")			      \
X(LOCKED, EC_HOLDER, "locked after wrong passcodes",			      \
    "パスコードの誤入力が続いたため停止しています",			      \
    "wait until the time shown", "表示の時刻まで待ってください")		      \
X(NOT_ARMED, EC_HOLDER, "no visit was waiting for this result",		      \
    "この結果を待っている受付がありません",				      \
    "compare with the person and name the patient",			      \
    "ご本人に確かめ、患者を指定してください")				      \
X(RESTARTED, EC_RETRY, "the program was restarted in the middle",	      \
    "途中でソフトが再起動しました", "start again", "もう一度始めてください")	      \
X(NOT_MATCHED, EC_HOLDER, "the person does not match the photograph",	      \
    "ご本人と写真が一致しません", "use another way of checking",		      \
    "他の確認方法をお使いください")					      \
X(EVIDENCE, EC_DATA, "the face evidence was refused",			      \
    "顔認証の結果を受け付けられません",					      \
    "check the kiosk's key, clock and threshold",			      \
    "端末の鍵・時計・しきい値を確かめてください")			      \
X(TERMINAL_ALARM, EC_TERMINAL, "no patient's check succeeds: the terminal or its line", \
    "すべての患者で確認ができません。端末か回線の障害です",			      \
    "check the terminal's power, screen and network; then call the help desk",  \
    "端末の電源・画面・回線を確かめ、直らなければコールセンターへ連絡してください") \
/* a device and its agent */						      \
X(DEVICE_AWAY, EC_READER, "the device is not connected",		      \
    "機器が接続されていません",						      \
    "start shikaku-reader on the device and check its network",		      \
    "機器の電源とネットワークを確かめ、shikaku-reader を起動してください")    \
X(NO_AGENT, EC_RETRY, "the agent cannot be reached",			      \
    "エージェントに接続できません",					      \
    "check the address, the network and that the agent is running",	      \
    "アドレスとネットワークを確かめ、エージェントが動いているか確認してください") \
X(LINK_TLS, EC_DATA, "the other side does not speak our protocol",	      \
    "接続先の通信方式が違います",					      \
    "check the address and port; both sides need the same version",	      \
    "アドレスとポート、双方の版を確かめてください")			      \
X(LINK_PEER, EC_DATA, "the other side's certificate is not accepted",	      \
    "接続先の証明書を受け付けられません",				      \
    "check both clocks; if it stays, enrol the device again",		      \
    "双方の時計を確かめ、直らなければ機器を登録し直してください")	      \
X(LINK_VERSION, EC_SETUP, "the other side speaks another version",	      \
    "接続先の版が違います", "install the same version on both sides",	      \
    "双方に同じ版をインストールしてください")				      \
X(LINK_REVOKED, EC_SETUP, "this device is not, or no longer, enrolled",	      \
    "この機器は登録されていないか、無効にされています",		      \
    "have the desk invite the device again, then enrol it",		      \
    "受付で招待し直し、機器を登録してください")				      \
X(NO_DEVICE, EC_SETUP, "there is no device of this name",		      \
    "この名前の機器は登録されていません", "see shikaku devices list",	      \
    "shikaku devices list で確かめてください")				      \
X(DEVICE_KEY, EC_SETUP, "the agent's key folder for devices is not usable",	      \
    "機器用の鍵フォルダが使えません",					      \
    "see the named file; the folder needs mode 0700, its keys 0600",	      \
    "示されたファイルを確かめてください (フォルダは0700、鍵は0600)")	      \
/* visits at home, without a network */					      \
X(NO_TICKET, EC_SETUP, "no unused ticket is left on this device",	      \
    "この機器に未使用のオフライン受付券がありません",				      \
    "connect to the clinic first: shikaku-reader tickets",		      \
    "先に院内へ接続してください (shikaku-reader tickets)")		      \
X(TICKET_USED, EC_DATA, "the ticket was used for another visit",	      \
    "このオフライン受付券は別の受付で使われています",				      \
    "compare with the visit it was used for; keep no copies of the folder",   \
    "同じ券の受付を確かめてください。機器のフォルダを複製しないでください")	      \
X(TICKET_EXPIRED, EC_DATA, "the ticket has expired",			      \
    "オフライン受付券の期限が切れています",					      \
    "check the device's clock; ask the patient again",			      \
    "機器の時計を確かめ、もう一度受付をしてください")				      \
X(TICKET_FOREIGN, EC_DATA, "the ticket is not this device's",		      \
    "この機器に発行されたオフライン受付券ではありません",			      \
    "find out where the record comes from; ask the patient again",	      \
    "記録の出所を確かめ、もう一度受付をしてください")				      \
X(TICKET_ALTERED, EC_DATA, "the ticket was altered",			      \
    "オフライン受付券が改ざんされています",					      \
    "find out where the record comes from; ask the patient again",	      \
    "記録の出所を確かめ、もう一度受付をしてください")				      \
X(RECORD_ALTERED, EC_DATA, "the visit's record does not verify",	      \
    "訪問先の受付記録を検証できません",						      \
    "find out where the record comes from; ask the patient again",	      \
    "記録の出所を確かめ、もう一度受付をしてください")				      \
X(SLIP, EC_DATA, "this is not the text of a slip's code",		      \
    "受付票のコードではないか、正しく読めていません",			      \
    "scan it again; if that fails type in what is written on it",	      \
    "もう一度読み取り、だめなら用紙の記載から登録してください")			      \
/* drug and check-up documents */					      \
X(VAULT_KEY, EC_SETUP, "the key of the documents is not usable",	      \
    "文書の鍵ファイルが使えません",					      \
    "see the named file: yours, mode 0600, and a copy kept elsewhere",	      \
    "示されたファイルを確かめてください (所有者と0600)。控えがあれば戻してください") \
X(VAULT_OTHER, EC_SETUP, "the document was sealed with another key",	      \
    "別の鍵で封をされた文書です",					      \
    "put back the key file it was sealed with: [documents] key",	      \
    "封をしたときの鍵ファイルを [documents] key に戻してください")	      \
X(VAULT_VERSION, EC_SETUP, "the document was sealed by another version",    \
    "別の版のソフトが封をした文書です",					      \
    "open it with the version that sealed it, or ask for it again",	      \
    "同じ版のソフトで開くか、もう一度取得してください")			      \
X(VAULT_ALTERED, EC_DATA, "the sealed document was altered",		      \
    "保管中の文書が書き換えられています",				      \
    "it is not shown; check the disk, and ask for the document again",	      \
    "表示しません。ディスクを確かめ、もう一度取得してください")		      \
/* ours */								      \
X(FORBIDDEN, EC_OURS, "this command or file is forbidden to us",	      \
    "読み取りが禁じられた項目です",					      \
    "it was refused before anything was sent; please report it",	      \
    "送信前に止めました。開発元に知らせてください")			      \
X(SEQUENCE, EC_OURS, "called out of order", "内部の手順の誤りです",	      \
    "please report it", "開発元に知らせてください")			      \
X(TOOBIG, EC_OURS, "does not fit", "大きさの上限を超えました",		      \
    "please report it", "開発元に知らせてください")			      \
X(NOMEM, EC_OURS, "out of memory", "メモリが足りません",		      \
    "close other programs", "他のプログラムを終了してください")		      \
X(SYS, EC_OURS, "the operating system refused", "OSに拒否されました",	      \
    "see the detail; please report it", "詳細を開発元に知らせてください")     \
X(LIB, EC_OURS, "a library failed", "ライブラリの処理に失敗しました",	      \
    "please report it", "開発元に知らせてください")

enum err {
#define ERR_ENUM(name, class, en, ja, next_en, next_ja) ERR_##name,
	ERR_LIST(ERR_ENUM)
#undef ERR_ENUM
	ERR_COUNT	/* not an error: how many there are */
};

/* The language people read; ERR_EN for anything but Japanese. */
enum err_lang { ERR_EN, ERR_JA };

/* All four accept any value; an unknown one reads as "unknown error". */
enum err_class	 err_class(enum err);
const char	*err_name(enum err);		/* "PIN_WRONG"; static */
const char	*err_text(enum err, enum err_lang);	/* static, UTF-8 */
const char	*err_next(enum err, enum err_lang);	/* "" if none */

/*
 * What the error code alone cannot say: which file, line, field or reader.
 * Caller-owned; functions that take one accept NULL.  It is shown to people
 * and written to logs: never a PIN, card data or anything personal.
 */
struct note {
	char	text[512];	/* UTF-8, terminated; "" if nothing to add */
};

/* Replaces the text; cuts at a character border.  note may be NULL. */
void	note_set(struct note *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif
