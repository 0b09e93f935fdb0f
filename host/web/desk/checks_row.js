/* A row of the checks, and asking for one, as values. */
import { readDate } from "./birthdate.js";

/* openapi.yaml, POST /jobs */
const CHARTS_MAX = 2000;
const CHART = /^[!-~]{1,32}$/u;

/* The one thing to do with a row next; null: nothing. */
export function nextOf(row) {
	if (row.status === null)
		return null;
	if (row.patient === null)
		return "register";
	if (row.state === "skipped")
		return "patient";
	if (row.status.word === "error")
		return "check";
	return row.finding === null ? "patient" : "result";
}

/* {body, day} of POST /jobs, or {wrong: field}; today is not sent. */
export function checkOf(category, charts, { typed, limit, staff, today }) {
	const day = readDate(typed);
	const bad = charts.length === 0 || charts.length > CHARTS_MAX ||
	    !charts.every((chart) => CHART.test(chart));
	const body = { category, charts, staff: staff.trim() };

	if (bad)
		return { wrong: "charts" };
	if (day === null || day === "")
		return { wrong: "date" };
	if (body.staff === "")
		return { wrong: "staff" };
	if (day !== today)
		body.date = day;
	if (limit === "yes")
		body.limit_consent = true;
	return { body, day };
}
