/*
 * What each role may do at the desk, as the agent lets it (openapi.yaml): the
 * page offers nothing that would be refused.  Roles without a row have no
 * desk.
 */
const NOTHING = { receive: false, match: false, cancel: false, close: false,
	side: false, homes: false, devices: false, slips: false,
	ledger: false, manage: false,
	today: false, patients: false, documents: false };

const ROLES = {
	desk: { ...NOTHING, receive: true, match: true, cancel: true, close: true,
	    side: true, homes: true, devices: true, slips: true,
	    ledger: true, today: true, patients: true },
	/* Home devices are among all the clients of manage. */
	admin: { ...NOTHING, match: true, side: true, devices: true, slips: true,
	    ledger: true, manage: true, today: true, patients: true },
	/* What is in a document is theirs alone (features.md R09). */
	medical: { ...NOTHING, patients: true, documents: true },
};

/* null where the role has no desk. */
export const mayOf = (client) => ROLES[client?.role] ?? null;
