import { Frame } from "../common/frame.js";
import { useLook } from "../common/look.js";
import { ReasonChoice } from "../common/reason.js";
import { Banner, Button, Dialog, html, Icon, Toggle, useState }
	from "../common/ui.js";
import { lang, pick, setLang, t } from "../common/text.js";

function Method({ name, icon, off, onPress }) {
	return html`<${Button} class="method" icon=${icon} off=${off}
	    onPress=${onPress}>
		<span class="method-name">${t(`visit.home.${name}`)}</span>
		<span class="method-what">
			${t(`visit.home.${name}.what`)}</span><//>`;
}

/* The reader is not on this phone: whoever reads this can reach it. */
function ReaderNote({ error, away }) {
	return html`<${Banner} kind="warn" title=${away ?
	    t("visit.away.title") : pick(error.text)}>
		<p>${away ? t("visit.away.next") : pick(error.next)}</p>
		${away && html`<p>${t("visit.away.offline")}</p>`}<//>`;
}

/* 同意登録: how the person is verified begins it. */
export function Home({ reader, slow, setSlow, online, onPin, onVisual }) {
	const away = reader?.error?.code === "DEVICE_AWAY";
	const off = !online || away;

	return html`<${Frame} name="home" kind="home" quit=${false}
	    title=${t("visit.home.title")} lead=${t("visit.home.lead")}>
		${reader?.error && html`<${ReaderNote} error=${reader.error}
		    away=${away} />`}
		<${Toggle} on=${slow} icon="slow"
		    onPress=${(to) => { setSlow(to); }}>${t("visit.home.slow")}<//>
		<div class="methods">
			<${Method} name="pin" icon="pad" off=${off}
			    onPress=${onPin} />
			<${Method} name="visual" icon="eye" off=${off}
			    onPress=${onVisual} />
		</div>
	<//>`;
}

/* Why it is done by sight; onBegin(reason). */
export function Reason({ online, onBegin, onCancel }) {
	const [reason, setReason] = useState(null);

	return html`<${Frame} name="reason" quit=${false}
	    title=${t("visit.home.visual")} lead=${t("visit.reason.lead")}
	    side=${html`<${Button} icon="left" onPress=${onCancel}>
		${t("consent.back")}<//>`}
	    main=${html`<${Button} kind="main" off=${reason === null || !online}
		onPress=${() => onBegin(reason)}>${t("visit.next")}<//>`}>
		<${ReasonChoice} value=${reason} onChange=${setReason} />
	<//>`;
}

/* 設定 */
export function Settings({ onMode, onLock, onClose }) {
	const [dark, setDark] = useLook("light"), [look, setLook] = useLook("look");
	const other = lang() === "ja" ? "en" : "ja";

	return html`<${Dialog} title=${t("visit.settings")} onClose=${onClose}
	    actions=${html`<${Button} onPress=${onClose}>
		${t("visit.settings.close")}<//>`}>
		<div class="settings">
			<${Button} icon="gear" onPress=${onMode}>
				${t("visit.settings.mode")}<//>
			<${Toggle} on=${dark} icon="moon"
			    onPress=${(to) => { setDark(to); }}>
				${t("visit.settings.dark")}<//>
			<${Toggle} on=${look} icon="letter"
			    onPress=${(to) => { setLook(to); }}>
				${t("visit.settings.look")}<//>
			<${Button} icon="globe" lang=${other}
			    onPress=${() => { setLang(other); }}>
				${t("tools.lang")}<//>
			<${Button} icon="lock" onPress=${onLock}>
				${t("visit.lock")}<//>
		</div>
	<//>`;
}

/* 動作モード is always to be seen (features.md MAP-02). */
export function Bar({ client, onSettings }) {
	return html`<div class="mode-bar">
		<p class="mode"><span class="aside">${t("visit.mode.label")}</span>
			${t(client.purpose === null ? "visit.mode.none" :
			    `visit.mode.${client.purpose}`)}</p>
		${client.test_mode && html`<span class="tag">
			${t("test_mode")}</span>`}
		${onSettings && html`<${Button} kind="quiet" icon="gear"
		    onPress=${onSettings}>${t("visit.settings")}<//>`}
	</div>`;
}

export function Preparing({ text }) {
	return html`<main class="blank" id="main"><${Icon} name="wait" />
		<div role="status"><h1>${t("visit.preparing.title")}</h1></div>
		<p>${text ?? t("visit.preparing.lead")}</p></main>`;
}
