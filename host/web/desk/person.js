/*
 * Who the card or the face reader says stands here: name, kana, sex, birth
 * date and address in one shape, null where it says nothing.
 */
import { iso } from "../common/date.js";

const SEXES = { 1: "male", 2: "female", male: "male", female: "female" };

/* from: a row of /results, or the like; may be nothing. */
export function personOf(from) {
	return {
		name: from?.name || null,
		kana: from?.kana || null,
		sex: SEXES[from?.sex] ?? null,
		birthdate: iso(from?.birthdate),
		address: from?.address || null,
	};
}

/* The attributes of an identity; where the card gave none, its surface. */
export function personOfIdentity(identity) {
	return personOf({ ...identity?.surface, ...identity?.attributes });
}
