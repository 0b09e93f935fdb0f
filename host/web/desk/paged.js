/*
 * A list of the API in pages.  query: {name: value}, values that are null or
 * "" are left out; another query begins at its first page.  path null: nothing
 * is asked yet.
 *
 *	rows, total, page, pages, loading, problem, reload, turn(1 or -1)
 */
import { useState } from "../common/ui.js";
import { useLoad } from "./load.js";

/* What fits a screen twice; openapi.yaml Limit allows more. */
const PAGE = 50;

export function queryText(query) {
	return Object.entries(query)
	    .filter(([, value]) => value !== null && value !== undefined &&
		value !== "")
	    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
	    .join("&");
}

export function usePaged(path, name, query = {}) {
	const what = `${path}?${queryText(query)}`;
	const [at, setAt] = useState({ what, page: 0 });
	const page = at.what === what ? at.page : 0;
	const load = useLoad(path === null ? null : `${path}?${queryText({
	    ...query, limit: PAGE, offset: page * PAGE })}`);
	const total = load.value?.total ?? 0;
	const pages = Math.max(1, Math.ceil(total / PAGE));

	return { rows: load.value?.[name] ?? [], total, page, pages,
	    first: page * PAGE, answer: load.value,
	    loading: path !== null && load.value === null &&
		load.problem === null,
	    problem: load.problem, reload: load.reload,
	    turn: (n) => setAt({ what, page: Math.max(0,
		Math.min(pages - 1, page + n)) }) };
}
