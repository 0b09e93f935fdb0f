import { photo } from "../api.js";
import { html, useEffect, useState } from "../dom.js";
import { Frame } from "../frame.js";
import { Banner, Button } from "../parts.js";
import { pick, t } from "../text.js";

/* The card's photograph; it is gone with the screen. */
function usePhoto(id) {
	const [held, setHeld] = useState({ url: null, problem: null, turn: 0 });

	useEffect(() => {
		let url = null, gone = false;

		photo(`/visits/${id}/photo`).then((made) => {
			url = made;
			if (gone)
				URL.revokeObjectURL(url);
			else
				setHeld((old) => ({ ...old, url }));
		}, (problem) => {
			if (!gone)
				setHeld((old) => ({ ...old, problem }));
		});
		return () => {
			gone = true;
			if (url !== null)
				URL.revokeObjectURL(url);
		};
	}, [id, held.turn]);
	return [held, () => setHeld((old) => ({ url: null, problem: null,
		turn: old.turn + 1 }))];
}

/* The staff compares the photograph on the card with the person. */
export function Attest({ visit, send, sent, online }) {
	const [{ url, problem }, again] = usePhoto(visit.id);
	const wrong = sent ?? problem;
	const answer = (same) => send("attestation", { same_person: same });

	return html`<${Frame} name="attest" kind="split" step=${1}
	    title=${t("attest.title")} lead=${t("attest.lead")}>
		<div class="pair stacked">
			<${Button} icon="check" off=${url === null || !online}
			    onPress=${() => answer(true)}>${t("attest.same")}<//>
			<${Button} icon="cross" off=${!online}
			    onPress=${() => answer(false)}>${t("attest.other")}<//>
		</div>
		<div class="photo">
			${wrong && html`<${Banner} kind="bad"
			    title=${pick(wrong.text)}>
				<p>${pick(wrong.next)}</p><//>`}
			${url !== null && html`<img src=${url}
			    alt=${t("attest.photo")} />`}
			${url === null && problem === null && html`<p role="status">
				${t("attest.loading")}</p>`}
			${problem !== null && html`<${Button} onPress=${again}>
				${t("attest.again")}<//>`}
		</div>
	<//>`;
}
