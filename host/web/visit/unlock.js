import { post } from "../common/api.js";
import { Frame } from "../common/frame.js";
import { PasscodeEntry, STAFF_MAX, usePasscode } from "../common/passcode.js";
import { Banner, Button, Choice, Field, html, useState }
	from "../common/ui.js";
import { t } from "../common/text.js";

const PURPOSES = ["home_visit", "outpatient"];

function Who({ changing, blanked, staff, setStaff, purpose, setPurpose,
	onNext, onCancel }) {
	const ready = purpose !== null && staff.trim() !== "";

	return html`<${Frame} name="unlock-who" quit=${false}
	    title=${t(changing ? "visit.settings.mode" : "visit.locked.title")}
	    lead=${!changing && t("visit.locked.lead")}
	    side=${onCancel && html`<${Button} onPress=${onCancel}>
		${t("visit.settings.cancel")}<//>`}
	    main=${html`<${Button} kind="main" off=${!ready} onPress=${onNext}>
		${t("visit.next")}<//>`}>
		${blanked && html`<${Banner} kind="info"
		    title=${t("visit.locked.blanked")} />`}
		<${Choice} name="purpose" label=${t("visit.mode.label")}
		    value=${purpose} onChange=${setPurpose}
		    rows=${PURPOSES.map((id) => [id, t(`visit.mode.${id}`)])} />
		<${Field} id="staff" label=${t("visit.staff")} value=${staff}
		    maxlength=${STAFF_MAX}
		    onInput=${(event) => setStaff(event.target.value)} />
	<//>`;
}

/*
 * Opens this device, or changes its 動作モード: both ask for the passcode
 * (features.md MAP-09).  onDone(client); onCancel null where there is no way
 * back.
 */
export function Unlock({ changing = false, blanked = false, online, onDone,
	onCancel = null }) {
	const [staff, setStaff] = useState("");
	const [purpose, setPurpose] = useState(null);
	const [asked, setAsked] = useState(false);
	const code = usePasscode(async (passcode) => {
		try {
			onDone(await post("/client/unlock", { passcode, purpose,
				staff: staff.trim() }));
			return null;
		} catch (problem) {
			return problem;
		}
	});

	if (!asked)
		return html`<${Who} changing=${changing} blanked=${blanked}
		    staff=${staff} setStaff=${setStaff} purpose=${purpose}
		    setPurpose=${setPurpose} onNext=${() => { setAsked(true); }}
		    onCancel=${onCancel} />`;
	return html`<${Frame} name="unlock-code" kind="split" quit=${false}
	    title=${t("visit.passcode")} lead=${t("passcode.lead")}
	    side=${html`<${Button} icon="left"
		onPress=${() => { setAsked(false); }}>${t("consent.back")}<//>`}
	    main=${html`<${Button} kind="main" off=${!code.ready || !online}
		onPress=${code.enter}>
		${t(changing ? "visit.settings.confirm" : "visit.unlock")}<//>`}>
		<${PasscodeEntry} code=${code} label=${t("visit.passcode")} />
	<//>`;
}
