/*
 * What the patient agrees to, item by item.  An item without an answer is
 * undefined: nothing is chosen before the person does.
 */
export const ITEMS = ["operation", "diagnosis", "drug", "checkup", "disease",
	"limit"];
export const FORMS = ["electronic", "paper"];

export const nothing = () => ({});

export const answered = (answers, name) => answers[name] !== undefined;

export const every = (answers, yes) => ({ ...answers,
	...Object.fromEntries(ITEMS.map((item) => [item, yes])) });

/* What has to be answered, in the order it is asked. */
export const questions = (client) => client.electronic_prescription ?
	[...ITEMS, "prescription"] : ITEMS;

/* Pages of at most size questions; the form of prescription has its own. */
export function pages(client, size) {
	const list = [], parts = Math.ceil(ITEMS.length / size);
	const even = Math.ceil(ITEMS.length / parts);

	for (let i = 0; i < ITEMS.length; i += even)
		list.push(ITEMS.slice(i, i + even));
	if (client.electronic_prescription)
		list.push(["prescription"]);
	return list;
}

/* The schema ConsentChoice; null while an answer is missing. */
export function choice(client, answers) {
	const list = questions(client);

	if (!list.every((name) => answered(answers, name)))
		return null;
	return Object.fromEntries(list.map((name) => [name, answers[name]]));
}
