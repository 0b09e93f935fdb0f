import { html, useMemo } from "../dom.js";
import { Frame } from "../frame.js";
import { Button, Text } from "../parts.js";
import { pick, t } from "../text.js";
import { after, useCountdown } from "../time.js";

/*
 * What a code means to the patient.  again: the same may go well a second
 * time; ways: only another way of checking helps.
 */
const GROUPS = [
	{ name: "away", icon: "card", again: true,
	    codes: ["NO_CARD", "TORN", "CARD_RESET", "CARD_MUTE", "SHORT"] },
	{ name: "wrong_card", icon: "card", again: true,
	    codes: ["NOT_JPKI", "NO_FILE"] },
	{ name: "blocked", icon: "lock", ways: true, codes: ["PIN_BLOCKED"] },
	{ name: "no_pin", icon: "info", ways: true, codes: ["PIN_NONE"] },
	{ name: "declined", icon: "info", ways: true, codes: ["PIN_LAST_TRY"] },
	{ name: "unsure", icon: "warn", ways: true, codes: ["PIN_UNSURE"] },
	{ name: "old_card", icon: "info", ways: true,
	    codes: ["CERT_EXPIRED", "CERT_REVOKED"] },
	{ name: "time", icon: "wait", again: true, codes: ["TIMEOUT", "EXPIRED"] },
	{ name: "busy", icon: "wait", codes: ["READER_BUSY"] },
	{ name: "reader", icon: "warn", codes: ["NO_READER", "NO_SERVICE",
	    "READER_HUNG", "READER_FAULT", "READER_DENIED",
	    "DEVICE_DENIED"] },
	{ name: "device", icon: "offline", again: true,
	    codes: ["DEVICE_AWAY"] },
	{ name: "lost", icon: "info", again: true,
	    codes: ["NO_SUCH", "CANCELLED", "RESTARTED"] },
	{ name: "offline", icon: "offline", again: true, codes: ["OFFLINE"] },
	{ name: "take_away", icon: "card", codes: ["CARD_UNLOCKED"] },
];
const OTHER = { name: "other", icon: "warn", ways: true };

const groupOf = (code) => GROUPS.find((row) => row.codes.includes(code)) ??
    OTHER;

/*
 * It ended without a check.  problem: {code, text}; ways: buttons of the page
 * for another way, shown where one helps; onAgain may be null.  With seconds
 * the screen leaves by itself.
 */
export function Ended({ problem, ways, onAgain, onBack, seconds = null }) {
	const row = groupOf(problem.code);
	const end = useMemo(() => seconds === null ? null :
	    after(seconds * 1000), [problem.code]);
	const left = useCountdown(end, onBack);
	const title = t(`end.${row.name}.title`);

	return html`<${Frame} name=${`end-${row.name}`} kind="calm" title=${title}
	    heading=${html`<${Text} name=${`end.${row.name}.title`} />`}
	    sign=${row.icon}
	    spoken=${title + t(`end.${row.name}.lead`)} quit=${false}
	    side=${row.again && onAgain !== null && html`<${Button}
		onPress=${onAgain}>${t("end.again")}<//>`}
	    main=${html`<${Button} kind="main" onPress=${onBack}>
		${t("end.back")}<//>`}>
		<p class="lead"><${Text} name=${`end.${row.name}.lead`} /></p>
		${row.ways && html`<div class="ways">${ways}</div>`}
		<p class="small">${row === OTHER && html`<span>
			${pick(problem.text)} (${problem.code}) </span>`}
			${left !== null && html`<span aria-hidden="true">
			${t("end.leaving", { left })}</span>`}</p>
	<//>`;
}
