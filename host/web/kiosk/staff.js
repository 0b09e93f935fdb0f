import { PasscodeEntry, STAFF_MAX, usePasscode } from "../common/passcode.js";
import { ReasonChoice } from "../common/reason.js";
import { Button, Dialog, Field, html, useState } from "../common/ui.js";
import { t } from "../common/text.js";
import { useIdle } from "../common/time.js";

const AWAY_MS = 60_000;

function Why({ reason, setReason, staff, setStaff }) {
	return html`<${ReasonChoice} value=${reason} onChange=${setReason} />
	<${Field} id="staff" label=${t("staff.name")} value=${staff}
	    maxlength=${STAFF_MAX}
	    onInput=${(event) => setStaff(event.target.value)} />`;
}

/*
 * The staff begins visual confirmation: why and who, then the passcode.
 * onStart(body) -> null or the problem; onClose when it began or was left.
 */
export function StaffDialog({ onStart, onClose }) {
	const [reason, setReason] = useState(null);
	const [staff, setStaff] = useState("");
	const [asked, setAsked] = useState(false);
	const named = reason !== null && staff.trim() !== "";
	const code = usePasscode(async (passcode) => {
		const problem = await onStart({ mode: "visual", passcode, reason,
			staff: staff.trim() });

		if (problem === null)
			onClose();
		return problem;
	});

	useIdle(AWAY_MS, false, onClose);
	return html`<${Dialog} title=${t(asked ? "staff.code" : "staff.title")}
	    class="staff" onClose=${onClose}
	    actions=${html`<${Button} onPress=${onClose}>${t("staff.close")}<//>
		${asked ? html`<${Button} kind="main" key="enter"
		    off=${!code.ready} onPress=${code.enter}>
			${t("staff.enter")}<//>` :
		html`<${Button} kind="main" key="next" off=${!named}
		    onPress=${() => { setAsked(true); }}>${t("staff.next")}<//>`}`}>
		${asked ? html`<p>${t("passcode.lead")}</p>
		<div class="staff-code"><${PasscodeEntry} code=${code}
		    label=${t("staff.code")} /></div>` :
		html`<${Why} reason=${reason} setReason=${setReason} staff=${staff}
		    setStaff=${setStaff} />`}
	<//>`;
}
