/*
 * What each role may do at the desk, as the agent lets it (openapi.yaml): the
 * page offers nothing that would be refused.  Roles without a row have no
 * desk.
 */
const NOTHING = { receive: false, match: false, cancel: false, close: false,
	side: false, homes: false, devices: false, slips: false,
	ledger: false, manage: false };

const ROLES = {
	desk: { ...NOTHING, receive: true, match: true, cancel: true, close: true,
	    side: true, homes: true, devices: true, slips: true,
	    ledger: true },
	/* Home devices are among all the clients of manage. */
	admin: { ...NOTHING, match: true, side: true, devices: true, slips: true,
	    ledger: true, manage: true },
	medical: NOTHING,
};

/* null where the role has no desk. */
export const mayOf = (client) => ROLES[client?.role] ?? null;
