/* Which side of a comparison is which; nothing here draws. */

/* 生保単独: there is nothing of an insurance beside 医療扶助. */
export const isAidAlone = (c) => c.aid !== null &&
    c.insurance.fields.every((f) => f.field !== "insurer_number" ||
	f.right === "");
