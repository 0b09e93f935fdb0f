/* What is done with a job: given up, asked again, handed over, saved. */
import { pick, t } from "../common/text.js";
import { Banner, Button, Dialog, html, useState } from "../common/ui.js";
import { saveCsv } from "./save.js";
import { useSend } from "./send.js";
import { Staff } from "./staff.js";
import { Trouble } from "./trouble.js";

/*
 * A question with 担当者名 and one way on.  go(staff): null when it failed,
 * else what the desk says was done.
 */
export function Question({ desk, name, problem, go, children }) {
	const [wrong, setWrong] = useState(false);

	async function press() {
		const staff = desk.staff.trim();

		setWrong(staff === "");
		if (staff === "")
			return;
		const said = await go(staff);

		if (said === null)
			return;
		desk.close();
		desk.setSaid(said);
	}

	return html`<${Dialog} title=${t(`desk.${name}.title`)}
	    onClose=${desk.close} actions=${html`
		<${Button} onPress=${desk.close}>${t("desk.match.cancel")}<//>
		<${Button} kind="main" onPress=${press}>
			${t(`desk.${name}.go`)}<//>`}>
		<p>${t(`desk.${name}.text`)}</p>${children}
		<${Staff} desk=${desk} wrong=${wrong} />
		<${Trouble} problem=${problem} /><//>`;
}

export function CancelJob({ desk, job, onDone }) {
	const { problem, send } = useSend();

	async function go(staff) {
		const answer = await send(`/jobs/${job.id}/cancellation`,
		    { staff });

		if (answer === null)
			return null;
		onDone();
		return t("desk.cancel_job.done");
	}

	return html`<${Question} desk=${desk} name="cancel_job"
	    problem=${problem} go=${go} />`;
}

/* What has no known fate may be asked twice: only when a person says so. */
export function RetryJob({ desk, job, onDone }) {
	const [unsure, setUnsure] = useState(false);
	const { problem, send } = useSend();

	async function go(staff) {
		const answer = await send(`/jobs/${job.id}/retry`,
		    { unsure, staff });

		if (answer === null)
			return null;
		onDone();
		return t("desk.retry_job.done");
	}

	return html`<${Question} desk=${desk} name="retry_job"
	    problem=${problem} go=${go}>
		${job.state === "unsure" && html`<${Banner} kind="warn"
		    title=${t("desk.retry_job.unsure_title")}>
			<label class="tick-line"><input type="checkbox"
			    checked=${unsure}
			    onChange=${() => setUnsure(!unsure)} />
				${t("desk.retry_job.unsure")}</label><//>`}<//>`;
}

/* 日レセ登録用XML: of a job, or of the findings given. */
export function HandOver({ desk, job = null, findings = [],
	onDone = () => {} }) {
	const [refused, setRefused] = useState([]);
	const { problem, send } = useSend();

	/* Piece by piece; what a piece left out is said at the end. */
	async function go(staff) {
		const left = [];
		let made = 0;

		for (let offset = 0; offset !== null;) {
			const answer = await send("/exports/orca", { staff, offset,
			    ...(job === null ? { findings } :
				{ job: job.id }) });

			if (answer === null)
				return null;
			made += answer.total;
			left.push(...answer.refused);
			offset = answer.next;
		}
		onDone();
		setRefused(left);
		return left.length > 0 ? null : t("desk.orca.done", { n: made });
	}

	return html`<${Question} desk=${desk} name="orca" problem=${problem}
	    go=${go}>
		${refused.length > 0 && html`<${Banner} kind="warn"
		    title=${t("desk.orca.refused", { n: refused.length })}>
			<ul>${[...new Set(refused.map((r) => `${pick(r.why.text)} ${
			    pick(r.why.next)}`))].map((text) => html`<li
			    key=${text}>${text}</li>`)}</ul><//>`}<//>`;
}

/* job: of one job; query: of the conditions of a search. */
export function Csv({ desk, job = null, query = {} }) {
	const [problem, setProblem] = useState(null);

	const save = (encoding) => async () => {
		setProblem(null);
		try {
			await saveCsv(job === null ? query : { job: job.id },
			    encoding);
			desk.close();
			desk.setSaid(t("desk.csv.done"));
		} catch (error) {
			setProblem(error);
		}
	};

	return html`<${Dialog} title=${t("desk.csv.title")}
	    onClose=${desk.close} actions=${html`
		<${Button} onPress=${desk.close}>${t("desk.match.cancel")}<//>
		<${Button} onPress=${save("shift_jis")}>
			${t("desk.csv.shift_jis")}<//>
		<${Button} kind="main" onPress=${save("utf-8")}>
			${t("desk.csv.utf_8")}<//>`}>
		<p>${t("desk.csv.text")}</p>
		<${Trouble} problem=${problem}>
			${problem?.misfits?.length > 0 && html`<ul>
				${problem.misfits.map((m, i) => html`<li key=${i}>
				${t("desk.csv.misfit", m)}</li>`)}</ul>`}<//><//>`;
}
