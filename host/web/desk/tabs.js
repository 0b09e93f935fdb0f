/*
 * The desk's pages side by side.  The address says which one is open, so that
 * it is so again after the page was loaded anew.
 *
 *	name	texts desk.tab.NAME
 *	page	a component: desk (desk.js), view and day of today's list
 *	may	what the role must be allowed (role.js); none: everybody
 */
import { t } from "../common/text.js";
import { html, useEffect, useRef, useState } from "../common/ui.js";
import { Checks } from "./checks.js";
import { Consents } from "./consents.js";
import { Documents } from "./documents.js";
import { Figures } from "./figures.js";
import { History } from "./history.js";
import { Imports } from "./imports.js";
import { Jobs } from "./jobs.js";
import { Patients } from "./patients.js";
import { Today } from "./today.js";

const TABS = [
	{ name: "today", page: Today, may: "today" },
	{ name: "checks", page: Checks, may: "ledger" },
	{ name: "jobs", page: Jobs, may: "ledger" },
	{ name: "imports", page: Imports, may: "ledger" },
	{ name: "patients", page: Patients, may: "patients" },
	{ name: "documents", page: Documents, may: "documents" },
	{ name: "history", page: History, may: "ledger" },
	{ name: "consents", page: Consents, may: "ledger" },
	{ name: "figures", page: Figures, may: "ledger" },
];

const PANEL = "panel";
const tabsOf = (may) => TABS.filter((tab) => tab.may === undefined ||
    may[tab.may]);
const tabOf = (may) => tabsOf(may).find((tab) =>
    `#${tab.name}` === location.hash) ?? tabsOf(may)[0];

/* [the open tab, a function that opens one by name]. */
export function useTab(may) {
	const [tab, setTab] = useState(() => tabOf(may));

	useEffect(() => {
		const change = () => setTab(tabOf(may));

		addEventListener("hashchange", change);
		return () => removeEventListener("hashchange", change);
	}, [may]);
	return [tab, (name) => { location.hash = name; }];
}

/* Arrow keys, Home and End go from one to another, as in every tab list. */
const STEPS = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };

export function Tabs({ may, tab, onTab }) {
	const list = useRef(null);
	const tabs = tabsOf(may);

	function press(event) {
		const step = STEPS[event.key];
		const now = tabs.indexOf(tab);
		const next = Math.max(0, Math.min(tabs.length - 1, now + step));

		if (step === undefined)
			return;
		event.preventDefault();
		onTab(tabs[next].name);
		list.current.children[next].focus();
	}

	return html`<nav aria-label=${t("desk.tab.label")}><div class="pages"
	    role="tablist" ref=${list} aria-label=${t("desk.tab.label")}
	    onKeyDown=${press}>
		${tabs.map((one) => html`<button type="button" role="tab"
		    key=${one.name} id=${`tab-${one.name}`} class="tab"
		    aria-selected=${one === tab ? "true" : "false"}
		    aria-controls=${one === tab ? PANEL : null}
		    tabindex=${one === tab ? 0 : -1}
		    onClick=${() => onTab(one.name)}>
			${t(`desk.tab.${one.name}`)}</button>`)}
	</div></nav>`;
}

/* What the open tab shows. */
export function Panel({ tab, children }) {
	return html`<main class="panel" id="main"><div class="panel"
	    role="tabpanel" id=${PANEL} aria-labelledby=${`tab-${tab.name}`}>
		${children}</div></main>`;
}
