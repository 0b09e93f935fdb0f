/* Above the list: the day, the filters, 受付. */
import { longDate } from "../common/date.js";
import { t } from "../common/text.js";
import { Button, html } from "../common/ui.js";
import { FILTERS } from "./day.js";
import { KeyButton } from "./keys.js";

function Day({ date, today, onDay }) {
	const weekday = new Intl.DateTimeFormat(document.documentElement.lang,
	    { weekday: "short", timeZone: "UTC" }).format(new Date(date));

	return html`<div class="day">
		<${KeyButton} name="F4" onPress=${() => onDay(-1)}>
			${t("desk.day.before")}<//>
		<p class="day-now" aria-live="polite"><time datetime=${date}
		    title=${date}>${t("desk.day.full",
			{ date: longDate(date), weekday })}</time>
			${date === today && html`<b class="today">
				${t("desk.day.today")}</b>`}</p>
		<${KeyButton} name="F5" off=${date >= today}
		    onPress=${() => onDay(1)}>${t("desk.day.after")}<//>
	</div>`;
}

/* F9 goes round the filters. */
function Filters({ counts, filter, quiet, onFilter }) {
	return html`<div class="filters" role="group"
	    aria-label=${t("desk.filter.label")}><kbd>F9</kbd>
		${Object.keys(FILTERS).map((name) => html`<${Button} key=${name}
		    aria-pressed=${name === filter ? "true" : "false"}
		    class="filter ${name === filter ? "now" : ""} ${
			counts[name] > 0 && !(quiet && name === "errors") ?
			name : ""}"
		    onPress=${() => { onFilter(name); }}>
			${t(`desk.filter.${name}`)}
			<span class="count">${counts[name]}</span><//>`)}
	</div>`;
}

export function Toolbar({ date, today, counts, filter, quiet, may, onDay,
	onFilter, onReceive }) {
	return html`<div class="toolbar">
		<${Day} date=${date} today=${today} onDay=${onDay} />
		<${Filters} counts=${counts} filter=${filter} quiet=${quiet}
		    onFilter=${onFilter} />
		${may.receive && html`<${KeyButton} name="F8" kind="main"
		    onPress=${onReceive}>${t("desk.reception.open")}<//>`}
	</div>`;
}

/* The filter after this one. */
export function nextFilter(filter) {
	const names = Object.keys(FILTERS);

	return names[(names.indexOf(filter) + 1) % names.length];
}
