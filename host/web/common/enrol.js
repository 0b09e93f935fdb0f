import { enrol, hasToken, onSignedOut } from "./api.js";
import { html, useEffect, useState } from "./dom.js";
import { Banner, Button, Field } from "./parts.js";
import { pick, t } from "./text.js";

/* openapi.yaml, /tokens: two groups of five */
const CODE = /^[0-9A-Z]{5}-?[0-9A-Z]{5}$/;

/* The code of an address like /visit#e=ABCDE-12345, taken out of it at once. */
export function codeOfAddress() {
	const code = /^#e=([0-9A-Za-z-]+)$/.exec(location.hash)?.[1] ?? "";

	if (location.hash.startsWith("#e="))
		history.replaceState(null, "", location.pathname);
	return code.toUpperCase();
}

/* Whether this page has a token; renders again when it gets or loses one. */
export function useToken() {
	const [there, setThere] = useState(hasToken());

	useEffect(() => onSignedOut(() => setThere(false)), []);
	return [there, () => setThere(hasToken())];
}

/* The page's first screen: given is a code to be tried at once. */
export function Enrol({ given = "", onDone }) {
	const [code, setCode] = useState(given);
	const [problem, setProblem] = useState(null);
	const ready = CODE.test(code);

	async function send() {
		setProblem(null);
		try {
			await enrol(code);
			setCode("");
			onDone();
		} catch (error) {
			setProblem(error);
		}
	}

	useEffect(() => { given !== "" && send(); }, []);

	function submit(event) {
		event.preventDefault();
		return ready ? send() : undefined;
	}

	return html`<main class="enrol" id="main">
		<form onSubmit=${submit} autocomplete="off">
			<h1>${t("enrol.title")}</h1>
			<p>${t("enrol.lead")}</p>
			${problem !== null && html`<${Banner} kind="bad"
			    title=${pick(problem.text)}>
				<p>${pick(problem.next)}</p><//>`}
			<${Field} id="code" label=${t("enrol.code")}
			    hint=${t("enrol.hint")} value=${code} maxlength="11"
			    inputmode="text" class="code"
			    onInput=${(event) => setCode(event.target.value
				.trim().toUpperCase())} />
			<${Button} kind="main" off=${!ready} onPress=${send}>
				${t("enrol.send")}<//>
		</form></main>`;
}
