/* /desk: first the enrolment, then who we are, then the desk. */
import { forget } from "../common/api.js";
import { t } from "../common/text.js";
import { Button, codeOfAddress, Enrol, html, render, useEffect, useLang,
	useToken } from "../common/ui.js";
import { Desk } from "./desk.js";
import { useLoad } from "./load.js";
import { mayOf } from "./role.js";
import { Trouble } from "./trouble.js";

/* A message alone on the page, with one way on. */
function Alone({ problem, children, action }) {
	return html`<main class="alone" id="main"><h1>${t("desk.title")}</h1>
		<${Trouble} problem=${problem} />${children}${action}</main>`;
}

function Known() {
	const client = useLoad("/client");
	const may = mayOf(client.value);

	if (client.value === null)
		return html`<${Alone} problem=${client.problem}>
			${client.problem === null ?
			    html`<p>${t("desk.loading")}</p>` :
			    html`<${Button} kind="main" onPress=${client.reload}>
				${t("desk.again")}<//>`}<//>`;
	if (may === null)
		return html`<${Alone} action=${html`<${Button} kind="main"
		    onPress=${forget}>${t("desk.device.forget_yes")}<//>`}>
			<p>${t("desk.device.not_desk", { role:
				t(`desk.role.${client.value.role}`) })}</p><//>`;
	return html`<${Desk} client=${client.value} may=${may} />`;
}

function Page() {
	const [there, look] = useToken();

	useLang();
	useEffect(() => {
		document.title = t("desk.title");
	});
	return there ? html`<${Known} />` :
	    html`<${Enrol} given=${given} onDone=${look} />`;
}

/* Once: the address loses it at the first look. */
const given = codeOfAddress();

render(html`<${Page} />`, document.body);
